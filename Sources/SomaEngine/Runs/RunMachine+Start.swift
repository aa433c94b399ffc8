import SomaCore

extension RunMachine {
    /// Makes the machine of a new run, with its first transition in a group of its own or of its parent's.
    static func starting(
        _ prepared: PreparedRun,
        _ request: StartRequest,
        id: RunID,
        parent: RunState?,
        at now: Moment,
        _ services: EngineServices
    ) -> RunMachine {
        var state = RunState(id: id)
        state.tenant = request.tenant
        state.subject = request.subject
        state.role = prepared.role
        state.parent = parent?.id
        let caller = parent.map(Self.context) ?? request.caller
        state.trace = caller?.trace.description
        state.isTraceSampled = parent.map(\.isTraceSampled) ?? request.caller?.isSampled
        state.traceState = caller.flatMap { TraceContext.state($0.state) }
        var machine = RunMachine(state: state, library: Library(), program: prepared.program)
        machine.now = now
        var pins = JSONObject()
        for pin in prepared.pinned {
            pins[pin.name] = .string(machine.store(pin.words, services).description)
        }
        var document = prepared.document
        for member in request.context.members where document[member.key] == nil {
            document[member.key] = member.value
        }
        if let conversation = request.conversation {
            document[RunState.conversationKey] = machine.note(conversation, services)
        }
        var body: JSONObject = [
            "graph": .string(prepared.program.graph.name),
            "entry": .string(prepared.program.graph.entry),
            "depth": JSON((parent?.depth ?? -1).addingClamped(1)),
            "limits": prepared.limits.tightened(by: request.limits).record,
            "pins": .object(pins),
            "document": .object(document),
        ]
        body["sampled"] = machine.state.isTraceSampled.map(JSON.bool)
        body["tracestate"] = machine.state.traceState.map(JSON.string)
        let goal = machine.store(Words(request.goal), services)
        let span = (caller?.span ?? request.asking)?.description
        machine.emit(.runStarted, span: span, body: body, content: [ContentReference("goal", goal)])
        return machine
    }

    /// Where a run stands that has just said that it delegates: that is its last transition.
    private static func context(of parent: RunState) -> TraceContext? {
        let span = TraceIdentity.span(of: parent.id, seq: parent.seq)
        return TraceContext(
            trace: parent.traceID,
            span: span,
            isSampled: true,
            state: parent.traceState ?? ""
        )
    }

    /// What a run's document says of its conversation; what was said before is kept as words.
    private mutating func note(_ conversation: ConversationContext, _ services: EngineServices) -> JSON {
        let earlier = conversation.earlier.map { said in
            [
                .string(said.author.rawValue), .string(store(said.words, services).description),
            ] as JSON
        }
        return [
            "id": .string(conversation.id.rawValue), "message": JSON(conversation.message),
            "earlier": .array(earlier),
        ]
    }

    /// Makes the machine of a run that goes on from another's state.
    static func forking(
        _ origin: RunState,
        library: Library,
        program: Program,
        edit: JSONObject,
        by: String,
        id: RunID,
        at now: Moment
    ) -> RunMachine {
        let state = origin.forked(edit: edit)
        var start = RunState(id: id)
        start.seq = origin.seq
        start.tenant = origin.tenant
        start.subject = origin.subject
        start.role = origin.role
        var machine = RunMachine(state: start, library: library, program: program)
        machine.now = now
        var body: JSONObject = [
            "from": .string(origin.id.rawValue), "at": JSON(origin.seq), "by": .string(by),
            "edited": .bool(!edit.isEmpty),
        ]
        body["state"] = state.record
        body["origin_trace"] = origin.trace.map(JSON.string)
        machine.emit(.runForked, body: body)
        return machine
    }

    /// The first group, where it is not part of a parent's. It holds nothing else: whoever starts a run is answered soon, and
    /// is told of what the store refuses of it and not of what the run decides.
    mutating func firstGroup() -> Turn { finishTurn() }

    /// Gives the first transition and its words to the parent's group.
    mutating func releaseFirstGroup() -> (transitions: [Transition], content: [Content]) {
        defer {
            transitions = []
            content = []
            contentSize = 0
            transitionsSinceSnapshot = 1
            isCommitting = true
        }
        return (transitions, content)
    }
}
