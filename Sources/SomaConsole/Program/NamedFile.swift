import Glibc
import SomaTerminal

/// A file that a person named for something to be written into, and what is said of it where it wasn't.
package struct NamedFile: Sendable, Hashable {
    /// What the person called it, fit to be shown.
    package let name: String
    /// Where it is.
    package let path: String

    /// - Parameters:
    ///   - typed: Relative ones start in the working folder, `~/` at home.
    ///   - home: The person's.
    package init(_ typed: String, home: String?) {
        name = SafeText.line(typed)
        let isAtHome = typed == "~" || typed.hasPrefix("~/")
        path = isAtHome ? home.map { $0 + typed.dropFirst() } ?? typed : typed
    }

    /// Something is there already.
    package var exists: String { "\(name) exists; write! replaces it." }

    /// The system refused, with that error number.
    package func notWritten(_ code: Int32) -> String {
        "\(name) not written: \(String(cString: strerror(code)).lowercased())."
    }
}
