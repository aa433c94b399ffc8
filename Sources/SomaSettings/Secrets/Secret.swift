/// A value that is never shown: printing, dumping or interpolating it gives `[secret]`.
///
/// It is neither `Encodable` nor `Hashable`, so that it can't wander into a document or a key by accident.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Keeps a value.
    public init(_ value: String) {
        self.value = value
    }

    /// Hands the value out for as long as `body` needs it, to put it into a request's header, say.
    public func withExposedValue<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try body(value)
    }

    /// `[secret]`, whatever the value.
    public var description: String { "[secret]" }
    /// `[secret]`, whatever the value.
    public var debugDescription: String { description }
    /// Shows no children, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
