import SomaCore

/// What bytes of a message are, and how they read.
package enum Payload: Sendable, Hashable {
    /// There are none.
    case none
    /// A CloudEvent in JSON: its type, its subject or source, and its data.
    case cloudEvent(type: String, source: String, data: String)
    case json(String)
    case text(String)
    case binary([UInt8])

    /// How many bytes are looked at for a line.
    private static let lineBytesMax = 16 * 1024

    /// - Parameter isWhole: Whether all of it is read. Otherwise it is for a line: of what is long the beginning is read, and
    ///   what begins as JSON is taken for it.
    package init(_ bytes: [UInt8]?, isWhole: Bool = false) {
        guard let bytes else {
            self = .none
            return
        }
        let read = isWhole ? bytes[...] : Self.beginning(of: bytes, Self.lineBytesMax)
        guard !read.contains(0), let text = String(validating: read, as: UTF8.self) else {
            self = .binary(bytes)
            return
        }
        guard let first = read.first(where: { !Self.isSpace($0) }), first == 0x7B || first == 0x5B else {
            self = .text(text)
            return
        }
        if read.count < bytes.count {
            self = .json(text)
            return
        }
        guard let json = try? JSON.parse(bytes) else {
            self = .text(text)
            return
        }
        if json["specversion"]?.string != nil, let type = json["type"]?.string {
            let source = json["subject"]?.string ?? json["source"]?.string ?? ""
            self = .cloudEvent(type: type, source: source, data: json["data"]?.text() ?? "")
        } else {
            self = .json(text)
        }
    }

    /// The beginning of bytes; without the last character of UTF-8 where it may be cut in two.
    static func beginning(of bytes: [UInt8], _ max: Int) -> ArraySlice<UInt8> {
        guard bytes.count > max else { return bytes[...] }
        var end = max
        // At most three bytes follow a first one.
        while end > 0, end > max - 4, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return bytes[..<end]
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// All of it on one line, as far as a screen can be wide.
    var line: String {
        switch self {
        case .none: "(none)"
        case .cloudEvent(let type, let source, let data):
            [type, source, data].filter { !$0.isEmpty }.joined(separator: " ").flat
        case .json(let text), .text(let text): text.flat
        case .binary(let bytes):
            "\(Self.hex(bytes.prefix(32)))\(bytes.count > 32 ? " …" : "")  \(Amounts.bytes(bytes.count))"
        }
    }

    /// The name of what it is.
    var name: String {
        switch self {
        case .none: "tombstone"
        case .cloudEvent: "cloud event"
        case .json: "json"
        case .text: "text"
        case .binary: "binary"
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    /// Sixteen bytes a line: where, in hexadecimal, and as ASCII.
    static func dump(_ bytes: [UInt8], linesMax: Int) -> [String] {
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: 16).prefix(linesMax) {
            let part = bytes[start..<min(start + 16, bytes.count)]
            let place = String(start, radix: 16)
            let text = part.map { (0x20..<0x7F).contains($0) ? Character(Unicode.Scalar($0)) : "." }
            let digits = hex(part)
            lines.append(
                String(repeating: "0", count: max(0, 6 - place.count)) + place + "  " + digits
                    + String(repeating: " ", count: 49 - digits.count) + String(text)
            )
        }
        let shown = min(bytes.count, linesMax * 16)
        if shown < bytes.count { lines.append("… \(Amounts.bytes(bytes.count - shown)) more") }
        return lines
    }
}

extension String {
    /// The beginning of a text with its line breaks and runs of spaces as single spaces.
    fileprivate var flat: String {
        var line = ""
        var (count, wasSpace) = (0, true)
        for scalar in unicodeScalars {
            let isSpace = scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r"
            if isSpace, wasSpace { continue }
            line.unicodeScalars.append(isSpace ? " " : scalar)
            wasSpace = isSpace
            count += 1
            if count == TextLimits.lineCharactersMax { break }
        }
        return line
    }
}
