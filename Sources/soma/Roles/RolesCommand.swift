import ArgumentParser
import SomaAgents
import SomaCore
import SomaHTTP
import SomaSettings
import SomaTerminal

/// `soma roles`: who can do what.
struct RolesCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "Show roles, the goals that they know, and their tools.",
        discussion: "Examples:\n  soma roles\n  soma roles coder --json"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "Only this role, with everything.")
    var role: String?

    func run() async throws {
        let catalog = try LocalRoles.catalog(global)
        var entries = catalog.entries
        if let role { entries = [try LocalRoles.entry(role, in: catalog)] }
        if global.json { return Out.json(.array(entries.map { LocalRoles.json($0, catalog) })) }
        for (index, entry) in entries.enumerated() {
            if index > 0 { Out.line() }
            for line in lines(entry, catalog) { Out.line(line) }
        }
    }

    private func lines(_ entry: RoleEntry, _ catalog: RoleCatalog) -> [String] {
        let style = global.style
        var lines = ["\(style.paint(entry.role.name, .bold))  \(SafeText.line(entry.role.summary))"]
        for book in entry.runbooks {
            lines.append(
                "  \(style.paint(book.runbook.name, .accent))  \(SafeText.line(book.runbook.summary))"
            )
            for match in book.runbook.matches.prefix(role == nil ? 1 : .max) {
                lines.append("    soma run \"\(SafeText.line(match.example))\"")
            }
        }
        let tools = catalog.tools(of: entry.role).map { tool in
            entry.role.approvals[tool.name] == nil ? tool.name : tool.name + "*"
        }
        lines += TextWrap.wrap("tools: " + tools.joined(separator: ", "), columns: max(20, style.columns - 2))
            .map { style.paint("  \($0)", .dim) }
        if role != nil, !entry.role.approvals.isEmpty {
            lines.append(style.paint("  * asks a person first", .dim))
        }
        return lines
    }
}

/// Roles as they are on this machine's disk, without a daemon.
enum LocalRoles {
    static func catalog(_ global: GlobalOptions) throws -> RoleCatalog {
        let settings = try global.settings()
        do {
            let folder = try ConfigFolders.findAgents(
                settings: settings,
                workingFolder: WorkingFolder.path,
                executable: WorkingFolder.executable
            )
            let model = ModelChoice(settings)
            let registry = try LocalRoles.registry()
            return try RoleCatalog(folder: folder, tools: registry.specifications, model: model)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// Every tool that there is.
    static func registry() throws -> ToolRegistry {
        try ToolRegistry(BuiltinTools.all(client: HTTPClient(userAgent: "soma/\(SomaVersion.product)")))
    }

    static func entry(_ name: String, in catalog: RoleCatalog) throws -> RoleEntry {
        if let entry = catalog.entry(name) { return entry }
        let names = catalog.entries.map(\.role.name)
        let near = NearestName.find(name, in: names).map { " Did you mean \($0)?" } ?? ""
        throw CommandFailure(
            .usage,
            "There is no role \"\(name)\".\(near)",
            hint: "Roles: \(names.joined(separator: ", "))"
        )
    }

    static func json(_ entry: RoleEntry, _ catalog: RoleCatalog) -> JSON {
        [
            "name": .string(entry.role.name),
            "summary": .string(entry.role.summary),
            "tools": JSON(catalog.tools(of: entry.role).map(\.name)),
            "approvals": JSON(entry.role.approvals.keys.sorted()),
            "limits": (try? JSON(encoding: entry.role.limits)) ?? .null,
            "delegates": JSON(entry.role.delegates),
            "runbooks": .array(
                entry.runbooks.map { book in
                    [
                        "name": .string(book.runbook.name), "summary": .string(book.runbook.summary),
                        "examples": JSON(book.runbook.matches.map(\.example)),
                    ]
                }
            ),
        ]
    }
}
