import SomaCore
import SomaTerminal

/// Why a run needs a person, what is at risk, and what follows from each answer: as far as the log says.
struct NeedFacts {
    /// The facts, each with a word in front.
    let lines: [DocumentLine]

    /// - Parameter cut: How much there is of arguments that are shown in part; `nil` where all are shown.
    init(_ need: Need, _ run: RunState, _ state: AppState, cut: String? = nil) {
        var lines: [DocumentLine] = []
        func add(_ label: String, _ text: String, _ role: ThemeRole = .text) {
            guard !text.isEmpty else { return }
            let padded = label + String(repeating: " ", count: max(1, 10 - label.count))
            let hang = DocumentLine.Span(String(repeating: " ", count: 10))
            lines.append(DocumentLine([.init(padded, .dim), .init(text.firstLine, role)], hang: [hang]))
        }
        if let cut {
            add("careful", "this is only the beginning of \(cut); enter shows more of it", .warning)
        }
        let goal = state.text(run.goal)?.firstLine ?? ""
        switch need.id.matter {
        case .approval:
            let question = Question(need, state)
            add("because", question.reason, question.isThere ? .text : .dim)
            add("risk", Self.risk(of: need, question, run, state), .warning)
            add("step", Self.step(of: run, state))
            add("approve", "it is called with exactly these arguments" + Self.next(of: run, state))
            add(
                "reject",
                "it isn't called; the run reads your words and goes another way, or ends where it has none"
            )
            add("goal", goal, .dim)
        case .words:
            add("step", Self.step(of: run, state))
            add("answer", "the run reads your words as they are" + Self.next(of: run, state))
            add("goal", goal, .dim)
        case .doubt:
            add("because", "it was started, and its result was lost: it may have happened", .warning)
            add("risk", Self.risk(of: need, nil, run, state), .warning)
            add("step", Self.step(of: run, state))
            add("goal", goal, .dim)
            add("happened", "the run goes on as if it had ended well, without its result")
            add("it didn't", "it is called now with exactly these arguments")
        case .budget:
            add(
                "because",
                "its \(NeedWords.limit(need)) \(NeedWords.isPlural(need) ? "are" : "is") used up; nothing more is spent"
            )
            add("step", Self.step(of: run, state))
            add("goal", goal, .dim)
            add("raise", "it goes on from here with the new limit")
            add("cancel", "it ends; what it did stays done")
        }
        self.lines = lines
    }

    /// What was said when a call was put before a person.
    private struct Question {
        var reason = ""
        var risk = ""
        var isThere = false

        init(_ need: Need, _ state: AppState) {
            guard let id = state.inbox.questions[need.id] else {
                reason = "loading"
                return
            }
            let words = state.words[id]
            guard let text = words?.text else {
                reason = words?.placeholder ?? "loading"
                return
            }
            isThere = true
            let json = try? JSON.parse(text)
            reason = json?["reason"]?.string ?? (json == nil ? text : "no reason was given")
            risk = json?["risk"]?.string ?? ""
        }
    }

    private static func risk(of need: Need, _ question: Question?, _ run: RunState, _ state: AppState)
        -> String
    {
        var risks: [String] = []
        if let risk = question?.risk.firstLine, !risk.isEmpty { risks.append(risk.trimmingFullStop) }
        let kind =
            switch need.effectClass {
            case .read: "only reads"
            case .model: "costs tokens"
            case .idempotent: "harmless to repeat"
            case .once: "can't be undone or repeated by Soma"
            }
        risks.append(kind)
        if let path = outside(need, run, state) { risks.append("outside of the workspace: \(path)") }
        return risks.joined(separator: "; ")
    }

    /// An absolute path among the arguments that isn't in the run's workspace.
    private static func outside(_ need: Need, _ run: RunState, _ state: AppState) -> String? {
        guard let workspace = run.document["workspace"]?.string, workspace.hasPrefix("/"),
            let text = state.text(need.arguments), text.utf8.count <= ApprovalCard.bytesMax,
            let object = (try? JSON.parse(text))?.object
        else { return nil }
        let inside = workspace.hasSuffix("/") ? workspace : workspace + "/"
        let paths = object.members.compactMap { member -> String? in
            guard ["path", "file", "folder", "cwd", "to", "from"].contains(member.key) else { return nil }
            return member.value.string
        }
        return paths.first { path in
            let climbs = path.split(separator: "/").contains("..")
            return climbs || (path.hasPrefix("/") && path != workspace && !path.hasPrefix(inside))
        }?.firstLine
    }

    /// The step under way: `2 of 4: put it on staging · done when the health check is green`.
    private static func step(of run: RunState, _ state: AppState) -> String {
        let steps = run.plan.steps
        guard let place = steps.firstIndex(where: { $0.state == .active }) else { return "" }
        let words = state.text(run.plan.words).map { PlanWords.steps($0) } ?? []
        let title = words.indices.contains(place) ? words[place].title : steps[place].name.firstLine
        let criterion = words.indices.contains(place) ? words[place].criterion : ""
        return "\(place + 1) of \(steps.count): \(title)"
            + (criterion.isEmpty ? "" : " (done when \(criterion))")
    }

    /// What comes after the step under way.
    private static func next(of run: RunState, _ state: AppState) -> String {
        let steps = run.plan.steps
        guard let place = steps.firstIndex(where: { $0.state == .active }) else { return "" }
        guard let next = steps.indices.first(where: { $0 > place && steps[$0].state == .pending }) else {
            return "; it was the last step"
        }
        let words = state.text(run.plan.words).map { PlanWords.steps($0) } ?? []
        let title = words.indices.contains(next) ? words[next].title : steps[next].name.firstLine
        return "; then step \(next + 1), \(title)"
    }
}

extension String {
    fileprivate var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
