package import SomaCore

/// The filter of a list as it is typed: what it means, or what is wrong with it.
///
/// While the text can't be read the last one that could stays in force, so that a list doesn't jump with each key.
package struct TypedFilter: Sendable, Hashable {
    /// The text as typed.
    package private(set) var text = ""
    /// What lets things through.
    package private(set) var filter = Filter()
    /// What is wrong with the text.
    package private(set) var trouble: FilterError?

    package init() {}

    /// Takes what is typed now; reading the same text again costs nothing.
    /// - Returns: Whether what is let through may have changed.
    @discardableResult
    package mutating func read(_ text: String, fields: FilterFields) -> Bool {
        guard text != self.text else { return false }
        self.text = text
        do throws(FilterError) {
            let read = try Filter(text, fields: fields)
            trouble = nil
            filter = read
            return true
        } catch {
            trouble = error
            return false
        }
    }
}
