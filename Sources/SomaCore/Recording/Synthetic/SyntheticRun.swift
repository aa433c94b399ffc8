/// One made-up run of the cognition graph, told visit by visit.
struct SyntheticRun: Sendable {
    /// What comes next in its story.
    enum Item: Sendable {
        case event(RecordingEvent)
        /// It waits until so many other things have happened.
        case pause(Int)
        /// It delegates to the next run; what that comes to is told by a transition.
        case delegate(Transition)
    }

    let id: RunID
    let role: String
    var parent: RunID?
    var depth = 0
    /// What is told next; in reverse, so that taking is cheap.
    var items: [Item] = []
    var isOver = false
    /// The place of the run that it delegated to, and the request's seq.
    var child: (place: Int, request: Int)?
    /// Until which event it waits.
    var wakesAt = 0
    private var generator: SyntheticGenerator
    private var seq = 0
    private let quota: Int
    private let bytes: Int
    private let trace: String
    private var steps: [String] = []
    private var step = 0
    private var revision = 0
    private var activation = 0
    private var told: [Item] = []

    init(quota: Int, bytes: Int, generator: inout SyntheticGenerator) {
        id = .random(using: &generator)
        role = generator.pick(["researcher", "coder", "operator"])
        self.generator = SyntheticGenerator(seed: generator.next())
        self.quota = quota
        self.bytes = bytes
        trace = self.generator.hexadecimal(32)
    }

    /// Tells the next visit or two. `canDelegate` says whether there is a run to delegate to.
    mutating func tell(canDelegate: Bool) {
        told = []
        if seq == 0 {
            start()
        } else if quota - seq < 48 {
            end()
        } else if step >= steps.count {
            if generator.happens(70) { verify(accepted: true) }
            plan()
        } else {
            takeStep(canDelegate: canDelegate)
        }
        items = told.reversed()
    }

    private mutating func add(
        _ kind: TransitionKind,
        node: String? = nil,
        attempt: Int = 0,
        _ body: JSONObject = JSONObject(),
        content: [ContentReference] = []
    ) {
        guard seq < quota else { return }
        seq += 1
        var transition = Transition(
            run: id,
            seq: seq,
            at: Timestamp(microseconds: 0),
            kind: kind,
            agent: role,
            parent: parent,
            node: node,
            attempt: attempt,
            cause: seq > 1 ? seq - 1 : nil,
            trace: trace,
            span: generator.hexadecimal(16),
            body: body,
            content: content
        )
        // 12 bytes are the member's own; the size of the time doesn't change.
        let missing = bytes - transition.cloudEvent().count - 12
        if missing > 0 { transition.body["digest"] = .string(generator.hexadecimal(missing)) }
        if kind == .childSpawned { return told.append(.delegate(transition)) }
        told.append(.event(.transition(transition)))
    }

    private mutating func words(_ name: String, _ text: String) -> ContentReference {
        let reference = ContentReference(name, generator.content())
        told.append(.event(.content(RecordedContent(id: reference.id, text: text))))
        return reference
    }

    private mutating func start() {
        let goal = words(
            "goal",
            "Survey the source folder number \(generator.next() % 1000) and report on it."
        )
        let limits = Limits(tokens: 2_000_000, microdollars: 5_000_000, steps: 10_000)
        add(
            .runStarted,
            [
                "graph": "cognition", "depth": JSON(depth), "entry": "Plan", "limits": limits.record,
                "pins": ["graph": JSON(generator.hexadecimal(16)), "role": JSON(generator.hexadecimal(16))],
                "document": ["workspace": "/srv/workspace"],
            ],
            content: [goal]
        )
        plan()
    }

    private mutating func enter(_ node: String) {
        add(.nodeEntered, node: node)
        activation = seq
    }

    private mutating func leave(_ node: String, _ outcome: String, to next: String?, _ more: JSONObject = [:])
    {
        var body: JSONObject = ["activation": JSON(activation), "outcome": JSON(outcome)]
        if let next { body["next"] = [["node": JSON(next)]] }
        for member in more.members { body[member.key] = member.value }
        add(.nodeLeft, node: node, body)
    }

    private mutating func plan() {
        enter("Plan")
        callModel("Plan")
        revision += 1
        steps = (0..<Int.random(in: 3...8, using: &generator)).map { "step-\(revision)-\($0 + 1)" }
        step = 0
        let text = words("plan", steps.map { "\($0): look, measure, compare." }.joined(separator: "\n"))
        add(
            .planRevised,
            node: "Plan",
            ["revision": JSON(revision), "steps": .array(steps.map { ["name": JSON($0)] })],
            content: [text]
        )
        leave("Plan", "planned", to: "Recall", ["set": ["plan": JSON(revision)]])
    }

    private mutating func callModel(_ node: String) {
        let tokens = Int.random(in: 400...4000, using: &generator)
        add(
            .effectRequested,
            node: node,
            [
                "activation": JSON(activation), "effect": "model", "name": "planner", "class": "model",
                "reserve": ["tokens": 4000],
            ],
            content: [ContentReference("arguments", generator.content())]
        )
        let effect = seq
        add(.effectStarted, node: node, attempt: 1, ["effect": JSON(effect), "reserve": ["tokens": 4000]])
        add(
            .effectFinished,
            node: node,
            attempt: 1,
            [
                "effect": JSON(effect), "ok": true, "status": "ok",
                "detail": ["input": JSON(tokens / 2), "output": JSON(tokens / 2)],
            ],
            content: [ContentReference("result", generator.content())]
        )
        add(.budgetCharged, node: node, ["tokens": JSON(tokens), "microdollars": JSON(tokens * 3)])
    }

    private mutating func takeStep(canDelegate: Bool) {
        enter("Recall")
        leave("Recall", "recalled", to: "ToolSelect", ["set": ["recalled": JSON(step)]])
        enter("ToolSelect")
        if generator.happens(40) { callModel("ToolSelect") }
        leave("ToolSelect", "chosen", to: "Execute")
        enter("Execute")
        let succeeded: Bool
        if canDelegate, depth < 3, generator.happens(4) {
            add(
                .childSpawned,
                node: "Execute",
                [
                    "activation": JSON(activation), "child": "", "role": "researcher",
                    "reserve": ["tokens": 20_000],
                ]
            )
            succeeded = true
        } else {
            succeeded = callTool()
        }
        leave("Execute", succeeded ? "done" : "failed", to: "Observe")
        enter("Observe")
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let value = JSON(Int.random(in: 0...100_000, using: &generator))
            add(.factObserved, node: "Observe", ["name": JSON(steps[step]), "value": value])
        }
        leave("Observe", "observed", to: "Reflect", ["append": ["facts": [JSON(seq)]]])
        reflect(succeeded)
    }

    private mutating func reflect(_ succeeded: Bool) {
        enter("Reflect")
        let state: JSON = succeeded ? "done" : "failed"
        let change: JSONObject = ["steps": [["index": JSON(step), "state": state, "tries": 1]]]
        if !succeeded, generator.happens(50) {
            leave("Reflect", "replan", to: "Plan", change)
            return plan()
        }
        step += 1
        let isLast = step == steps.count
        leave("Reflect", isLast ? "verify" : "next", to: isLast ? "Verify" : "Recall", change)
    }

    private mutating func callTool() -> Bool {
        let tool = generator.pick(["read", "list", "search", "shell", "patch", "http"])
        let effectClass: EffectClass = tool == "shell" || tool == "patch" ? .once : .read
        add(
            .effectRequested,
            node: "Execute",
            [
                "activation": JSON(activation), "effect": "tool", "name": JSON(tool),
                "class": JSON(effectClass.rawValue),
            ],
            content: [ContentReference("arguments", generator.content())]
        )
        let effect = seq
        if effectClass == .once, generator.happens(10) { ask(about: effect) }
        var attempt = 1
        while true {
            add(.effectStarted, node: "Execute", attempt: attempt, ["effect": JSON(effect)])
            let isFailure = generator.happens(6)
            let repeats = isFailure && effectClass.mayRepeat && attempt < 3
            var body: JSONObject = [
                "effect": JSON(effect), "ok": .bool(!isFailure), "status": isFailure ? "error" : "ok",
                "detail": [
                    "exit": isFailure ? 1 : 0, "bytes": JSON(Int.random(in: 10...90_000, using: &generator)),
                ],
            ]
            if repeats { body["retry"] = 250_000 }
            let result = [ContentReference("result", generator.content())]
            add(.effectFinished, node: "Execute", attempt: attempt, body, content: result)
            if !repeats { return !isFailure }
            told.append(.pause(20))
            attempt += 1
        }
    }

    private mutating func ask(about effect: Int) {
        add(
            .interruptOpened,
            node: "Execute",
            ["activation": JSON(activation), "effect": JSON(effect), "question": "approve"]
        )
        let question = seq
        told.append(.pause(400))
        add(
            .interruptClosed,
            node: "Execute",
            ["interrupt": JSON(question), "answer": "approved", "by": "local"]
        )
    }

    private mutating func verify(accepted: Bool) {
        enter("Verify")
        add(.verifyJudged, node: "Verify", ["accepted": .bool(accepted), "checks": 2])
        leave("Verify", accepted ? "accepted" : "rejected", to: accepted ? "Commit" : "Plan")
    }

    /// The last transitions: exactly as many as are left.
    private mutating func end() {
        let ending = generator.next() % 100
        if quota - seq > 8, ending >= 8 { verify(accepted: true) }
        if quota - seq > 4 { enter("Commit") }
        while quota - seq > 2 { add(.factObserved, node: "Commit", ["name": "kept", "value": JSON(seq)]) }
        if quota - seq > 1 { leave("Commit", "committed", to: nil) }
        let words = words("outcome", "# Report\n\nWhat was asked for was done in \(seq) transitions.")
        switch ending {
        case ..<5: add(.runFailed, ["code": "tool-failed"], content: [words])
        case ..<8: add(.runCancelled, ["reason": "person"], content: [words])
        default: add(.runCompleted, content: [words])
        }
        isOver = true
    }
}
