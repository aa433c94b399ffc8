/// Why a template can't be read or filled in.
package struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was expected and what was found.
    package let message: String
    /// The line of the template, from 1; 0 where it is about a value rather than a place.
    package let line: Int
    /// The column of the template, from 1.
    package let column: Int

    package init(_ message: String, line: Int = 0, column: Int = 0) {
        self.message = message
        self.line = line
        self.column = column
    }

    package var description: String {
        line == 0 ? message : "\(message) (line \(line), column \(column) of the text)"
    }
}
