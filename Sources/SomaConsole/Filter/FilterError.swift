/// Why a filter can't be used, and where.
package struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How many characters precede the place.
    package var offset: Int
    /// What is wrong there and what to do.
    package var message: String

    package init(_ offset: Int, _ message: String) {
        self.offset = offset
        self.message = message
    }

    package var description: String { "filter, character \(offset + 1): \(message)" }
}
