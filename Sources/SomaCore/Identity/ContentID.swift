/// The name of words that are stored once: 128 bits of a keyed hash, written as 32 hexadecimal digits.
///
/// The key belongs to the person whose words they are, so that short words can't be guessed from the name
/// after they were erased.
public struct ContentID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// Creates a name from its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Creates a name from the first 16 bytes of a hash; missing bytes count as 0.
    public init(hash: UnsafeRawBufferPointer) {
        var name = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &name) { $0.copyMemory(from: .init(rebasing: hash.prefix(16))) }
        self.init(high: UInt64(bigEndian: name.0), low: UInt64(bigEndian: name.1))
    }

    /// Reads 32 hexadecimal digits; `nil` for anything else.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ ContentID(digits: $0) }) else { return nil }
        self = id
    }

    package init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 32 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<32 {
            let byte = digits[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            if index < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// The 32 digits.
    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(32)
        write(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    package func write(to output: inout [UInt8]) {
        ContentID.write(high, to: &output)
        ContentID.write(low, to: &output)
    }

    /// Appends 16 hexadecimal digits.
    package static func write(_ half: UInt64, to output: inout [UInt8]) {
        var shift: UInt64 = 60
        for _ in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: half >> shift & 15)
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift &-= 4
        }
    }

    /// The 16 bytes.
    public var bytes: [UInt8] { withBytes { [UInt8]($0) } }

    /// Calls `body` with the 16 bytes.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    /// Reads the digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ContentID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a content id is 32 hexadecimal digits"
            )
        }
        self = id
    }

    /// Writes the digits.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
