package import SomaCore
package import SomaEngine

/// What the nodes have noted in a run's document, by name instead of by key.
///
/// | key | what |
/// |---|---|
/// | `workspace` | the folder |
/// | `call` | what ToolSelect chose: `kind`, `name`, `step`, `candidate`; its words are `arguments` |
/// | `trouble` | what went wrong last: `kind`, `step`; its words are `because` |
/// | `result/<step>` | how a step's last work ended: `kind`, `ok`, `status`; its words are `output/<step>` |
/// | `checks/<step>` | the words of the checks that a step passed; `checks/` of the whole |
/// | `skipped/<step>` | the words of why it was left out |
/// | `turn/<n>`, `reply/<n>` | the words of a model's n-th choice and of what came of it |
/// | `recalled`, `outcome` | the words of what was recalled, and of the report |
package struct RunNotes: Sendable {
    /// The run.
    package let run: RunState
    /// The words that it refers to.
    package let library: Library
    /// The steps as planned, as far as the plan's words are at hand.
    package let steps: [PlannedStep]

    package init(_ run: RunState, _ library: Library) {
        self.run = run
        self.library = library
        if let id = run.plan.words, let words = library[id] {
            steps = PlanMemo.shared.steps(id, words)
        } else {
            steps = []
        }
    }

    init(_ visit: NodeVisit) { self.init(visit.run, visit.library) }

    /// The words of a key of the document.
    package func words(_ key: String) -> Words? { library[run.document.words(key)] }

    /// What was chosen last.
    package var call: Call? { run.document["call"].flatMap(Call.init) }

    /// What went wrong last; `nil` where nothing did since.
    package var trouble: Trouble? {
        guard let note = run.document["trouble"], let kind = note["kind"]?.string.flatMap(Trouble.Kind.init)
        else {
            return nil
        }
        return Trouble(kind, step: note["step"]?.int)
    }

    /// Why.
    package var because: String { words("because")?.text ?? "" }

    /// The step under way, or else the first that waits; `nil` when all are behind the run.
    package var current: Int? {
        let states = run.plan.steps
        let index = states.firstIndex { $0.state == .active } ?? states.firstIndex { $0.state == .pending }
        return index.flatMap { steps.indices.contains($0) ? $0 : nil }
    }

    /// How often an edge was taken.
    package func passes(from node: String, _ label: String, to target: String) -> Int {
        run.visits.first { $0.node == node }?.passes.first { $0.via == label && $0.to == target }?.count ?? 0
    }

    /// What a step's last work ended with.
    package func result(of step: String) -> JSON? { run.document["result/" + step] }

    /// What ToolSelect chose.
    package struct Call: Sendable, Hashable {
        package enum Kind: String, Sendable { case tool, delegate, ask, said }

        package var kind: Kind
        /// The tool or the role.
        package var name: String
        package var step: Int
        /// 0 is the first choice, then the alternatives.
        package var candidate: Int
        /// Which choice of a model it is, from 1; 0 for a runbook's.
        package var turn: Int

        package init(_ kind: Kind, _ name: String, step: Int, candidate: Int = 0, turn: Int = 0) {
            self.kind = kind
            self.name = name
            self.step = step
            self.candidate = candidate
            self.turn = turn
        }

        init?(_ note: JSON) {
            guard let kind = note["kind"]?.string.flatMap(Kind.init), let step = note["step"]?.int else {
                return nil
            }
            self.init(
                kind,
                note["name"]?.string ?? "",
                step: step,
                candidate: note["candidate"]?.int ?? 0,
                turn: note["turn"]?.int ?? 0
            )
        }

        var note: JSON {
            var note: JSONObject = [
                "kind": .string(kind.rawValue), "name": .string(name), "step": JSON(step),
            ]
            if candidate > 0 { note["candidate"] = JSON(candidate) }
            if turn > 0 { note["turn"] = JSON(turn) }
            return .object(note)
        }
    }
}

extension Update {
    /// Notes what went wrong.
    mutating func note(_ trouble: Trouble, because: String) {
        var note: JSONObject = ["kind": .string(trouble.kind.rawValue)]
        note["step"] = trouble.step.map { JSON($0) }
        values.append(("trouble", .object(note)))
        words.append(("because", Words(because)))
    }

    /// Notes that nothing is wrong any more.
    mutating func clearTrouble(_ run: RunState) {
        if run.document["trouble"] != nil { values.append(("trouble", .null)) }
    }
}
