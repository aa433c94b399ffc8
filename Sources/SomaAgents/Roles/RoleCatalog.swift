package import SomaCore
package import SomaEngine
import Synchronization

/// The roles and runbooks of an installation: turns a wish into a run, and a run's pins into what it runs.
///
/// A value that doesn't change: reloading gives another one, and runs under way keep what they were pinned to.
package struct RoleCatalog: Catalog {
    /// The roles, by name.
    package let entries: [RoleEntry]
    /// The model that thinks where no runbook fits; `nil` where none is configured.
    package let model: ModelChoice?
    /// Where the roles were read.
    package let folder: String
    private let tools: [ToolSpecification]
    private let programs = ProgramCache()

    /// Reads and checks a folder of roles. Blocks on the disk.
    ///
    /// - Throws: `RoleError` with every problem of every file.
    package init(folder: String, tools: [ToolSpecification], model: ModelChoice? = nil) throws(RoleError) {
        self.folder = folder
        self.model = model
        self.tools = tools + MemoryTools.specifications
        entries = try RoleFolder(path: folder, tools: self.tools).read()
    }

    /// Reads the same folder again.
    ///
    /// - Throws: `RoleError`; this catalog stays as it is.
    package func reloaded(model: ModelChoice?) throws(RoleError) -> RoleCatalog {
        let own = tools.filter { !MemoryTools.names.contains($0.name) }
        return try RoleCatalog(folder: folder, tools: own, model: model)
    }

    /// A role by its name.
    package func entry(_ name: String) -> RoleEntry? { entries.first { $0.role.name == name } }

    /// The tools that a role may use, by name.
    package func tools(of role: Role) -> [ToolSpecification] {
        tools.filter { role.allows(tool: $0.name) }.sorted { $0.name < $1.name }
    }

    package func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        let choice = try GoalChoice(catalog: self, request: request).choose()
        let graph = CognitionGraph.graph
        var inputs: JSONObject = ["parameters": .object(choice.parameters)]
        if choice.runbook == nil, let model { inputs["model"] = try? JSON(encoding: model) }
        var pinned: [(name: String, words: Words)] = [
            ("graph", Words(json: (try? JSON(encoding: graph)) ?? .null)),
            ("role", Words(Self.roleText(choice.entry))),
            ("prompts", Words(choice.entry.prompt)),
            ("inputs", Words(json: .object(inputs))),
        ]
        if let runbook = choice.runbook { pinned.append(("runbook", Words(runbook.text))) }
        let role = choice.entry.role
        let mind: Mind = choice.runbook.map { .runbook($0.runbook) } ?? .model(model ?? ModelChoice(name: ""))
        let cognition = Cognition(
            role: role,
            mind: mind,
            parameters: choice.parameters,
            tools: tools,
            prompt: choice.entry.prompt
        )
        var document: JSONObject = ["workspace": .string(request.workspace)]
        if let name = choice.runbook?.runbook.name { document["runbook"] = .string(name) }
        return PreparedRun(
            role: role.name,
            program: CognitionGraph.program(graph, cognition),
            pinned: pinned,
            document: document,
            limits: role.limits.tightened(by: request.limits)
        )
    }

    /// The pinned words of a role: its name in a comment, then its configuration.
    private static func roleText(_ entry: RoleEntry) -> String {
        "# role: \(entry.role.name)\n\(entry.configText)"
    }

    package func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program {
        if let program = programs[run.pins] { return program }
        guard let graph = pinned["graph"]?.json.flatMap({ try? $0.decode(Graph.self) }) else {
            throw Self.unreadable("graph", of: run)
        }
        let role = try pinnedRole(run, pinned)
        let inputs = pinned["inputs"]?.json
        let parameters = inputs?["parameters"]?.object ?? JSONObject()
        let mind: Mind
        if let text = pinned["runbook"]?.text {
            guard let runbook = try? RunbookReader(role: role, tools: tools).read(text, file: "runbook")
            else {
                throw Self.unreadable("runbook", of: run)
            }
            mind = .runbook(runbook)
        } else if let model = inputs?["model"].flatMap({ try? $0.decode(ModelChoice.self) }) {
            mind = .model(model)
        } else {
            throw Self.unreadable("inputs", of: run)
        }
        let prompt = pinned["prompts"]?.text ?? ""
        let cognition = Cognition(
            role: role,
            mind: mind,
            parameters: parameters,
            tools: tools,
            prompt: prompt
        )
        let program = CognitionGraph.program(graph, cognition)
        programs[run.pins] = program
        return program
    }

    private func pinnedRole(_ run: RunState, _ pinned: [String: Words]) throws(StartRefusal) -> Role {
        guard let words = pinned["role"], let role = PinnedRole.read(words, name: run.role, tools: tools)
        else {
            throw Self.unreadable("role", of: run)
        }
        return role
    }

    private static func unreadable(_ pin: String, of run: RunState) -> StartRefusal {
        StartRefusal(
            code: "pin.unreadable",
            message:
                "The run \(run.id.short) can't go on: its \(pin), to which it was pinned at its start, can't be read by this version.",
            hint: "Resume it with the version of Soma that started it, or start it anew."
        )
    }
}

/// Reads the role that a run was pinned to.
package enum PinnedRole {
    package static func read(_ words: Words, name: String, tools: [ToolSpecification]) -> Role? {
        // Tools that are gone since stay named: whoever calls one is told so.
        let known = Set(tools.map(\.name))
        let reader = RoleReader(tools: tools)
        if let role = try? reader.read(words.text, file: "role", name: name) { return role }
        let gone = words.text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).map(
            String.init
        )
        let stubs = Set(gone).subtracting(known).map { name in
            ToolSpecification(
                name: name,
                summary: "",
                parameters: .object([:]),
                effect: .once,
                reach: .outside,
                risk: "",
                timeout: .seconds(1)
            )
        }
        return try? RoleReader(tools: tools + stubs).read(words.text, file: "role", name: name)
    }
}

/// Programs that were made from pins before: a thousand resumed runs share a handful of them.
private final class ProgramCache: Sendable {
    private let programs = Mutex<[[String: String]: Program]>([:])
    private static let countMax = 256

    subscript(pins: [String: String]) -> Program? {
        get { programs.withLock { $0[pins] } }
        set {
            programs.withLock { programs in
                if programs.count >= Self.countMax { programs.removeAll() }
                programs[pins] = newValue
            }
        }
    }
}
