public import SomaCore

/// Writes the log of one run as a story, for tests: each call appends the transitions that an engine would.
///
/// ```swift
/// var run = RunBuilder("c9d1e0aaaaaaaaa", role: "researcher", goal: "why is it slow", at: start)
/// run.plan(["measure", "compare"])
/// run.visit("ToolSelect", "selected", to: "Execute")
/// let effect = run.call("http_get", #"{"url":"http://a"}"#)
/// run.finish(effect, result: "200")
/// ```
public struct RunBuilder: Sendable {
    /// The run.
    public let id: RunID
    /// What was written so far.
    public private(set) var transitions: [Transition] = []
    /// The words that it refers to.
    public private(set) var words: [ContentID: String] = [:]
    /// The time of the next transition.
    public var now: Timestamp
    /// The visit under way: the seq of its `node.entered`.
    public private(set) var activation = 0
    /// The node under way.
    public private(set) var node = ""
    private let role: String
    private let parent: RunID?

    /// Starts a run and enters the first node. `shape` is the graph that it is pinned to.
    public init(
        _ id: String,
        role: String,
        goal: String,
        at start: Timestamp,
        parent: String? = nil,
        graph: String = "cognition",
        entry: String = "Plan",
        limits: JSON = [:],
        shape: Graph? = nil
    ) {
        self.id = RunID(id)
        self.role = role
        self.parent = parent.map { RunID($0) }
        now = start
        var body: JSONObject = [
            "graph": .string(shape?.name ?? graph), "entry": .string(entry), "limits": limits,
            "depth": parent == nil ? 0 : 1,
        ]
        if let shape, let text = try? JSON(encoding: shape).text() {
            body["pins"] = ["graph": .string(Self.name(text).description)]
            words[Self.name(text)] = text
        }
        add(.runStarted, .object(body), words: ["goal": goal])
        enter(entry)
    }

    /// The state that the log folds to.
    public var state: RunState {
        var state = RunState(id: id)
        for transition in transitions { state.apply(transition) }
        return state
    }

    /// The name of words; the same words have the same name in each test run.
    public static func name(_ text: String) -> ContentID {
        var hash: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15)
        for byte in text.utf8 {
            hash.0 = (hash.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            hash.1 = (hash.1 &+ UInt64(byte)) &* 0xBF58_476D_1CE4_E5B9
        }
        return ContentID(high: hash.0, low: hash.1)
    }

    /// Lets time pass.
    public mutating func wait(_ duration: Duration) { now = now + duration }

    /// Appends any transition; returns its seq.
    @discardableResult
    public mutating func add(
        _ kind: TransitionKind,
        _ body: JSON = [:],
        words: [String: String] = [:],
        attempt: Int = 0,
        cause: Int? = nil
    ) -> Int {
        var references: [ContentReference] = []
        for (name, text) in words.sorted(by: { $0.key < $1.key }) {
            let id = Self.name(text)
            self.words[id] = text
            references.append(ContentReference(name, id))
        }
        transitions.append(
            Transition(
                run: id,
                seq: transitions.count + 1,
                at: now,
                kind: kind,
                agent: role,
                parent: parent,
                node: node.isEmpty ? nil : node,
                attempt: attempt,
                cause: cause,
                body: body.object ?? [:],
                content: references
            )
        )
        return transitions.count
    }

    /// Enters a node, in `branches` of forks where it is in any.
    public mutating func enter(
        _ node: String,
        from: String? = nil,
        via: String = "",
        branches: [JSON] = []
    ) {
        self.node = node
        var body: JSONObject = [:]
        if !branches.isEmpty { body["branches"] = .array(branches) }
        body["from"] = from.map(JSON.string)
        if !via.isEmpty { body["via"] = .string(via) }
        activation = add(.nodeEntered, .object(body))
    }

    /// Leaves the node for another, and enters that.
    public mutating func go(_ outcome: String, to next: String, steps: [JSON] = [], after: Duration = .zero) {
        now = now + after
        let left = node
        let body: JSONObject = [
            "activation": JSON(activation), "outcome": .string(outcome), "next": [["node": .string(next)]],
            "steps": .array(steps),
        ]
        add(.nodeLeft, .object(body), cause: activation)
        enter(next, from: left, via: outcome)
    }

    /// Says how far a step is, for `go`.
    public static func step(_ index: Int, _ state: Plan.StepState, tries: Int = 1) -> JSON {
        ["index": JSON(index), "state": .string(state.rawValue), "tries": JSON(tries)]
    }

    /// Writes a plan of titles and criteria.
    public mutating func plan(_ steps: [(title: String, criterion: String)], revision: Int = 1) {
        let words = JSON.array(
            steps.enumerated().map { index, step in
                [
                    "id": .string("s\(index + 1)"), "title": .string(step.title),
                    "criterion": .string(step.criterion),
                ]
            }
        )
        let names = JSON.array(steps.indices.map { ["name": .string("s\($0 + 1)")] })
        add(
            .planRevised,
            ["revision": JSON(revision), "steps": names],
            words: ["plan": words.text()],
            cause: activation
        )
    }

    /// Asks for a tool or a model; returns the seq that results refer to.
    public mutating func request(
        _ name: String,
        _ arguments: String,
        kind: Request.Kind = .tool,
        effectClass: EffectClass = .read
    ) -> Int {
        add(
            .effectRequested,
            [
                "activation": JSON(activation), "effect": .string(kind.rawValue), "name": .string(name),
                "class": .string(effectClass.rawValue),
            ],
            words: ["arguments": arguments],
            cause: activation
        )
    }

    /// Starts a try.
    public mutating func start(_ effect: Int, attempt: Int = 1) {
        add(.effectStarted, ["effect": JSON(effect)], attempt: attempt, cause: effect)
    }

    /// Ends a try.
    public mutating func finish(
        _ effect: Int,
        ok: Bool = true,
        status: String? = nil,
        result: String,
        detail: JSON = [:],
        after: Duration = .milliseconds(300),
        retryAfter: Duration? = nil
    ) {
        now = now + after
        var body: JSONObject = [
            "effect": JSON(effect), "ok": .bool(ok), "status": .string(status ?? (ok ? "ok" : "error")),
            "us": .int(after.microseconds), "detail": detail,
        ]
        body["retry"] = retryAfter.map { .int($0.microseconds) }
        add(.effectFinished, .object(body), words: ["result": result], attempt: 1, cause: effect)
    }

    /// Requests, starts and ends a call.
    public mutating func call(
        _ name: String,
        _ arguments: String,
        kind: Request.Kind = .tool,
        result: String,
        detail: JSON = [:],
        after: Duration = .milliseconds(300)
    ) {
        let effect = request(name, arguments, kind: kind)
        start(effect)
        finish(effect, result: result, detail: detail, after: after)
    }

    /// Charges for a call.
    public mutating func charge(tokens: Int, microdollars: Int, effect: Int? = nil) {
        var body: JSONObject = ["tokens": JSON(tokens), "microdollars": JSON(microdollars)]
        body["effect"] = effect.map { JSON($0) }
        add(.budgetCharged, .object(body), cause: effect)
    }

    /// Asks a person to approve an effect that was requested; returns the question's seq.
    public mutating func askApproval(_ effect: Int, arguments: String, risk: String, reason: String) -> Int {
        let tool = transitions[effect - 1].body["name"] ?? ""
        let question: JSON = ["tool": tool, "risk": .string(risk), "reason": .string(reason)]
        return add(
            .interruptOpened,
            ["activation": JSON(activation), "question": "approve", "effect": JSON(effect)],
            words: ["question": question.text(), "arguments": arguments],
            cause: effect
        )
    }

    /// Asks a person for words; returns the question's seq.
    public mutating func ask(_ question: String) -> Int {
        add(
            .interruptOpened,
            ["activation": JSON(activation), "question": "answer"],
            words: ["question": question],
            cause: activation
        )
    }

    /// A person's answer.
    public mutating func answer(
        _ question: Int,
        _ answer: String,
        message: String? = nil,
        arguments: String? = nil
    ) {
        var words: [String: String] = [:]
        words["message"] = message
        words["arguments"] = arguments
        var body: JSONObject = [
            "interrupt": JSON(question), "answer": .string(answer), "by": "ada",
        ]
        if arguments != nil { body["edited"] = true }
        add(.interruptClosed, .object(body), words: words, cause: question)
    }

    /// Observes something.
    public mutating func fact(_ text: String) {
        add(.factObserved, ["name": "fact"], words: ["fact": text], cause: activation)
    }

    /// Judges a step, or the whole.
    public mutating func judge(_ accepted: Bool, step: Int? = nil, evidence: String) {
        var body: JSONObject = ["accepted": .bool(accepted)]
        body["step"] = step.map { JSON($0) }
        add(.verifyJudged, .object(body), words: ["evidence": evidence], cause: activation)
    }

    /// Delegates; returns the seq that the child's end refers to.
    public mutating func spawn(_ child: String, role: String, goal: String) -> Int {
        add(
            .childSpawned,
            ["activation": JSON(activation), "child": .string(child), "role": .string(role)],
            words: ["goal": goal],
            cause: activation
        )
    }

    /// Takes a child's result.
    public mutating func finishChild(
        _ request: Int,
        _ child: String,
        status: RunStatus = .completed,
        result: String
    ) {
        add(
            .childFinished,
            ["child": .string(child), "request": JSON(request), "status": .string(status.rawValue)],
            words: ["result": result],
            cause: request
        )
    }

    /// Ends the run well.
    public mutating func complete(_ outcome: String) {
        add(.nodeLeft, ["activation": JSON(activation), "outcome": "committed"], cause: activation)
        add(.runCompleted, ["outcome": "committed"], words: ["outcome": outcome])
    }

    /// Ends the run badly.
    public mutating func fail(_ code: String, _ message: String) {
        add(.runFailed, ["code": .string(code)], words: ["message": message])
    }

    /// A person ends the run.
    public mutating func cancel(_ message: String) {
        add(.runCancelled, ["reason": "person", "by": "ada"], words: ["message": message])
    }
}

extension Sequence<RunBuilder> {
    /// All logs in one, as they would have come.
    public var merged: [Transition] {
        flatMap { builder in builder.transitions }
            .enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    /// All words.
    public var words: [ContentID: String] {
        reduce(into: [:]) { words, builder in words.merge(builder.words) { first, _ in first } }
    }

    /// A finished recording of all.
    public func recording(at start: Timestamp, program: String = "soma 0.1") -> [UInt8] {
        var writer = RecordingWriter(header: RecordingHeader(at: start, program: program, hasContent: true))
        var said: Set<ContentID> = []
        let words = words
        for transition in merged {
            let pin = transition.body["pins"]?["graph"]?.string.flatMap { ContentID($0) }
            for id in transition.content.map(\.id) + [pin].compactMap({ $0 }) where said.insert(id).inserted {
                writer.append(RecordedContent(id: id, text: words[id] ?? ""))
            }
            writer.append(transition)
        }
        let body = writer.take()
        return body + writer.finish()
    }
}
