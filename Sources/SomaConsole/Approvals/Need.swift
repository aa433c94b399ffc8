package import SomaCore

/// What a person is needed for: one question, doubt or used-up budget of one run.
package struct Need: Sendable, Hashable, Identifiable {
    /// Names a need; what an answer binds to.
    package struct ID: Sendable, Hashable {
        /// The run.
        package var run: RunID
        /// What it is about.
        package var matter: Matter

        package init(_ run: RunID, _ matter: Matter) {
            self.run = run
            self.matter = matter
        }
    }

    /// What a need is about.
    package enum Matter: Sendable, Hashable {
        /// A call is to be approved; the seq of its question.
        case approval(question: Int)
        /// Words are wanted; the seq of the question.
        case words(question: Int)
        /// An effect may have happened; its seq.
        case doubt(effect: Int)
        /// A limit is used up; since when the run is paused.
        case budget(since: Timestamp)

        /// The seq of the question, where there is one.
        package var question: Int? {
            switch self {
            case .approval(let seq), .words(let seq): seq
            case .doubt, .budget: nil
            }
        }

        /// Whether a call is to be approved.
        package var isApproval: Bool { if case .approval = self { true } else { false } }
        /// Whether an effect may have happened.
        package var isDoubt: Bool { if case .doubt = self { true } else { false } }
    }

    /// What an answer binds to.
    package var id: ID
    /// Since when.
    package var since: Timestamp
    /// The tool, the kind of question, or the limit: `budget:tokens`.
    package var name: String
    /// What a crash may do to the call.
    package var effectClass: EffectClass
    /// The words of the call's arguments, or of the question.
    package var arguments: ContentID?
    /// The node that asks; empty for a budget.
    package var node: String
    /// How long the call may take, in microseconds; `nil` where that isn't known.
    package var timeout: Int?

    /// The limit that is used up.
    package var dimension: Budget.Dimension? {
        guard case .budget = id.matter else { return nil }
        return name.split(separator: ":").last.flatMap { Budget.Dimension(rawValue: String($0)) }
    }
}

extension RunState {
    /// What a person is needed for, the longest waiting first; several where branches ask at once.
    package var needs: [Need] {
        guard !status.isTerminal else { return [] }
        var needs: [Need] = []
        for activation in activations {
            for request in activation.requests {
                guard let matter = request.needMatter else { continue }
                needs.append(
                    Need(
                        id: .init(id, matter),
                        since: request.since,
                        name: request.name,
                        effectClass: request.effectClass,
                        arguments: request.arguments,
                        node: activation.node,
                        timeout: request.detail["timeout"]?.int
                    )
                )
            }
        }
        if status == .paused, statusReason.hasPrefix("budget") {
            needs.append(
                Need(
                    id: .init(id, .budget(since: statusSince)),
                    since: statusSince,
                    name: statusReason,
                    effectClass: .read,
                    node: ""
                )
            )
        }
        return needs.count < 2 ? needs : needs.sorted { $0.since < $1.since }
    }
}

extension Request {
    fileprivate var needMatter: Need.Matter? {
        switch state {
        case .inDoubt: .doubt(effect: id)
        case .awaitingApproval:
            question.map { kind == .question ? .words(question: $0) : .approval(question: $0) }
        default: nil
        }
    }
}
