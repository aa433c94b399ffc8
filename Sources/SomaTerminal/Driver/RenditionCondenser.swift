/// Leaves out of a frame the bytes that change nothing: curses names both colours at each change of one, and resets
/// what it names again at once.
///
/// It follows the terminal's graphic rendition (SGR) and character set through the frame, keeps changes back until
/// something is painted with them, and then writes the shortest sequence that leads there. All else passes as it is;
/// what it doesn't understand passes too, and makes it forget what it knew.
struct RenditionCondenser: Sendable {
    /// A colour as SGR names it.
    enum Color: Sendable, Hashable {
        /// The terminal's own.
        case own
        /// By the number of the sequence itself: 30 to 37, 40 to 47, 90 to 97, 100 to 107.
        case named(UInt8)
        /// Of the palette.
        case indexed(UInt8)
        case rgb(UInt8, UInt8, UInt8)
    }

    /// Colours and attributes.
    struct Rendition: Sendable, Hashable {
        /// Bits by the SGR number that turns the attribute on, 1 to 9.
        var attributes: UInt16 = 0
        var foreground = Color.own
        var background = Color.own

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
    mutating func condense(_ frame: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(frame.count)
        var index = 0
        while index < frame.count {
            let end = sequenceEnd(frame, index)
            take(frame[index..<end], &result)
            index = end
        }
        settle(&result)
        return result
    }

    /// The same for bytes in an array.
    mutating func condense(_ frame: [UInt8]) -> [UInt8] { frame.withUnsafeBufferPointer { condense($0) } }

    private typealias Piece = Slice<UnsafeBufferPointer<UInt8>>

    /// Where the sequence or the stretch of text that begins here ends.
    private func sequenceEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        func first(from: Int, _ holds: (UInt8) -> Bool) -> Int? {
            var index = from
            while index < bytes.count {
                if holds(bytes[index]) { return index }
                index += 1
            }
            return nil
        }
        guard bytes[start] == 0x1B, start + 1 < bytes.count else {
            if bytes[start] < 0x20 { return start + 1 }
            return first(from: start + 1) { $0 < 0x20 } ?? bytes.count
        }
        switch bytes[start + 1] {
        case 0x5B: return first(from: start + 2) { $0 >= 0x40 && $0 < 0x7F }.map { $0 + 1 } ?? bytes.count
        case 0x20...0x2F: return min(start + 3, bytes.count)
        case 0x5D, 0x50:
            let end = first(from: start + 2) { $0 == 0x07 || $0 == 0x1B }
            return end.map { bytes[$0] == 0x07 ? $0 + 1 : min($0 + 2, bytes.count) } ?? bytes.count
        default: return start + 2
        }
    }

    private mutating func take(_ piece: Piece, _ result: inout [UInt8]) {
        let first = piece[piece.startIndex]
        let second = piece.count > 1 ? piece[piece.startIndex + 1] : 0
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
            select(piece, &result)
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

    /// Takes an SGR sequence.
    private mutating func select(_ piece: Piece, _ result: inout [UInt8]) {
        if let next = RenditionCondenser.apply(piece.dropFirst(2).dropLast(), to: wanted) {
            wanted = next
            return
        }
        settle(&result)
        result += piece
        actual = nil
        wanted = nil
    }

    /// The rendition after an SGR sequence; nil where a parameter isn't known or what was before isn't.
    static func apply(_ parameters: some Collection<UInt8>, to start: Rendition?) -> Rendition? {
        var rendition = start
        var reader = Reader(rest: parameters[...])
        while let (number, hasParts) = reader.next() {
            switch number {
            case 38, 48:
                guard let color = reader.color(hasParts) else { return nil }
                if number == 38 { rendition?.foreground = color } else { rendition?.background = color }
            case _ where hasParts: return nil
            case 0: rendition = Rendition()
            case 1...9: rendition?.attributes |= 1 << UInt16(number)
            // The Linux console's way back to its own font, which curses never leaves.
            case 10: break
            case 22: rendition?.attributes &= ~0b110
            case 23...25, 27...29: rendition?.attributes &= ~(1 << UInt16(number - 20))
            case 30...37, 90...97: rendition?.foreground = .named(UInt8(number))
            case 39: rendition?.foreground = .own
            case 40...47, 100...107: rendition?.background = .named(UInt8(number))
            case 49: rendition?.background = .own
            default: return nil
            }
        }
        return reader.isBroken ? nil : rendition
    }

    /// Reads numbers divided by semicolons, and the parts of one that are divided by colons; a missing one is 0.
    private struct Reader<Rest: Collection<UInt8>> where Rest.SubSequence == Rest {
        var rest: Rest
        private var isAtEnd = false
        private(set) var isBroken = false

        init(rest: Rest) { self.rest = rest }

        /// The next number, and whether parts follow.
        mutating func next() -> (number: Int, hasParts: Bool)? {
            guard !isAtEnd else { return nil }
            var value = 0
            while let byte = rest.popFirst() {
                switch byte {
                case 0x30...0x39 where value < 1_000: value = value * 10 + Int(byte - 0x30)
                case 0x3B: return (value, false)
                case 0x3A: return (value, true)
                default:
                    isBroken = true
                    isAtEnd = true
                    return nil
                }
            }
            isAtEnd = true
            return (value, false)
        }

        /// The colour behind 38 or 48, in either form; the one with colons has room for a colour space.
        mutating func color(_ hasParts: Bool) -> Color? {
            var parts: [Int] = []
            if hasParts {
                while let (number, more) = next() {
                    parts.append(number)
                    if !more { break }
                    guard parts.count < 6 else { return nil }
                }
                if parts.count == 5, parts[0] == 2 { parts.remove(at: 1) }
            } else {
                guard let kind = next(), !kind.hasParts else { return nil }
                parts.append(kind.number)
                let count = kind.number == 5 ? 2 : kind.number == 2 ? 4 : 0
                while parts.count < count, let (number, more) = next() {
                    guard !more else { return nil }
                    parts.append(number)
                }
            }
            guard parts.allSatisfy({ $0 < 256 }) else { return nil }
            if parts.count == 2, parts[0] == 5 { return .indexed(UInt8(parts[1])) }
            if parts.count == 4, parts[0] == 2 {
                return .rgb(UInt8(parts[1]), UInt8(parts[2]), UInt8(parts[3]))
            }
            return nil
        }
    }

    /// Brings the terminal to the rendition that is wanted.
    private mutating func settle(_ result: inout [UInt8]) {
        guard let wanted, wanted != actual else { return }
        let start = result.count
        RenditionCondenser.write(from: nil, to: wanted, &result)
        if let actual, wanted.attributes & actual.attributes == actual.attributes {
            let middle = result.count
            RenditionCondenser.write(from: actual, to: wanted, &result)
            // The shorter of the two stays.
            if result.count - middle <= middle - start {
                result.removeSubrange(start..<middle)
            } else {
                result.removeSubrange(middle...)
            }
        }
        actual = wanted
    }

    /// Writes the sequence that leads from a rendition to another with all its attributes; without the first from any.
    private static func write(from: Rendition?, to: Rendition, _ result: inout [UInt8]) {
        let before = from ?? Rendition()
        result += [0x1B, 0x5B]
        var isFirst = true
        func add(_ numbers: Int...) {
            for number in numbers {
                if !isFirst { result.append(0x3B) }
                isFirst = false
                if number >= 100 { result.append(UInt8(0x30 + number / 100)) }
                if number >= 10 { result.append(UInt8(0x30 + number / 10 % 10)) }
                result.append(UInt8(0x30 + number % 10))
            }
        }
        if from == nil, to != before { add(0) }
        for number in 1...9 where (to.attributes & ~before.attributes) >> UInt16(number) & 1 == 1 {
            add(number)
        }
        for (old, new, own) in [
            (before.foreground, to.foreground, 39), (before.background, to.background, 49),
        ]
        where old != new {
            switch new {
            case .own: add(own)
            case .named(let number): add(Int(number))
            case .indexed(let index): add(own - 1, 5, Int(index))
            case .rgb(let red, let green, let blue): add(own - 1, 2, Int(red), Int(green), Int(blue))
            }
        }
        result.append(0x6D)
    }
}
