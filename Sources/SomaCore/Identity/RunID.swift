/// The name of a run: 15 random characters of Crockford's base 32 in lower case (75 bits).
///
/// Random from the first character, so that a prefix of six usually names one run. Short enough for Swift to
/// keep in the string itself, which matters where millions are read.
public struct RunID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The characters.
    public let rawValue: String

    /// Adopts a name from a record. Any text is accepted: what a record says is shown, not judged.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// How many characters a new name has.
    public static let length = 15

    /// The characters that new names are made of.
    public static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Makes a new name.
    public static func random(using generator: inout some RandomNumberGenerator) -> RunID {
        var bits = (generator.next(), generator.next())
        let characters = (0..<length).map { index in
            defer { if index < 12 { bits.0 >>= 5 } else { bits.1 >>= 5 } }
            return alphabet[Int((index < 12 ? bits.0 : bits.1) & 31)]
        }
        return RunID(String(decoding: characters, as: UTF8.self))
    }

    /// The first six characters, as screens show it.
    public var short: String { String(rawValue.prefix(6)) }

    /// The characters.
    public var description: String { rawValue }

    /// Compares the characters.
    public static func < (left: RunID, right: RunID) -> Bool { left.rawValue < right.rawValue }

    /// Reads the characters.
    public init(from decoder: any Decoder) throws { rawValue = try String(from: decoder) }

    /// Writes the characters.
    public func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
}
