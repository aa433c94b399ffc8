/// Addresses of the web in texts from outside, as far as a terminal may be given them as links.
///
/// Refused is whatever could lead elsewhere than it seems to: names before a host (`https://bank.com@evil.com`), hosts
/// that aren't plain letters and numbers, and addresses that go on with something a reader might not see.
public enum WebAddress {
    /// The longest address, in bytes.
    public static let bytesMax = 2_000

    /// Where a text has such addresses, as ranges of its UTF-8, from left to right.
    public static func ranges(in text: String) -> [Range<Int>] {
        guard text.utf8.contains(colon) else { return [] }
        let bytes = Array(text.utf8)
        var found: [Range<Int>] = []
        var place = 0
        while let start = next(bytes, from: place) {
            var end = start
            while end < bytes.count, isPart(bytes[end]) { end += 1 }
            place = end
            let range = start..<trimmed(bytes, start..<end)
            if isEnd(bytes, start, end), isSafe(bytes[range]) { found.append(range) }
        }
        return found
    }

    /// Whether an address is one that a terminal may be given.
    static func isSafe(_ address: some Collection<UInt8>) -> Bool {
        guard address.count <= bytesMax, let rest = afterScheme(address) else { return false }
        // A terminal ends its own part of a link at a semicolon.
        guard rest.allSatisfy({ isPart($0) && $0 != 0x3B }) else { return false }
        let authority = Array(rest.prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 })
        return isAuthority(authority)
    }

    private static let colon = UInt8(ascii: ":")
    private static let schemes = [Array("https://".utf8), Array("http://".utf8)]

    private static func afterScheme<Bytes: Collection<UInt8>>(_ address: Bytes) -> Bytes.SubSequence? {
        schemes.first { address.starts(with: $0) }.map { address.dropFirst($0.count) }
    }

    /// Where the next scheme begins that isn't part of a word.
    private static func next(_ bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        while let sign = bytes[place...].firstIndex(of: colon) {
            place = sign + 1
            for length in [5, 4] where sign - length >= start {
                let first = sign - length
                guard afterScheme(bytes[first...]) != nil else { continue }
                if first == 0 || !isWord(bytes[first - 1]) { return first }
            }
        }
        return nil
    }

    /// Letters and numbers.
    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// Whether an address goes on with a byte; quotes, brackets of other kinds and blanks end it.
    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
            UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            false
        case 0x21...0x7E: true
        default: false
        }
    }

    /// Whether what comes behind an address can't be taken for a part of it.
    private static func isEnd(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        guard end < bytes.count else { return true }
        switch bytes[end] {
        // Some programs take it for a slash; behind a host it would hide where the host ends.
        case UInt8(ascii: "\\"): return afterScheme(bytes[start..<end])?.contains(UInt8(ascii: "/")) == true
        case 0x20...0x7E, 0x09, 0x0A, 0x0D: return true
        default: return false
        }
    }

    /// The end without the marks of the sentence around it.
    private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var end = range.upperBound
        func count(_ sign: Unicode.Scalar) -> Int {
            bytes[range.lowerBound..<end].count { $0 == UInt8(ascii: sign) }
        }
        while end > range.lowerBound {
            switch bytes[end - 1] {
            case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"),
                UInt8(ascii: "!"),
                UInt8(ascii: "?"), UInt8(ascii: "*"):
                end -= 1
            case UInt8(ascii: ")") where count(")") > count("("): end -= 1
            case UInt8(ascii: "]") where count("]") > count("["): end -= 1
            default: return end
            }
        }
        return end
    }

    /// A host, and a port behind it or none.
    private static func isAuthority(_ bytes: [UInt8]) -> Bool {
        var host = bytes[...]
        if let sign = bytes.lastIndex(of: colon), bytes.last != UInt8(ascii: "]") {
            let port = bytes[(sign + 1)...]
            guard (1...5).contains(port.count), port.allSatisfy({ (0x30...0x39).contains($0) }),
                port.reduce(0, { $0 * 10 + Int($1 - 0x30) }) <= 65_535
            else { return false }
            host = bytes[..<sign]
        }
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            let inside = host.dropFirst().dropLast()
            return inside.contains(colon)
                && inside.allSatisfy { isHexadecimal($0) || $0 == colon || $0 == UInt8(ascii: ".") }
        }
        let others = Array("-._".utf8)
        return host.contains(where: isWord) && host.allSatisfy { isWord($0) || others.contains($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
