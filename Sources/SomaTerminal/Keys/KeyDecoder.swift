/// Turns the bytes of a terminal into events; a state machine without clock or input of its own.
///
/// Feed it what was read. While `isPending` is true a lone escape may be the start of a longer sequence: when
/// nothing more arrived for `escapeDelayMilliseconds`, call `timeout()`. Any sequence of bytes is accepted; what is
/// not understood is dropped. Memory is bounded by `sequenceBytesMax` and `pasteBytesMax`.
public struct KeyDecoder: Sendable {
    /// How long to wait after an escape for the rest of a sequence.
    public static let escapeDelayMilliseconds = 25
    /// Longest control sequence; a longer one is dropped.
    public static let sequenceBytesMax = 256
    /// Longest paste; the rest of a longer one is dropped.
    public static let pasteBytesMax = 1_048_576

    /// What one decoded step gives; replies to our own queries aren't for the program.
    enum Output: Sendable, Hashable {
        case event(TerminalEvent)
        /// A DECRPM reply: mode and its state (0 unknown, 1 set, 2 reset).
        case modeReport(mode: Int, state: Int)
        /// The answer to `CSI 5 n`: all that was written before the question was shown.
        case answer
        /// The terminal's name and version, as it gives them.
        case name(String)
    }

    private enum State: Sendable {
        case ground
        case escape
        case csi
        case ss3
        /// OSC, DCS, APC, PM or SOS: ends with BEL or ESC \.
        case string(sawEscape: Bool)
        case utf8(missing: Int)
        case paste
        /// The three bytes after `CSI M`.
        case oldMouse
    }

    private var state = State.ground
    private var bytes: [UInt8] = []
    private var altHeld = false
    /// `DCS > |`, with which the answer to the question for the terminal's name begins.
    private static let nameBegin = Array("P>|".utf8)
    private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)
    private var pasteTail: [UInt8] = []

    /// Makes a decoder at rest.
    public init() {}

    /// Whether `timeout()` would give something if no further byte comes.
    public var isPending: Bool {
        switch state {
        case .escape, .csi, .ss3, .utf8, .oldMouse: true
        case .string: bytes.count == 1
        case .ground, .paste: false
        }
    }

    /// Decodes bytes as they come, in pieces of any size.
    public mutating func feed(_ input: some Sequence<UInt8>) -> [TerminalEvent] {
        feedAll(input).compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// Says that nothing more came for a while: a lone escape was the key.
    public mutating func timeout() -> [TerminalEvent] {
        var out: [Output] = []
        switch state {
        case .escape: emit(Key(.escape, altHeld ? .alt : []), &out)
        case .csi where bytes.isEmpty: emit(Key("[", .alt), &out)
        case .ss3 where bytes.isEmpty: emit(Key("O", .alt), &out)
        case .utf8: emit(.character("\u{FFFD}"), &out)
        case .string where bytes.count == 1:
            emit(Key(Character(Unicode.Scalar(bytes[0])), .alt), &out)
        case .csi, .ss3, .oldMouse: break
        case .ground, .string, .paste: return []
        }
        reset()
        return out.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    mutating func feedAll(_ input: some Sequence<UInt8>) -> [Output] {
        var out: [Output] = []
        for byte in input { step(byte, &out) }
        return out
    }

    private mutating func reset() {
        state = .ground
        altHeld = false
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func step(_ byte: UInt8, _ out: inout [Output]) {
        switch state {
        case .ground: ground(byte, &out)
        case .escape: escape(byte, &out)
        case .csi: csi(byte, &out)
        case .ss3: ss3(byte, &out)
        case .string(let sawEscape): string(byte, sawEscape, &out)
        case .utf8(let missing): utf8(byte, missing, &out)
        case .paste: paste(byte, &out)
        case .oldMouse:
            bytes.append(byte)
            if bytes.count == 3 {
                if altHeld { emit(Key(.escape), &out) }
                if let mouse = MouseReport.old(bytes) { out.append(.event(.mouse(mouse))) }
                reset()
            }
        }
    }

    private mutating func ground(_ byte: UInt8, _ out: inout [Output]) {
        switch byte {
        case 0x1B: state = .escape
        case 0x0D: emit(.enter, &out)
        case 0x09: emit(.tab, &out)
        case 0x7F, 0x08: emit(.backspace, &out)
        case 0x00: emit(Key(" ", altHeld ? [.control, .alt] : .control), &out)
        case 0x01...0x1A:
            emit(Key(Character(Unicode.Scalar(byte + 0x60)), altHeld ? [.control, .alt] : .control), &out)
        case 0x1C...0x1F:
            emit(Key(Character(Unicode.Scalar(byte + 0x40)), altHeld ? [.control, .alt] : .control), &out)
        case 0x20..<0x7F: emit(.character(Character(Unicode.Scalar(byte))), &out)
        case 0xC2...0xDF: begin(byte, missing: 1)
        case 0xE0...0xEF: begin(byte, missing: 2)
        case 0xF0...0xF4: begin(byte, missing: 3)
        default: emit(.character("\u{FFFD}"), &out)
        }
    }

    private mutating func begin(_ byte: UInt8, missing: Int) {
        bytes = [byte]
        state = .utf8(missing: missing)
    }

    private mutating func utf8(_ byte: UInt8, _ missing: Int, _ out: inout [Output]) {
        guard byte & 0xC0 == 0x80 else {
            emit(.character("\u{FFFD}"), &out)
            reset()
            step(byte, &out)
            return
        }
        bytes.append(byte)
        if missing > 1 {
            state = .utf8(missing: missing - 1)
            return
        }
        let text = String(validating: bytes, as: UTF8.self)
        emit(.character(text?.first ?? "\u{FFFD}"), &out)
        reset()
    }

    private mutating func escape(_ byte: UInt8, _ out: inout [Output]) {
        switch byte {
        case 0x5B:
            state = .csi
            bytes.removeAll(keepingCapacity: true)
        case 0x4F:
            state = .ss3
            bytes.removeAll(keepingCapacity: true)
        case 0x5D, 0x50, 0x58, 0x5E, 0x5F:
            // Alt with one of these letters is rarer than a reply of the terminal, but a key has nothing after it.
            state = .string(sawEscape: false)
            bytes = [byte]
        case 0x1B:
            if altHeld { emit(Key(.escape), &out) }
            altHeld = true
        default:
            state = .ground
            altHeld = true
            ground(byte, &out)
            altHeld = false
        }
    }

    private mutating func csi(_ byte: UInt8, _ out: inout [Output]) {
        switch byte {
        case 0x1B:
            reset()
            state = .escape
        case 0x40...0x7E:
            // The Linux console sends `CSI [ A` for F1.
            if byte == 0x5B, bytes.isEmpty {
                bytes.append(byte)
                return
            }
            if byte == 0x4D, bytes.isEmpty {
                state = .oldMouse
                return
            }
            finish(byte, &out)
        case 0x20...0x3F:
            bytes.append(byte)
            if bytes.count > KeyDecoder.sequenceBytesMax { reset() }
        default:
            reset()
            step(byte, &out)
        }
    }

    private mutating func finish(_ final: UInt8, _ out: inout [Output]) {
        let parameters = bytes
        let alt = altHeld
        reset()
        let meaning = ControlSequence(parameters: parameters, final: final).meaning
        if case .key(var key) = meaning {
            if alt { key.modifiers.insert(.alt) }
            out.append(.event(.key(key)))
            return
        }
        // Nobody holds Alt on what a terminal says by itself: that escape was a key of its own. What is unknown may
        // be a key, unless it begins as only answers do.
        if alt, meaning != .nothing || (0x3C...0x3F).contains(parameters.first ?? 0) {
            emit(Key(.escape), &out)
        }
        switch meaning {
        case .key: break
        case .mouse(let event): out.append(.event(.mouse(event)))
        case .focus(let has): out.append(.event(.focus(has)))
        case .modeReport(let mode, let value): out.append(.modeReport(mode: mode, state: value))
        case .answer: out.append(.answer)
        case .pasteBegins:
            state = .paste
            pasteTail.removeAll(keepingCapacity: true)
        case .nothing: break
        }
    }

    private mutating func ss3(_ byte: UInt8, _ out: inout [Output]) {
        let alt = altHeld
        reset()
        if var key = ControlSequence.key(ss3: byte) {
            if alt { key.modifiers.insert(.alt) }
            out.append(.event(.key(key)))
        } else if byte < 0x20 || byte >= 0x7F {
            emit(Key("O", .alt), &out)
            step(byte, &out)
        }
    }

    private mutating func string(_ byte: UInt8, _ sawEscape: Bool, _ out: inout [Output]) {
        if byte == 0x07 || byte == 0x18 || byte == 0x1A || (sawEscape && byte == 0x5C) {
            let text = bytes
            if altHeld { emit(Key(.escape), &out) }
            reset()
            if sawEscape, byte == 0x5C, text.starts(with: KeyDecoder.nameBegin) {
                out.append(.name(SafeText.line(SafeText.decode(text.dropFirst(3).dropLast()))))
            }
        } else if sawEscape {
            // An escape that didn't end the string begins something new.
            reset()
            state = .escape
            step(byte, &out)
        } else {
            state = .string(sawEscape: byte == 0x1B)
            bytes.append(byte)
            if bytes.count > KeyDecoder.sequenceBytesMax * 16 { reset() }
        }
    }

    private mutating func paste(_ byte: UInt8, _ out: inout [Output]) {
        pasteTail.append(byte)
        if pasteTail == KeyDecoder.pasteEnd {
            out.append(.event(.paste(SafeText.decode(bytes))))
            pasteTail.removeAll(keepingCapacity: true)
            reset()
            return
        }
        while !pasteTail.isEmpty, !KeyDecoder.pasteEnd.starts(with: pasteTail) {
            let first = pasteTail.removeFirst()
            if bytes.count < KeyDecoder.pasteBytesMax { bytes.append(first) }
        }
    }

    private func emit(_ code: Key.Code, _ out: inout [Output]) {
        emit(Key(code, altHeld ? .alt : []), &out)
    }

    private func emit(_ key: Key, _ out: inout [Output]) { out.append(.event(.key(key))) }
}
