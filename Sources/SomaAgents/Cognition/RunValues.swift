package import SomaCore
import SomaEngine

/// What templates of a run can read: `goal`, `params`, `run`, `recalled`, `checks` and `steps.<id>`.
///
/// A step has `output` (structure), `text`, `ok`, `status`, `exit`, `state`, `tries`, `checks` and `skipped`.
/// Where a step is at hand, its values are also there by themselves: `output`, `text`, `exit`.
package struct RunValues: TemplateValues {
    private let notes: RunNotes
    private let parameters: JSONObject
    private let step: String?

    package init(_ notes: RunNotes, _ parameters: JSONObject, step: String? = nil) {
        self.notes = notes
        self.parameters = parameters
        self.step = step
    }

    package func value(at path: [String]) -> JSON? {
        guard let first = path.first else { return nil }
        let rest = Array(path.dropFirst())
        switch first {
        case "params": return JSON.object(parameters).value(at: rest)
        case "goal": return notes.library[notes.run.goal].map { .string($0.text) }
        case "run": return run.value(at: rest)
        case "recalled": return notes.words("recalled")?.json?.value(at: rest)
        case "checks": return checks("").value(at: rest)
        case "steps":
            guard let id = rest.first else { return nil }
            return value(of: id, at: Array(rest.dropFirst()))
        case "output", "text", "exit", "ok", "status":
            return step.flatMap { value(of: $0, at: path) }
        default: return nil
        }
    }

    private var run: JSON {
        [
            "id": .string(notes.run.id.rawValue), "short": .string(notes.run.id.short),
            "role": .string(notes.run.role), "workspace": notes.run.document["workspace"] ?? "",
            "folder": .string(
                notes.run.document["workspace"]?.string?.split(separator: "/").last.map(String.init) ?? "/"
            ),
            "date": .string(String(notes.run.startedAt.description.prefix(10))),
            "time": .string(String(notes.run.startedAt.description.dropFirst(11).prefix(8))),
        ]
    }

    private func value(of id: String, at path: [String]) -> JSON? {
        guard let index = notes.steps.firstIndex(where: { $0.id == id }),
            notes.run.plan.steps.indices.contains(index), let first = path.first
        else {
            return nil
        }
        let rest = Array(path.dropFirst())
        switch first {
        case "state": return .string(notes.run.plan.steps[index].state.rawValue)
        case "tries": return JSON(notes.run.plan.steps[index].tries)
        case "title": return .string(notes.steps[index].title)
        case "skipped": return notes.words("skipped/" + id).map { .string($0.text) }
        case "checks": return checks(id).value(at: rest)
        case "ok", "status": return notes.result(of: id)?[first]
        default: return result(of: id)?.value(at: path)
        }
    }

    /// A step's result as `{text, output, exit}`, whatever did the work.
    private func result(of id: String) -> JSON? {
        guard let words = notes.words("output/" + id) else { return nil }
        switch notes.result(of: id)?["kind"]?.string.flatMap(RunNotes.Call.Kind.init) {
        // What the engine itself says of a call, such as a person's no, is plain text.
        case .tool:
            guard let json = words.json, json.object != nil else { return ["text": .string(words.text)] }
            return json
        case .delegate: return ChildReport(words.text).json
        default: return ["text": .string(words.text), "output": ["answer": .string(words.text)]]
        }
    }

    private func checks(_ id: String) -> JSON {
        if !id.isEmpty { return notes.words("checks/" + id)?.json?["checks"] ?? [] }
        let ids = notes.steps.map(\.id) + [""]
        return .array(ids.flatMap { notes.words("checks/" + $0)?.json?["checks"]?.array ?? [] })
    }
}

/// What a child hands to its parent: a report for people, and structure in a fenced block at its end.
package struct ChildReport: Sendable, Hashable {
    /// The report without the block.
    package let text: String
    /// What the block holds; empty where there is none.
    package let output: JSON

    static let fence = "```json output"

    /// Takes a report apart.
    package init(_ words: String) {
        let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.lastIndex(where: { $0 == Self.fence }),
            let end = lines[start...].firstIndex(of: "```"),
            let output = try? JSON.parse(lines[(start + 1)..<end].joined(separator: "\n"))
        else {
            text = words
            output = .object([:])
            return
        }
        text = TemplateFilter.trimmed(lines[..<start].joined(separator: "\n"))
        self.output = output
    }

    /// The report with the block.
    package static func compose(_ text: String, output: JSON) -> String {
        "\(text)\n\n\(fence)\n\(output.text(.pretty))\n```\n"
    }

    var json: JSON { ["text": .string(text), "output": output] }
}
