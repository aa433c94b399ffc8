import SomaCore
import SomaEngine

/// Finds the role and the runbook for a goal, or says what could be done instead.
struct GoalChoice {
    let catalog: RoleCatalog
    let request: StartRequest

    /// What was chosen.
    struct Chosen {
        var entry: RoleEntry
        /// `nil` where a model plans.
        var runbook: RunbookEntry?
        var parameters: JSONObject
    }

    /// The role that takes goals that name none.
    private static let usualRole = "researcher"

    func choose() throws(StartRefusal) -> Chosen {
        guard !TemplateFilter.trimmed(request.goal).isEmpty || request.runbook != nil else {
            throw StartRefusal(code: "goal.missing", message: "There is no goal.", hint: examples)
        }
        let entries = try candidates()
        if let name = request.runbook { return try named(name, entries) }
        for entry in entries {
            for book in entry.runbooks {
                for pattern in book.runbook.matches {
                    guard let captured = pattern.match(request.goal) else { continue }
                    return try chosen(entry, book, captured)
                }
            }
        }
        guard catalog.model != nil else { throw unknownGoal(entries) }
        let entry = entries.first { $0.role.name == Self.usualRole } ?? entries[0]
        return Chosen(entry: entry, runbook: nil, parameters: request.parameters)
    }

    private func candidates() throws(StartRefusal) -> [RoleEntry] {
        guard let name = request.role else { return catalog.entries }
        guard let entry = catalog.entry(name) else {
            let names = catalog.entries.map(\.role.name)
            let near = NearestName.find(name, among: names).map { "Did you mean \($0)? " } ?? ""
            throw StartRefusal(
                code: "role.unknown",
                message: "There is no role \"\(String(name.prefix(60)))\".",
                hint: near + "Roles: \(names.joined(separator: ", "))."
            )
        }
        return [entry]
    }

    private func named(_ name: String, _ entries: [RoleEntry]) throws(StartRefusal) -> Chosen {
        for entry in entries {
            guard let book = entry.runbooks.first(where: { $0.runbook.name == name }) else { continue }
            // The goal may be said in the runbook's own words, and then holds parameters too.
            let captured = book.runbook.matches.lazy.compactMap { $0.match(request.goal) }.first
            return try chosen(entry, book, captured ?? [:])
        }
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            return try file(name, entries)
        }
        let names = entries.flatMap { $0.runbooks.map(\.runbook.name) }
        let near = NearestName.find(name, among: names).map { "Did you mean \($0)? " } ?? ""
        throw StartRefusal(
            code: "runbook.unknown",
            message: "There is no runbook \"\(String(name.prefix(80)))\".",
            hint: near + "Runbooks: \(names.joined(separator: ", "))."
        )
    }

    /// A runbook in a file, for the role that was asked for, or else for the first whose scope it keeps to.
    private func file(_ path: String, _ entries: [RoleEntry]) throws(StartRefusal) -> Chosen {
        let absolute = path.hasPrefix("/") ? path : "\(request.workspace)/\(path)"
        let text: String
        do throws(RoleError) {
            text = try RoleFolder.text(absolute)
        } catch {
            throw StartRefusal(
                code: "runbook.unreadable",
                message: "The runbook \(error).",
                hint: "Check the path and its permissions."
            )
        }
        var problem = ""
        let entries =
            entries.filter { $0.role.name == Self.usualRole }
            + entries.filter { $0.role.name != Self.usualRole }
        for entry in entries {
            do {
                let runbook = try RunbookReader(role: entry.role, tools: catalog.tools(of: entry.role)).read(
                    text,
                    file: path
                )
                return try chosen(entry, RunbookEntry(runbook: runbook, text: text, file: path), [:])
            } catch let error as StartRefusal {
                throw error
            } catch {
                if problem.isEmpty { problem = "\(error)" }
            }
        }
        throw StartRefusal(
            code: "runbook.invalid",
            message: problem,
            hint: entries.count > 1
                ? "It was read for \(entries.map(\.role.name).joined(separator: ", ")); the first is told here, and --role chooses."
                : "Nothing was started."
        )
    }

    private func chosen(
        _ entry: RoleEntry,
        _ book: RunbookEntry,
        _ captured: [String: String]
    ) throws(StartRefusal) -> Chosen {
        let runbook = book.runbook
        let names = runbook.parameters.map(\.name)
        for key in request.parameters.keys where !names.contains(key) {
            let near = NearestName.find(key, among: names).map { " Did you mean \($0)?" } ?? ""
            throw StartRefusal(
                code: "parameter.unknown",
                message: "The runbook \(runbook.name) has no parameter \"\(String(key.prefix(60)))\".",
                hint: "Its parameters: \(names.isEmpty ? "none" : names.joined(separator: ", ")).\(near)"
            )
        }
        var parameters = JSONObject()
        for parameter in runbook.parameters {
            let given = request.parameters[parameter.name] ?? captured[parameter.name].map(JSON.string)
            if let given {
                guard let value = parameter.value(given) else {
                    throw StartRefusal(
                        code: "parameter.invalid",
                        message:
                            "The parameter \(parameter.name) of \(runbook.name) is no use: expected \(parameter.expected), found \(String(given.text().prefix(80))).",
                        hint: parameter.kind == .path
                            ? "Start the run in the folder that is meant." : parameter.summary
                    )
                }
                parameters[parameter.name] = value
            } else if let fallback = parameter.fallback {
                parameters[parameter.name] = fallback
            } else if parameter.isRequired {
                throw StartRefusal(
                    code: "parameter.missing",
                    message: "The runbook \(runbook.name) needs the parameter \(parameter.name).",
                    hint: "Add --param \(parameter.name)=… \(parameter.summary)"
                )
            }
        }
        return Chosen(entry: entry, runbook: book, parameters: parameters)
    }

    // MARK: - What could be done instead

    private func unknownGoal(_ entries: [RoleEntry]) -> StartRefusal {
        var best: (example: String, book: RunbookEntry, nearness: Double)?
        for entry in entries {
            for book in entry.runbooks {
                for pattern in book.runbook.matches {
                    let nearness = pattern.nearness(to: request.goal)
                    if nearness > best?.nearness ?? 0.2 { best = (pattern.example, book, nearness) }
                }
            }
        }
        let near =
            best.map {
                "Nearest: \"\($0.example)\" (\($0.book.runbook.name)). "
            } ?? ""
        return StartRefusal(
            code: "goal.unknown",
            message:
                "No runbook fits \(JSON.string(String(request.goal.prefix(120))).text()), and no model is configured that could make a plan for it.",
            hint: near + examples
                + " To add a model, set SOMA_MODEL_URL and SOMA_MODEL (any OpenAI-compatible endpoint), or model.url and model.name in the configuration."
        )
    }

    private var examples: String {
        let books = catalog.entries.flatMap(\.runbooks)
        let known = books.compactMap { book in book.runbook.matches.first.map { "\"\($0.example)\"" } }
        return known.isEmpty
            ? "There are no runbooks." : "Without a model it can do: \(known.joined(separator: ", "))."
    }
}
