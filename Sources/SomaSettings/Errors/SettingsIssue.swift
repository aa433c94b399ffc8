/// One thing that is wrong, where it is, and what was probably meant.
public struct SettingsIssue: Sendable, Hashable, CustomStringConvertible {
    /// Where the problem is.
    public let origin: SettingOrigin
    /// What was expected and what was found; one line, without control characters.
    public let message: String
    /// The nearest valid word, where one is near enough.
    public let suggestion: String?

    /// Describes a problem at a place.
    public init(origin: SettingOrigin, message: String, suggestion: String? = nil) {
        self.origin = origin
        self.message = message
        self.suggestion = suggestion
    }

    /// `place: message; did you mean word?` on one line.
    public var description: String {
        guard let suggestion else { return "\(origin): \(message)" }
        return "\(origin): \(message); did you mean \(Quoted.visible(suggestion))?"
    }
}
