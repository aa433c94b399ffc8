import SomaTerminal

/// What can go wrong with a request for a screen.
package struct ConsoleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sort of failure.
    package enum Kind: Sendable, Hashable { case view, run, key, past }

    /// The sort of failure.
    package let kind: Kind
    /// What failed, on what, and what to do.
    package let description: String

    static func unknownView(_ name: String, among views: [String] = ScreenFrame.views) -> ConsoleError {
        let near = NearestName.find(name, in: views).map { "Did you mean \($0)?" }
        return ConsoleError(
            kind: .view,
            description: "There is no view \"\(SafeText.line(name))\". "
                + (near ?? "There are \(views.joined(separator: ", ")).")
        )
    }

    static func unknownRun(_ prefix: String, _ count: Int) -> ConsoleError {
        let name = SafeText.line(prefix)
        return ConsoleError(
            kind: .run,
            description: count == 0
                ? "No run's id begins with \"\(name)\"."
                : "\(count) runs' ids begin with \"\(name)\": name more of it."
        )
    }

    static func unknownKey(_ name: String) -> ConsoleError {
        ConsoleError(
            kind: .key,
            description: "\"\(SafeText.line(name))\" is not a key. "
                + "Keys are written like j, G, enter, esc, space, pgdn, ctrl+c, and divided by spaces."
        )
    }

    static func noPast(_ reason: String) -> ConsoleError {
        ConsoleError(kind: .past, description: SafeText.line(reason))
    }
}
