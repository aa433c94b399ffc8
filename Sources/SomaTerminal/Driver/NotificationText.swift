/// The one line that OSC 9 shows.
enum NotificationText {
    /// Longest line in columns; a longer one is cut.
    static let columnsMax = 200

    /// A title and a body as one harmless line: nothing in it ends the sequence or reads as one of the commands that
    /// some terminals take in its place, which begin with a digit.
    static func line(title: String, body: String) -> String {
        let parts = [title, body].map { SafeText.line($0) }.filter { !$0.isEmpty }
        let text = SafeText.clip(parts.joined(separator: ": "), to: columnsMax)
        return text.first?.isNumber == true ? " " + text : text
    }
}
