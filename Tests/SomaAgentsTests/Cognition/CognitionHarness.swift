import SomaAgents
import SomaCore
import SomaEngine

/// Runs a program over the fold of its transitions, without an engine, a store or a clock.
struct CognitionHarness {
    /// What is answered to a request: by tool, question or child.
    enum Reply {
        case tool(EffectResult)
        case answer(String)
        case approve(then: EffectResult)
        case reject(String)
        case child(RunStatus, String)
    }

    let program: Program
    var state: RunState
    var library = Library()
    private(set) var transitions: [Transition] = []
    /// Answers a request with the words that it was made with.
    var reply: (NodeRequest, RunState, Library) async -> Reply

    init(
        _ prepared: PreparedRun,
        goal: String,
        depth: Int = 0,
        parent: RunID? = nil,
        reply: @escaping (NodeRequest, RunState, Library) async -> Reply
    ) {
        program = prepared.program
        state = RunState(id: RunID("0123456789abcde"))
        self.reply = reply
        var pins = JSONObject()
        for pin in prepared.pinned { pins[pin.name] = .string(store(pin.words).description) }
        let body: JSONObject = [
            "graph": .string(program.graph.name), "entry": .string(program.graph.entry), "depth": JSON(depth),
            "pins": .object(pins), "document": .object(prepared.document),
        ]
        state.role = prepared.role
        state.parent = parent
        emit(.runStarted, body: body, content: [ContentReference("goal", store(Words(goal)))])
    }

    private mutating func store(_ words: Words) -> ContentID {
        var hash: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15)
        for byte in words.bytes {
            hash.0 = (hash.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            hash.1 = (hash.1 &+ UInt64(byte)) &* 0xBF58_476D_1CE4_E5B9
        }
        let id = ContentID(high: hash.0, low: hash.1)
        var all = library
        if all[id] == nil { all = Library(adding: words, id, to: all) }
        library = all
        return id
    }

    private mutating func emit(
        _ kind: TransitionKind,
        node: String? = nil,
        body: JSONObject = [:],
        content: [ContentReference] = []
    ) {
        let transition = Transition(
            run: state.id,
            seq: state.seq + 1,
            at: Timestamp(microseconds: 1_780_000_000_000_000 + Int64(state.seq) * 1000),
            kind: kind,
            agent: state.role,
            parent: state.parent,
            node: node,
            body: body,
            content: content
        )
        state.apply(transition)
        transitions.append(transition)
    }

    /// Goes on until the run has ended.
    mutating func run() async {
        while state.status == .running, transitions.count < 20_000 {
            if let entry = state.entries.first {
                let visits = state.visits.first { $0.node == entry.node }?.count ?? 0
                guard visits < program.node(entry.node)?.visitsMax ?? .max else {
                    fail("graph.visits", entry.node)
                    return
                }
                emit(.nodeEntered, node: entry.node)
                continue
            }
            guard let activation = state.activations.first,
                case .task(let name)? = program.node(activation.node)?.kind,
                let node = program.behaviours[name]
            else {
                return fail("harness", "nothing to do")
            }
            let visit = NodeVisit(run: state, activation: activation, now: state.lastAt, library: library)
            switch node.step(visit) {
            case .ask(let requests): for request in requests { await ask(request, activation) }
            case .leave(let label, let update): leave(activation, label, update)
            case .fail(let code, let message): fail(code, message)
            }
        }
    }

    private mutating func fail(_ code: String, _ message: String) {
        emit(
            .runFailed,
            body: ["code": .string(code)],
            content: [ContentReference("message", store(Words(message)))]
        )
    }

    private mutating func ask(_ request: NodeRequest, _ activation: Activation) async {
        switch request {
        case .effect(let effect):
            let body: JSONObject = [
                "activation": JSON(activation.id), "effect": .string(effect.kind.rawValue),
                "name": .string(effect.name), "class": .string(effect.effectClass.rawValue),
            ]
            emit(
                .effectRequested,
                node: activation.node,
                body: body,
                content: [ContentReference("arguments", store(effect.arguments))]
            )
            let seq = state.seq
            if effect.approval != nil {
                emit(
                    .interruptOpened,
                    node: activation.node,
                    body: ["activation": JSON(activation.id), "effect": JSON(seq)]
                )
            }
            let question = state.seq
            let answer = await reply(request, state, library)
            var ended: EffectResult
            switch answer {
            case .tool(let result): ended = result
            case .approve(let result):
                emit(.interruptClosed, body: ["interrupt": JSON(question), "answer": "approved"])
                ended = result
            case .reject(let message):
                let words = ContentReference("message", store(Words(message)))
                return emit(
                    .interruptClosed,
                    body: ["interrupt": JSON(question), "answer": "rejected"],
                    content: [words]
                )
            case .answer, .child: return fail("harness", "a tool was asked for")
            }
            emit(.effectStarted, node: activation.node, body: ["effect": JSON(seq)])
            let finished: JSONObject = [
                "effect": JSON(seq), "ok": .bool(ended.succeeded), "status": .string(ended.status),
                "detail": .object(ended.detail),
            ]
            emit(
                .effectFinished,
                node: activation.node,
                body: finished,
                content: [ContentReference("result", store(ended.words))]
            )
        case .question(let words):
            emit(
                .interruptOpened,
                node: activation.node,
                body: ["activation": JSON(activation.id)],
                content: [ContentReference("question", store(words))]
            )
            let seq = state.seq
            let answer = await reply(request, state, library)
            let (kind, text) =
                if case .answer(let text) = answer { ("answered", text) } else { ("rejected", "no") }
            emit(
                .interruptClosed,
                body: ["interrupt": JSON(seq), "answer": .string(kind)],
                content: [ContentReference("message", store(Words(text)))]
            )
        case .child(let child):
            let id = "child\(state.seq)"
            emit(
                .childSpawned,
                node: activation.node,
                body: ["activation": JSON(activation.id), "child": .string(id), "role": .string(child.role)],
                content: [ContentReference("goal", store(Words(child.goal)))]
            )
            let seq = state.seq
            let answer = await reply(request, state, library)
            let (status, text) =
                if case .child(let status, let text) = answer { (status, text) } else {
                    (RunStatus.failed, "")
                }
            emit(
                .childFinished,
                node: activation.node,
                body: ["child": .string(id), "request": JSON(seq), "status": .string(status.rawValue)],
                content: [ContentReference("result", store(Words(text)))]
            )
        }
    }

    private mutating func leave(_ activation: Activation, _ label: String, _ update: Update) {
        if let plan = update.plan {
            let steps = plan.steps.map {
                ["name": .string($0.name), "state": .string($0.state.rawValue), "tries": JSON($0.tries)]
                    as JSON
            }
            emit(
                .planRevised,
                node: activation.node,
                body: ["steps": .array(steps)],
                content: [ContentReference("plan", store(plan.words))]
            )
        }
        for fact in update.facts {
            emit(
                .factObserved,
                node: activation.node,
                body: ["name": .string(fact.name)],
                content: [ContentReference("fact", store(fact.words))]
            )
        }
        if let verdict = update.verdict {
            emit(
                .verifyJudged,
                node: activation.node,
                body: ["accepted": .bool(verdict.accepted)],
                content: [ContentReference("evidence", store(verdict.evidence))]
            )
        }
        var set = JSONObject()
        for (key, value) in update.values { set[key] = value }
        for (key, words) in update.words { set[key] = ["words": .string(store(words).description)] }
        var body: JSONObject = [
            "activation": JSON(activation.id), "outcome": .string(label), "set": .object(set),
        ]
        body["steps"] = .array(
            update.steps.map {
                ["index": JSON($0.index), "state": .string($0.state.rawValue), "tries": JSON($0.tries)]
            }
        )
        let passes = state.visits.first { $0.node == activation.node }?.passes ?? []
        let edge = program.edges(from: activation.node).first { edge in
            edge.label == label
                && passes.first { $0.via == label && $0.to == edge.to }?.count ?? 0 < edge.passesMax ?? .max
        }
        guard let edge else { return fail("graph.edge", "\(activation.node) \(label)") }
        if edge.to != Graph.end { body["next"] = [["node": .string(edge.to)]] }
        emit(.nodeLeft, node: activation.node, body: body)
        guard edge.to == Graph.end else { return }
        let outcome = state.document.words("outcome").map { [ContentReference("outcome", $0)] } ?? []
        emit(.runCompleted, content: outcome)
    }

    /// The nodes in the order in which they were entered.
    var path: [String] { transitions.filter { $0.kind == .nodeEntered }.compactMap(\.node) }

    /// The words of the outcome or of the error.
    var outcome: String { library[state.outcome]?.text ?? "" }

    /// The states of the plan's steps, by name.
    var steps: [String] { state.plan.steps.map { "\($0.name): \($0.state.rawValue)" } }
}

extension Library {
    /// A library with one thing more. `Library` grows only inside the engine, so the tests keep their own list.
    init(adding words: Words, _ id: ContentID, to library: Library) {
        self = library
        add(words, as: id)
    }
}

extension EffectResult {
    /// What a tool that did its work gives.
    static func ok(_ output: JSON = [:], _ text: String = "done", exit: Int? = nil) -> EffectResult {
        var words: JSONObject = ["text": .string(text), "output": output]
        words["exit"] = exit.map { JSON($0) }
        return EffectResult(succeeded: true, words: Words(json: .object(words)))
    }

    /// What a tool that did not gives.
    static func failed(_ text: String, status: String = "error") -> EffectResult {
        EffectResult(succeeded: false, status: status, words: Words(json: ["text": .string(text)]))
    }
}
