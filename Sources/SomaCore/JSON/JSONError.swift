/// What was wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was found and what was expected.
    public let message: String
    /// The byte at which reading stopped, from 0.
    public let offset: Int
    /// The line of that byte, from 1.
    public let line: Int
    /// The column of that byte in bytes, from 1.
    public let column: Int

    /// The place and the message.
    public var description: String { "line \(line), column \(column): \(message)" }
}
