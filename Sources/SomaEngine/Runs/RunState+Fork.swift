package import SomaCore

extension EngineInput.ForkOrigin {
    /// Why no fork may begin there; `nil` where one may.
    ///
    /// In the middle of a decision a run has, say, asked one of two things: a fork would never ask the other.
    var refusal: CommandRefusal? {
        let (run, seq) = (state.id.short, state.seq)
        guard more == 0 else {
            var places = "\(run)/\(seq.addingClamped(more))"
            if let endBefore { places = "\(run)/\(endBefore) or \(places)" }
            return CommandRefusal(
                .conflict,
                code: "fork.inside",
                "\(run)/\(seq) is in the middle of a decision. Fork from \(places)."
            )
        }
        guard state.status.isTerminal || (state.activations.isEmpty && state.entries.isEmpty) else {
            return nil
        }
        return CommandRefusal(
            .conflict,
            code: "fork.ended",
            "\(run) had nothing left to do after \(seq). Fork from an earlier transition."
        )
    }
}

extension RunState {
    /// The state that a fork starts from.
    ///
    /// Work under way belongs to the origin: a call that may be repeated is called again, one that may have
    /// happened is in doubt, and a child that has not answered counts as failed. Questions stay open and are
    /// asked of the fork by itself.
    func forked(edit: JSONObject) -> RunState {
        var fork = self
        fork.children = []
        // It is a trace of its own.
        (fork.trace, fork.isTraceSampled, fork.traceState) = (nil, nil, nil)
        fork.budget.reserved = .zero
        // Calls of the origin's are charged to the origin.
        fork.unsettled = []
        for index in fork.activations.indices {
            for place in fork.activations[index].requests.indices {
                var request = fork.activations[index].requests[place]
                request.reserved = .zero
                switch (request.kind, request.state) {
                case (.child, .started):
                    request.state = .failed
                    request.status = "forked"
                case (_, .started) where !request.effectClass.mayRepeat: request.state = .inDoubt
                case (.tool, .started), (.model, .started), (_, .backingOff): request.state = .requested
                default: break
                }
                fork.activations[index].requests[place] = request
            }
        }
        for member in edit.members {
            // `nil` by itself would be read as the JSON value `null`.
            fork.document[member.key] = member.value.isNull ? JSON?.none : member.value
        }
        return fork
    }

    /// The names of all words that the state refers to: what must be at hand for the run to go on.
    package var references: Set<ContentID> {
        var ids: Set<ContentID> = []
        if let goal { ids.insert(goal) }
        if let outcome { ids.insert(outcome) }
        if let words = plan.words { ids.insert(words) }
        if let words = verdict?.evidence { ids.insert(words) }
        for pin in pins.values { if let id = ContentID(pin) { ids.insert(id) } }
        for activation in activations {
            for request in activation.requests {
                if let id = request.arguments { ids.insert(id) }
                if let id = request.result { ids.insert(id) }
            }
        }
        RunState.collect(.object(document), into: &ids)
        return ids
    }

    private static func collect(_ json: JSON, into ids: inout Set<ContentID>) {
        switch json {
        case .array(let elements): for element in elements { collect(element, into: &ids) }
        case .object(let object):
            if object.count == 1, let id = object.words { ids.insert(id) }
            for member in object.members { collect(member.value, into: &ids) }
        default: break
        }
    }

    /// About how many bytes the state takes when stored.
    var weight: Int {
        1200 + 90 * plan.steps.count + 160 * visits.count
            + activations.reduce(0) { $0 + 120 + 400 * $1.requests.count } + JSON.object(document).weight
    }
}

extension JSONObject {
    /// The name of the words that the object stands for.
    fileprivate var words: ContentID? { self["words"]?.string.flatMap { ContentID($0) } }
}

extension JSON {
    /// About how many bytes the value takes as text.
    var weight: Int {
        switch self {
        case .null, .bool: 5
        case .int, .double: 10
        case .string(let text): text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + $1.weight + 1 }
        case .object(let object): object.members.reduce(2) { $0 + $1.key.utf8.count + 4 + $1.value.weight }
        }
    }
}
