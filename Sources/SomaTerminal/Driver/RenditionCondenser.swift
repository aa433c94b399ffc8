/// Leaves out of a frame the bytes that change nothing: curses names both colours at each change of one, and resets
/// what it names again at once.
///
/// It follows the terminal's graphic rendition (SGR) and character set through the frame, keeps changes back until
/// something is painted with them, and then writes the shortest sequence that leads there. All else passes as it is;
/// what it doesn't understand passes too, and makes it forget what it knew.
struct RenditionCondenser: Sendable {
    /// Colours and attributes, each as the parameters that ask for it; empty for the terminal's own.
    struct Rendition: Sendable, Hashable {
        /// Bits by the SGR number that turns the attribute on, 1 to 9.
        var attributes: UInt16 = 0
        var foreground: [UInt8] = []
        var background: [UInt8] = []

        /// Attributes that are seen on a blank: underline, blink, reverse, invisible, strike.
        private static let seenOnBlanks: UInt16 = 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9

        /// Whether a blank, or an erased cell, looks the same with both.
        func paintsBlanks(like other: Rendition) -> Bool {
            background == other.background
                && (attributes ^ other.attributes) & Rendition.seenOnBlanks == 0
                && (attributes & Rendition.seenOnBlanks == 0 || foreground == other.foreground)
        }
    }

    /// What the terminal paints with; nil where that is unknown.
    private var actual: Rendition?
    /// What it has to paint with from here on; nil where that is unknown.
    private var wanted: Rendition?
    /// The designation of the first character set that the terminal was sent last, and whether it is in use.
    private var charset: UInt8?
    private var isShiftedIn = false

    /// Makes a condenser that knows nothing of its terminal.
    init() {}

    /// Says that others wrote to the terminal.
    mutating func forget() { self = RenditionCondenser() }

    /// The frame without what changes nothing. A frame begins and ends between two sequences.
    mutating func condense(_ frame: some RandomAccessCollection<UInt8>) -> [UInt8] {
        let bytes = Array(frame)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let end = sequenceEnd(bytes, index)
            take(bytes[index..<end], &result)
            index = end
        }
        settle(&result)
        return result
    }

    /// Where the sequence or the stretch of text that begins here ends.
    private func sequenceEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        guard bytes[start] == 0x1B, start + 1 < bytes.count else {
            if bytes[start] < 0x20 { return start + 1 }
            return bytes[start...].firstIndex { $0 < 0x20 } ?? bytes.count
        }
        switch bytes[start + 1] {
        case 0x5B:
            let final = bytes[(start + 2)...].firstIndex { (0x40...0x7E).contains($0) }
            return final.map { $0 + 1 } ?? bytes.count
        case 0x20...0x2F: return min(start + 3, bytes.count)
        case 0x5D, 0x50:
            let end = bytes[(start + 2)...].firstIndex { $0 == 0x07 || $0 == 0x1B }
            return end.map { bytes[$0] == 0x07 ? $0 + 1 : min($0 + 2, bytes.count) } ?? bytes.count
        default: return start + 2
        }
    }

    private mutating func take(_ piece: ArraySlice<UInt8>, _ result: inout [UInt8]) {
        let first = piece[piece.startIndex]
        let second = piece.dropFirst().first ?? 0
        let last = piece[piece.endIndex - 1]
        switch first {
        case 0x0F:
            // Shift in: the first character set, which is nearly always in use already.
            if !isShiftedIn { result.append(first) }
            isShiftedIn = true
        case 0x0E:
            isShiftedIn = false
            result.append(first)
        case 0x1B where second == 0x28 && piece.count == 3:
            if charset != last { result += piece }
            charset = last
        case 0x1B where second == 0x5B && last == 0x6D && piece.count >= 3:
            select(piece.dropFirst(2).dropLast(), piece, &result)
        case 0x1B where second == 0x5B && isMotion(last), 0x08, 0x0D:
            result += piece
        case 0x1B where second == 0x5B && isErasure(last):
            if !paintsBlanks { settle(&result) }
            result += piece
        case 0x1B where (0x40...0x5B).contains(second):
            settle(&result)
            result += piece
        case 0x1B:
            settle(&result)
            result += piece
            actual = nil
            wanted = nil
        case 0x20 where paintsBlanks:
            let text = piece.drop { $0 == 0x20 }
            result += piece[..<text.startIndex]
            guard !text.isEmpty else { return }
            settle(&result)
            result += text
        default:
            settle(&result)
            result += piece
        }
    }

    /// Whether blanks look the same with what the terminal paints with as with what is wanted.
    private var paintsBlanks: Bool {
        guard let actual, let wanted else { return false }
        return actual.paintsBlanks(like: wanted)
    }

    /// Whether a control sequence puts blanks in the place of what was there.
    private func isErasure(_ final: UInt8) -> Bool { final == 0x4A || final == 0x4B || final == 0x58 }

    /// Whether a control sequence only moves the cursor.
    private func isMotion(_ final: UInt8) -> Bool {
        switch final {
        case 0x41...0x48, 0x64, 0x66, 0x60, 0x61, 0x65: true
        default: false
        }
    }

    // MARK: Renditions

    /// Takes the parameters of an SGR sequence.
    private mutating func select(
        _ parameters: ArraySlice<UInt8>,
        _ piece: ArraySlice<UInt8>,
        _ result: inout [UInt8]
    ) {
        if let next = RenditionCondenser.apply(parameters, to: wanted) {
            wanted = next
            return
        }
        settle(&result)
        result += piece
        actual = nil
        wanted = nil
    }

    /// The rendition after an SGR sequence; nil where a parameter isn't known or what was before isn't.
    static func apply(_ parameters: ArraySlice<UInt8>, to start: Rendition?) -> Rendition? {
        var rendition = start
        let parts = parameters.split(separator: 0x3B, omittingEmptySubsequences: false)
        var index = parts.startIndex
        while index < parts.endIndex {
            let part = parts[index]
            index += 1
            let extended = number(part.prefix { $0 != 0x3A })
            if extended == 38 || extended == 48 {
                guard let color = extendedColor(part, parts, &index) else { return nil }
                if extended == 38 { rendition?.foreground = color } else { rendition?.background = color }
                continue
            }
            switch number(part) {
            case 0?: rendition = Rendition()
            case let on? where (1...9).contains(on): rendition?.attributes |= 1 << UInt16(on)
            // The Linux console's way back to its own font, which curses never leaves.
            case 10?: break
            case 22?: rendition?.attributes &= ~0b110
            case let off? where (23...25).contains(off) || (27...29).contains(off):
                rendition?.attributes &= ~(1 << UInt16(off - 20))
            case let color? where (30...37).contains(color) || (90...97).contains(color):
                rendition?.foreground = Array(part)
            case 39?: rendition?.foreground = []
            case let color? where (40...47).contains(color) || (100...107).contains(color):
                rendition?.background = Array(part)
            case 49?: rendition?.background = []
            default: return nil
            }
        }
        return rendition
    }

    /// The parameters of a colour by number or by its red, green and blue, as all terminals with such colours read
    /// them: divided by semicolons, without the colour space that the form with colons has room for.
    private static func extendedColor(
        _ first: ArraySlice<UInt8>,
        _ parts: [ArraySlice<UInt8>],
        _ index: inout Int
    ) -> [UInt8]? {
        var pieces = first.split(separator: 0x3A, omittingEmptySubsequences: false)
        if pieces.count == 1 {
            guard index < parts.endIndex, let kind = number(parts[index]) else { return nil }
            let count = kind == 5 ? 2 : kind == 2 ? 4 : 0
            guard count > 0, index + count <= parts.endIndex else { return nil }
            pieces += parts[index..<(index + count)]
            index += count
        } else {
            guard let kind = number(pieces[1]),
                kind == 5 && pieces.count == 3
                    || kind == 2 && (5...6).contains(pieces.count)
            else { return nil }
            if pieces.count == 6 { pieces.remove(at: 2) }
        }
        guard pieces.allSatisfy({ number($0) != nil }) else { return nil }
        return Array(pieces.joined(separator: [0x3B]))
    }

    /// A parameter's number; an empty one is 0.
    private static func number(_ text: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in text {
            guard (0x30...0x39).contains(byte), value < 1_000 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// Brings the terminal to the rendition that is wanted.
    private mutating func settle(_ result: inout [UInt8]) {
        guard let wanted, wanted != actual else { return }
        let full = RenditionCondenser.parameters(from: nil, to: wanted)
        var shortest = full
        if let actual, wanted.attributes & actual.attributes == actual.attributes {
            let change = RenditionCondenser.parameters(from: actual, to: wanted)
            if change.count <= full.count { shortest = change }
        }
        result += [0x1B, 0x5B] + shortest + [0x6D]
        actual = wanted
    }

    /// Parameters that lead from one rendition to another with all its attributes; without the first from any.
    private static func parameters(from: Rendition?, to: Rendition) -> [UInt8] {
        var parts: [[UInt8]] = []
        let before = from ?? Rendition()
        for number in UInt16(1)...9 where (to.attributes & ~before.attributes) >> number & 1 == 1 {
            parts.append([0x30 + UInt8(number)])
        }
        if to.foreground != before.foreground {
            parts.append(to.foreground.isEmpty ? [0x33, 0x39] : to.foreground)
        }
        if to.background != before.background {
            parts.append(to.background.isEmpty ? [0x34, 0x39] : to.background)
        }
        if from == nil, !parts.isEmpty { parts.insert([0x30], at: 0) }
        return Array(parts.joined(separator: [0x3B]))
    }
}
