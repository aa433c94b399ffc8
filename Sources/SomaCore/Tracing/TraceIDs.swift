/// The name of a trace: 16 bytes (W3C Trace Context, `trace-id`).
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// Creates an id from its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 1 to 32 hexadecimal digits of either case; missing leading zeros are added, as Jaeger leaves them
    /// out. `nil` for anything else.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ TraceID(digits: $0) }) else { return nil }
        self = id
    }

    package init?(digits: UnsafeBufferPointer<UInt8>) {
        guard !digits.isEmpty, digits.count <= 32 else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for byte in digits {
            guard let digit = byte.hexadecimalDigit else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    /// Whether the id says nothing: all zero, which W3C forbids.
    public var isZero: Bool { high == 0 && low == 0 }

    /// 32 lower-case digits.
    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(32)
        ContentID.write(high, to: &output)
        ContentID.write(low, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    package var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }
}

/// The name of a span within its trace: 8 bytes (W3C Trace Context, `parent-id`).
public struct SpanID: Hashable, Sendable, CustomStringConvertible {
    /// The eight bytes, big-endian.
    public var rawValue: UInt64

    /// Creates an id.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Reads 1 to 16 hexadecimal digits of either case; `nil` for anything else.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ SpanID(digits: $0) }) else { return nil }
        self = id
    }

    package init?(digits: UnsafeBufferPointer<UInt8>) {
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var value = UInt64(0)
        for byte in digits {
            guard let digit = byte.hexadecimalDigit else { return nil }
            value = value << 4 | UInt64(digit)
        }
        self.init(value)
    }

    /// Whether the id says nothing: all zero, which W3C forbids.
    public var isZero: Bool { rawValue == 0 }

    /// 16 lower-case digits.
    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(16)
        ContentID.write(rawValue, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

extension UInt8 {
    package var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

extension UInt64 {
    package var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { [UInt8]($0) } }
}
