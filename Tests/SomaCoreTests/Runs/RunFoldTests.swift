import SomaCore
import Testing

@Suite("The fold of a run")
struct RunFoldTests {
    /// Makes transitions of one run, a second apart.
    struct Story {
        var state = RunState(id: RunID("r"))
        var seq = 0

        @discardableResult
        mutating func tell(
            _ kind: TransitionKind,
            node: String? = "Execute",
            attempt: Int = 0,
            _ body: JSONObject = [:],
            content: [ContentReference] = []
        ) -> Int {
            seq += 1
            state.apply(
                Transition(
                    run: state.id,
                    seq: seq,
                    at: Timestamp(microseconds: Int64(seq) * 1_000_000),
                    kind: kind,
                    agent: "coder",
                    node: node,
                    attempt: attempt,
                    body: body,
                    content: content
                )
            )
            return seq
        }

        static func started() -> Story {
            var story = Story()
            story.tell(
                .runStarted,
                ["entry": "Execute", "limits": ["tokens": 1000], "graph": "g", "depth": 1]
            )
            return story
        }
    }

    static let words = ContentID(high: 1, low: 1)

    @Test("a start sets what the run is, and its first node is to be entered")
    func start() {
        let state = Story.started().state
        #expect(state.status == .running)
        #expect(state.role == "coder")
        #expect(state.graph == "g")
        #expect(state.entries == [RunState.Entry(node: "Execute")])
        #expect(state.budget == Budget(limits: Limits(tokens: 1000)))
    }

    @Test("an effect reserves, is tried again, charges and frees")
    func effect() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let effect = story.tell(
            .effectRequested,
            ["activation": JSON(activation), "effect": "model", "name": "m", "class": "model"]
        )
        #expect(story.state.request(effect)?.state == .requested)
        story.tell(.effectStarted, attempt: 1, ["effect": JSON(effect), "reserve": ["tokens": 400]])
        #expect(story.state.budget.reserved == Usage(tokens: 400))
        #expect(story.state.budget.available.tokens == 600)
        #expect(story.state.budget.shortage(for: Usage(tokens: 601)) == .tokens)
        #expect(story.state.budget.shortage(for: Usage(tokens: 600)) == nil)
        #expect(story.state.waiting?.reason == .model)
        story.tell(.effectFinished, attempt: 1, ["effect": JSON(effect), "ok": false, "retry": 250])
        #expect(story.state.request(effect)?.state == .backingOff)
        #expect(story.state.waiting?.reason == .timer)
        story.tell(.effectStarted, attempt: 2, ["effect": JSON(effect), "reserve": ["tokens": 400]])
        story.tell(.effectFinished, attempt: 2, ["effect": JSON(effect), "ok": true])
        story.tell(.budgetCharged, ["tokens": 350])
        #expect(
            story.state.budget == Budget(limits: Limits(tokens: 1000), spent: Usage(tokens: 350, steps: 1))
        )
        #expect(story.state.counts.retries == 1)
        #expect(story.state.counts.effectsSucceeded == 1)
        #expect(story.state.counts.effectsFailed == 0)
        #expect(story.state.budget.fractionUsed == 0.35)
        story.tell(
            .nodeLeft,
            ["activation": JSON(activation), "outcome": "done", "next": [["node": "Verify"]]]
        )
        #expect(story.state.activations.isEmpty)
        #expect(story.state.entries == [RunState.Entry(node: "Verify", from: "Execute", via: "done")])
        #expect(story.state.visits.first?.passes.first?.count == 1)
        #expect(story.state.visits.first?.microseconds == 7_000_000)
    }

    @Test("leaving a node frees what its open requests held")
    func leaving() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let effect = story.tell(.effectRequested, ["activation": JSON(activation), "effect": "tool"])
        story.tell(.effectStarted, ["effect": JSON(effect), "reserve": ["tokens": 4]])
        story.tell(.nodeLeft, ["activation": JSON(activation)])
        #expect(story.state.budget.reserved.isZero)
    }

    @Test("a doubt waits for a person until it is settled", arguments: [true, false])
    func doubt(_ happened: Bool) {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let effect = story.tell(
            .effectRequested,
            ["activation": JSON(activation), "effect": "tool", "name": "pay", "class": "once"]
        )
        story.tell(.effectStarted, attempt: 1, ["effect": JSON(effect)])
        story.tell(.runResumed, ["after": "crash"])
        story.tell(.effectInDoubt, ["effect": JSON(effect)])
        #expect(story.state.counts.recoveries == 1)
        #expect(
            story.state.waiting
                == Waiting(reason: .doubt, since: story.state.lastAt, seq: effect, name: "pay")
        )
        #expect(story.state.isHeld)
        story.tell(.effectSettled, ["effect": JSON(effect), "happened": .bool(happened)])
        #expect(story.state.request(effect)?.state == (happened ? .succeeded : .requested))
        // The crash's second and the doubt's.
        #expect(story.state.heldMicroseconds == 2_000_000)
    }

    @Test(
        "an answer binds to its question",
        arguments: [
            ("approved", Request.State.requested), ("rejected", .failed), ("answered", .succeeded),
            ("", .failed),
        ]
    )
    func questions(_ answer: String, _ expected: Request.State) {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let effect = story.tell(
            .effectRequested,
            ["activation": JSON(activation), "effect": "tool", "name": "shell"]
        )
        let question = story.tell(.interruptOpened, ["activation": JSON(activation), "effect": JSON(effect)])
        #expect(story.state.waiting?.seq == question)
        #expect(story.state.request(question: question)?.id == effect)
        story.tell(.interruptClosed, ["interrupt": JSON(question + 40), "answer": "approved"])
        #expect(story.state.request(effect)?.state == .awaitingApproval)
        story.tell(.interruptClosed, ["interrupt": JSON(question), "answer": JSON(answer)])
        #expect(story.state.request(effect)?.state == expected)
        let free = story.tell(.interruptOpened, ["activation": JSON(activation), "question": "which one"])
        #expect(story.state.request(free)?.kind == .question)
        #expect(story.state.request(free)?.name == "which one")
        #expect(story.state.counts.questions == 2)
    }

    @Test("a child's grant is reserved and what it used is charged")
    func children() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let request = story.tell(
            .childSpawned,
            ["activation": JSON(activation), "child": "c", "role": "researcher", "reserve": ["tokens": 500]]
        )
        #expect(story.state.children == [RunID("c")])
        #expect(story.state.budget.reserved == Usage(tokens: 500))
        #expect(story.state.waiting?.reason == .child)
        story.tell(
            .childFinished,
            ["child": "c", "request": JSON(request), "status": "completed", "usage": ["tokens": 120]]
        )
        #expect(story.state.children == [])
        #expect(story.state.budget.reserved.isZero)
        #expect(story.state.budget.spent == Usage(tokens: 120, steps: 1))
        #expect(story.state.request(request)?.state == .succeeded)
    }

    @Test("branches arrive at their join and are taken from it together")
    func branches() {
        var story = Story.started()
        let branch: JSON = ["fork": 9, "index": 0, "count": 2]
        let one = story.tell(.nodeEntered, node: "A", ["branches": [branch]])
        #expect(story.state.activations.first?.branches == [Activation.Branch(fork: 9, index: 0, count: 2)])
        story.tell(
            .nodeLeft,
            node: "A",
            ["activation": JSON(one), "arrives": ["node": "Meet", "branch": branch]]
        )
        #expect(story.state.arrivals.count == 1)
        let two = story.tell(.nodeEntered, node: "B")
        story.tell(.nodeLeft, node: "B", ["activation": JSON(two), "joined": 9])
        #expect(story.state.arrivals.isEmpty)
    }

    @Test("the document takes sets, removals, appends and sums")
    func document() {
        var document: JSONObject = ["a": 1, "gone": true, "list": [1], "sum": 2]
        document.merge([
            "set": ["a": 2, "gone": nil], "append": ["list": [2, 3], "new": "x"],
            "add": ["sum": 3, "half": 0.5, "a": .int(.max)],
        ])
        #expect(
            document == ["a": .int(.min + 1), "list": [1, 2, 3], "sum": 5, "new": ["x"], "half": 0.5]
        )
    }

    @Test("a plan is replaced and its steps move")
    func plan() {
        var story = Story.started()
        story.tell(
            .planRevised,
            ["revision": 1, "steps": [["name": "one"], ["name": "two", "state": "skipped"], 3]],
            content: [ContentReference("plan", Self.words)]
        )
        let activation = story.tell(.nodeEntered)
        story.tell(
            .nodeLeft,
            [
                "activation": JSON(activation),
                "steps": [
                    ["index": 0, "state": "done", "tries": 2], ["index": 9], ["index": 2, "state": "odd"],
                ],
            ]
        )
        #expect(story.state.plan.steps.map(\.state) == [.done, .skipped, .pending])
        #expect(story.state.plan.steps[0].tries == 2)
        #expect(story.state.plan.finished == 2)
        #expect(story.state.plan.words == Self.words)
        story.tell(.planRevised, [:])
        #expect(story.state.plan.revision == 2)
        #expect(story.state.counts.replans == 1)
    }

    @Test(
        "a run that has ended stays as it ended, apart from what is still counted",
        arguments: [
            (TransitionKind.runCompleted, RunStatus.completed), (.runFailed, .failed),
            (.runCancelled, .cancelled),
        ]
    )
    func end(_ kind: TransitionKind, _ status: RunStatus) {
        var story = Story.started()
        story.tell(.nodeEntered)
        story.tell(
            kind,
            ["code": "c", "reason": "c"],
            content: [ContentReference("outcome", Self.words), ContentReference("message", Self.words)]
        )
        var expected = story.state
        #expect(expected.status == status)
        #expect(expected.outcome == Self.words)
        #expect(expected.worked(at: Timestamp(microseconds: 900_000_000)) == .seconds(2))
        for kind in TransitionKind.known where kind != .budgetCharged {
            story.tell(
                kind,
                ["entry": "Plan", "ok": true, "child": "c", "state": [:], "limits": ["tokens": 1]]
            )
        }
        story.tell(.budgetCharged, ["tokens": 5])
        expected.seq = story.state.seq
        expected.lastAt = story.state.lastAt
        expected.budget = story.state.budget
        expected.counts.facts = 1
        expected.counts.effectsSucceeded = 1
        expected.counts.rejected = 1
        expected.verdict = story.state.verdict
        #expect(story.state == expected)
        #expect(story.state.budget.spent.tokens == 5)
        #expect(story.state.waits.isEmpty)
        #expect(story.state.worked(at: Timestamp(microseconds: 900_000_000)) == .seconds(2))
    }

    @Test(
        "a fork that carries what this version can't read is a run all the same",
        arguments: [
            ["startedAt": "soon"], ["startedAt": 1, "activations": 7], 3, "state",
            ["started": [], "plan": [1, 2]], [],
        ] as [JSON]
    )
    func foreignFork(state: JSON) {
        var fork = RunState(id: RunID("f"))
        fork.apply(
            Transition(
                run: RunID("f"),
                seq: 8,
                at: Timestamp(microseconds: 5),
                kind: .runForked,
                agent: "coder",
                body: ["from": "r", "at": 7, "state": state]
            )
        )
        #expect(fork.id == RunID("f"))
        #expect(fork.seq == 8)
        #expect(fork.status == .running)
        #expect(fork.origin == RunState.Origin(run: RunID("r"), seq: 7))
        #expect(fork.startedAt == Timestamp(microseconds: 5))
    }

    @Test("a jump of the clock and the time after a crash are no time at work")
    func clocks() {
        var story = Story.started()
        story.tell(.nodeEntered)
        story.tell(.runResumed, ["after": "crash", "holder": "h"])
        #expect(story.state.worked(at: story.state.lastAt) == .seconds(1))
        story.tell(.factObserved)
        story.tell(.runResumed, ["after": "clock", "jumped": 1_500_000])
        #expect(story.state.worked(at: story.state.lastAt) == .microseconds(1_500_000))
        story.tell(.runResumed, ["after": "clock", "jumped": -5_000_000])
        #expect(story.state.worked(at: story.state.lastAt) == .microseconds(2_500_000))
        #expect(story.state.counts.recoveries == 1)
        #expect(story.state.status == .running)
        // Nor is the time in which a run went from one process to another, which is no recovery.
        let worked = story.state.worked(at: story.state.lastAt)
        story.tell(.runResumed, ["after": "handover", "holder": "h"])
        #expect(story.state.worked(at: story.state.lastAt) == worked)
        #expect(story.state.counts.recoveries == 1)
    }

    @Test("a call that was given up is remembered until it is charged")
    func unsettled() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let model: JSONObject = [
            "activation": JSON(activation), "effect": "model", "name": "m", "class": "model",
        ]
        let first = story.tell(.effectRequested, model)
        story.tell(.effectStarted, attempt: 1, ["effect": JSON(first)])
        story.tell(.effectStarted, attempt: 2, ["effect": JSON(first)])
        #expect(story.state.unsettled == [.init(effect: first, attempt: 1)])
        story.tell(
            .effectFinished,
            attempt: 2,
            ["effect": JSON(first), "ok": false, "status": "timeout", "open": true, "retry": 5]
        )
        story.tell(.effectStarted, attempt: 3, ["effect": JSON(first)])
        story.tell(.runCancelled)
        #expect(story.state.unsettled.map(\.attempt) == [1, 2, 3])
        story.tell(.budgetCharged, attempt: 2, ["effect": JSON(first), "tokens": 4])
        story.tell(.budgetCharged, attempt: 9, ["effect": JSON(first), "tokens": 4])
        #expect(story.state.unsettled.map(\.attempt) == [1, 3])
        #expect(story.state.budget.spent.tokens == 8)
    }

    @Test("calls that are never heard of again are forgotten one day")
    func unsettledMost() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let effect = story.tell(.effectRequested, ["activation": JSON(activation), "effect": "model"])
        for attempt in 1...100 { story.tell(.effectStarted, attempt: attempt, ["effect": JSON(effect)]) }
        #expect(story.state.unsettled.map(\.attempt) == Array(68...99))
    }

    @Test("a child under way can be given more, and less")
    func grants() {
        var story = Story.started()
        let activation = story.tell(.nodeEntered)
        let request = story.tell(
            .childSpawned,
            ["activation": JSON(activation), "child": "c", "reserve": ["tokens": 500]]
        )
        story.tell(.budgetChanged, ["request": JSON(request), "reserve": ["tokens": 700]])
        #expect(
            story.state.budget
                == Budget(
                    limits: Limits(tokens: 1000),
                    spent: Usage(steps: 1),
                    reserved: Usage(tokens: 700)
                )
        )
        story.tell(.budgetChanged, ["request": 99, "reserve": ["tokens": 900]])
        story.tell(.childFinished, ["child": "c", "request": JSON(request), "status": "completed"])
        story.tell(.budgetChanged, ["request": JSON(request), "reserve": ["tokens": 900]])
        #expect(story.state.budget.reserved == .zero)
    }

    @Test("a pause holds the clock")
    func pause() {
        var story = Story.started()
        story.tell(.runPaused, ["reason": "budget.tokens"])
        #expect(story.state.waiting?.reason == .budget)
        story.tell(.runPaused, ["reason": "again"])
        #expect(story.state.statusReason == "budget.tokens")
        #expect(story.state.worked(at: Timestamp(microseconds: 99_000_000)) == .seconds(1))
        story.tell(.runResumed)
        #expect(story.state.status == .running)
        #expect(story.state.worked(at: Timestamp(microseconds: 5_000_000)) == .seconds(2))
    }

    @Test("a fork goes on from a state under its own name, in either form", arguments: [true, false])
    func fork(isOld: Bool) throws {
        var story = Story.started()
        story.tell(.nodeEntered)
        story.tell(.runPaused)
        // What the first version wrote had no member for what came later.
        var old = try #require(JSON(encoding: story.state).object)
        old["unsettled"] = JSON?.none
        let state = isOld ? JSON.object(old) : story.state.record
        var fork = RunState(id: RunID("f"))
        fork.apply(
            Transition(
                run: RunID("f"),
                seq: 1,
                at: Timestamp(microseconds: 50_000_000),
                kind: .runForked,
                agent: "coder",
                body: ["from": "r", "at": 3, "state": state]
            )
        )
        var fleet = Fleet()
        let later = Transition(run: RunID("g"), seq: 4, at: Timestamp(microseconds: 1), kind: .runForked)
        #expect(fleet.apply(later) == .next)
        #expect(fleet.gaps == 0)
        #expect(fork.id == RunID("f"))
        #expect(fork.seq == 1)
        #expect(fork.status == .running)
        #expect(fork.origin == RunState.Origin(run: RunID("r"), seq: 3))
        #expect(fork.activations == story.state.activations)
        #expect(fork.worked(at: Timestamp(microseconds: 51_000_000)) == .seconds(1))
    }

    @Test("repeats are dropped and gaps are told")
    func order() {
        var story = Story.started()
        let before = story.state
        let again = Transition(run: before.id, seq: 1, at: before.lastAt, kind: .runFailed)
        #expect(story.state.apply(again) == .repeated)
        #expect(story.state == before)
        #expect(
            story.state.apply(Transition(run: before.id, seq: 2, at: before.lastAt, kind: .unknown("x")))
                == .next
        )
        #expect(
            story.state.apply(Transition(run: before.id, seq: 9, at: before.lastAt, kind: .unknown("x")))
                == .afterGap
        )
        #expect(story.state.counts.unknown == 2)
    }

    @Test("any sequence folds: no crash, budgets never negative, the same again", arguments: 0..<24)
    func anySequence(_ seed: Int) {
        var random = RandomTransitions(seed: UInt64(seed) + 100)
        var fleet = Fleet()
        var log: [Transition] = []
        for _ in 0..<5000 {
            let transition = random.next()
            log.append(transition)
            fleet.apply(transition)
            guard let run = fleet[transition.run] else {
                Issue.record("the run is missing")
                return
            }
            let amounts = [run.budget.spent, run.budget.reserved].flatMap {
                [$0.tokens, $0.microdollars, $0.steps]
            }
            #expect(amounts.allSatisfy { $0 >= 0 })
            #expect(run.status.isTerminal ? run.activations.isEmpty && run.waits.isEmpty : true)
            _ = (run.budget.available, run.budget.fractionUsed, run.worked(at: transition.at), run.waiting)
        }
        var again = Fleet()
        for transition in log {
            again.apply(transition)
            #expect(again.apply(transition) == .repeated)
        }
        #expect(again == fleet)
        var sorted = Fleet()
        for id in fleet.runs.map(\.id) {
            for transition in log where transition.run == id { sorted.apply(transition) }
        }
        #expect(sorted == fleet)
    }

    @Test("extreme numbers from a fork's state don't overflow")
    func extremes() throws {
        var state = RunState(id: RunID("r"))
        state.apply(
            Transition(run: state.id, seq: 1, at: Synthetic.start, kind: .runStarted, body: ["entry": "A"])
        )
        state.apply(Transition(run: state.id, seq: 2, at: Synthetic.start, kind: .nodeEntered, node: "A"))
        state.counts.facts = .max
        state.counts.retries = .max
        state.counts.unknown = .max
        state.plan.revision = .max
        state.visits[0].count = .max
        state.budget = Budget(
            limits: Limits(tokens: .min),
            spent: Usage(tokens: .max),
            reserved: Usage(tokens: .min)
        )
        let body: JSONObject = ["state": try JSON(encoding: state), "from": "x", "at": 1]
        var fork = RunState(id: RunID("f"))
        fork.apply(Transition(run: fork.id, seq: 1, at: Synthetic.start, kind: .runForked, body: body))
        for (index, kind) in (TransitionKind.known.filter { !$0.isTerminal } + [.unknown("x")]).enumerated() {
            fork.apply(
                Transition(
                    run: fork.id,
                    seq: index + 2,
                    at: Timestamp(microseconds: .max),
                    kind: kind,
                    node: "A",
                    attempt: .max,
                    body: ["activation": 2, "effect": 2, "tokens": .int(.max), "count": .int(.max)]
                )
            )
        }
        #expect(fork.counts.facts == .max)
        _ = (fork.budget.available, fork.worked(at: Timestamp(microseconds: .min)))
    }
}
