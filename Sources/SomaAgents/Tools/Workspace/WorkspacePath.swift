import SomaCore

/// A path that stays below the workspace as far as its text goes; the kernel checks the rest.
struct WorkspacePath: Sendable, Hashable {
    static let pathBytesMax = 4095
    static let nameBytesMax = 255

    /// The names from the workspace down; empty for the workspace itself.
    let components: [String]

    /// The path as text, `.` for the workspace itself.
    var text: String { components.isEmpty ? "." : components.joined(separator: "/") }

    /// The last name; `nil` for the workspace itself.
    var name: String? { components.last }

    /// Whether git keeps what it trusts there: hooks and configuration that run commands.
    var isInsideGitFolder: Bool { components.contains { $0.lowercased() == ".git" } }

    private init(components: [String]) { self.components = components }

    /// Reads a path as a model or a person wrote it.
    ///
    /// - Parameter root: The workspace; an absolute path that begins with it is taken as relative to it.
    /// - Throws: `ToolError` (`refused`, `invalidArguments`) that says what about the path is not allowed.
    init(_ text: String, root: String) throws(ToolError) {
        let shown = Self.shown(text)
        guard !text.isEmpty else { throw ToolError(.invalidArguments, "The path is empty.") }
        guard !text.utf8.contains(0) else {
            throw ToolError(.refused, "The path \(shown) holds a NUL character.")
        }
        guard text.utf8.count <= Self.pathBytesMax else {
            throw ToolError(.refused, "The path \(shown) is longer than \(Self.pathBytesMax) bytes.")
        }
        var rest = Substring(text)
        if text.hasPrefix("/") {
            guard text == root || text.hasPrefix(root + "/") else {
                throw ToolError(
                    .refused,
                    "\(shown) is outside of the workspace.",
                    hint: "Give a path relative to the workspace."
                )
            }
            rest = text.dropFirst(root.count)
        }
        var components: [String] = []
        for component in rest.split(separator: "/", omittingEmptySubsequences: true) where component != "." {
            guard component != ".." else {
                throw ToolError(
                    .refused,
                    "\(shown) holds '..', which could lead out of the workspace.",
                    hint: "Write the path from the workspace down."
                )
            }
            guard component.utf8.count <= Self.nameBytesMax else {
                throw ToolError(.refused, "\(shown) holds a name longer than \(Self.nameBytesMax) bytes.")
            }
            components.append(String(component))
        }
        self.init(components: components)
    }

    /// The folder that holds it.
    var parent: WorkspacePath { WorkspacePath(components: components.dropLast()) }

    /// The path of an entry of this folder.
    func appending(_ name: String) -> WorkspacePath { WorkspacePath(components: components + [name]) }

    /// The workspace itself.
    static let root = WorkspacePath(components: [])

    /// A path for a message: quoted, control characters escaped, shortened.
    static func shown(_ text: String) -> String {
        JSON.string(text.utf8.count > 120 ? String(text.prefix(100)) + "…" : text).text()
    }
}
