import SomaTesting
import Testing

@testable import SomaCore

@Suite("Cost ledger")
struct CostLedgerTests {
    static let start = Timestamp(microseconds: 1_767_600_000_000_000)

    /// One run that asks two models and a tool, and is charged in each way there is.
    static func story() -> RunBuilder {
        var run = RunBuilder("a00000000000001", role: "coder", goal: "g", at: start)
        let first = run.request("gpt", "{}", kind: .model)
        run.start(first)
        run.finish(first, result: "r", detail: ["provider": "p"])
        run.add(
            .budgetCharged,
            [
                "tokens": 30, "microdollars": 900, "effect": JSON(first), "input": 20, "output": 10,
                "provenance": "provider",
            ],
            attempt: 1,
            cause: first
        )
        let second = run.request("opus", "{}", kind: .model)
        run.start(second)
        run.finish(second, ok: false, result: "r", detail: ["priced": false])
        run.add(
            .budgetCharged,
            ["tokens": 7, "effect": JSON(second), "input": 4, "output": 3, "provenance": "estimated"],
            attempt: 1,
            cause: second
        )
        let tool = run.request("shell", "{}")
        run.start(tool)
        run.finish(tool, ok: false, result: "no", retryAfter: .seconds(1))
        run.start(tool, attempt: 2)
        run.finish(tool, ok: false, result: "no")
        return run
    }

    @Test("calls and amounts are counted by who was called, each provenance by itself")
    func counts() throws {
        var ledger = CostLedger()
        for transition in Self.story().transitions { ledger.apply(transition) }
        let models = ledger.groups(by: .model)
        #expect(models.map(\.name) == ["gpt", "opus"])
        #expect(models[0].sum.usage == Usage(tokens: 30, microdollars: 900))
        #expect(models[0].sum[.reported] == Usage(tokens: 30, microdollars: 900))
        #expect(models[1].sum[.estimated] == Usage(tokens: 7))
        #expect(models[1].sum[.reported] == .zero)
        #expect(models[1].sum.calls.unpriced == 1)
        #expect(models.map(\.sum.input) == [20, 4])
        #expect(models.map(\.sum.output) == [10, 3])
        let tool = try #require(ledger.groups(by: .tool).first)
        #expect(tool.name == "shell" && tool.runs == 1)
        #expect(tool.sum.calls.requested == 1 && tool.sum.calls.failed == 1 && tool.sum.calls.retried == 1)
        #expect(tool.sum.calls.failureRate == 1)
        let role = try #require(ledger.groups(by: .role).first)
        #expect(role.name == "coder" && role.sum.usage == ledger.total.usage)
    }

    @Test("what was folded before changes nothing")
    func repeats() {
        var once = CostLedger()
        var twice = CostLedger()
        for transition in Self.story().transitions {
            once.apply(transition)
            twice.apply(transition)
            twice.apply(transition)
        }
        #expect(once.total == twice.total)
        #expect(once.runs == twice.runs)
    }

    @Test("a late charge finds its model, also after the run's end; the copy in the parent's log counts once")
    func late() throws {
        var parent = RunBuilder("b00000000000001", role: "lead", goal: "g", at: Self.start)
        var child = RunBuilder(
            "b00000000000002",
            role: "coder",
            goal: "g",
            at: Self.start,
            parent: "b00000000000001"
        )
        let call = child.request("gpt", "{}", kind: .model)
        child.start(call)
        child.add(.runCancelled, ["reason": "person"])
        child.add(
            .budgetCharged,
            ["tokens": 5, "microdollars": 50, "effect": JSON(call), "late": true],
            attempt: 1,
            cause: call
        )
        parent.add(
            .budgetCharged,
            ["tokens": 5, "microdollars": 50, "child": "b00000000000002", "late": true]
        )
        var ledger = CostLedger()
        for transition in parent.transitions + child.transitions { ledger.apply(transition) }
        #expect(ledger.total.usage == Usage(tokens: 5, microdollars: 50))
        #expect(ledger.total.late == Usage(tokens: 5, microdollars: 50))
        #expect(ledger.total[.unstated].tokens == 5)
        #expect(ledger.groups(by: .model).first?.name == "gpt")
        #expect(ledger[RunID("b00000000000001")]?.delegated == Usage(tokens: 5, microdollars: 50))
        let subtrees = ledger.subtrees()
        #expect(subtrees[RunID("b00000000000001")]?.microdollars == 50)
        #expect(subtrees[RunID("b00000000000001")]?.steps == 2)
    }

    @Test("only what happened since counts, and names are known from before")
    func since() {
        let story = Self.story()
        let all = story.transitions
        let cut = all.firstIndex { $0.kind == .budgetCharged } ?? 0
        let moved = all.enumerated().map { index, transition in
            var later = transition
            later.at = Self.start + .seconds(index < cut ? 0 : 100)
            return later
        }
        var ledger = CostLedger(since: Self.start + .seconds(50))
        for transition in moved { ledger.apply(transition) }
        #expect(ledger.groups(by: .model).map(\.name) == ["gpt", "opus"])
        #expect(ledger.total.usage.microdollars == 900)
        #expect(ledger.runs[0].transitions == all.count - cut)
    }

    @Test("who is its own ancestor, and a chain of 100,000, are summed all the same")
    func trees() {
        var ledger = CostLedger()
        func charge(_ run: String, parent: String) {
            let id = RunID(run)
            ledger.apply(
                Transition(run: id, seq: 1, at: Self.start, kind: .runStarted, parent: RunID(parent))
            )
            ledger.apply(
                Transition(run: id, seq: 2, at: Self.start, kind: .budgetCharged, body: ["tokens": 1])
            )
        }
        charge("x", parent: "y")
        charge("y", parent: "x")
        charge("self", parent: "self")
        for number in 0..<100_000 { charge("c\(number)", parent: "c\(number - 1)") }
        let sums = ledger.subtrees()
        #expect(sums[RunID("c0")]?.tokens == 100_000)
        #expect(sums[RunID("self")]?.tokens == 1)
        #expect((1...2).contains(sums[RunID("x")]?.tokens ?? 0))
    }

    @Test("amounts stop at 64 bits, and none is negative")
    func huge() {
        var ledger = CostLedger()
        for seq in 1...3 {
            ledger.apply(
                Transition(
                    run: RunID("r"),
                    seq: seq,
                    at: Timestamp(microseconds: seq == 1 ? .max : .min),
                    kind: .budgetCharged,
                    body: ["tokens": .int(.max), "microdollars": .int(-5), "input": .int(.max)]
                )
            )
        }
        #expect(ledger.total.usage == Usage(tokens: .max, microdollars: 0))
        #expect(ledger.total.input == .max)
        _ = ledger.rate(at: Timestamp(microseconds: .max))
        _ = ledger.rate(at: Timestamp(microseconds: .min))
        #expect(ledger.groups(by: .day).count == 2)
    }
}

@Suite("Burn rate")
struct BurnRateTests {
    private static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test("an hour, a day and a month are added up, and the forecast is the arithmetic that it says it is")
    func rates() throws {
        var ledger = CostLedger()
        let charges = [
            ("2026-01-31T23:59:00Z", 1000), ("2026-02-01T00:00:00Z", 10), ("2026-02-09T12:00:30Z", 100),
            ("2026-02-10T10:59:00Z", 200), ("2026-02-10T11:30:00Z", 300), ("2026-02-10T12:00:00Z", 400),
        ]
        for (index, (time, amount)) in charges.enumerated() {
            ledger.apply(
                Transition(
                    run: RunID("r"),
                    seq: index + 1,
                    at: try Self.at(time),
                    kind: .budgetCharged,
                    body: ["microdollars": JSON(amount)]
                )
            )
        }
        let rate = ledger.rate(at: try Self.at("2026-02-10T12:00:20Z"))
        #expect(rate.lastHour.microdollars == 700)
        // The charge of the day before at 12:00:30 falls into the minute that has just left the window.
        #expect(rate.lastDay.microdollars == 900)
        #expect(rate.monthSoFar.microdollars == 1010)
        #expect(rate.month == "2026-02")
        let hours = 18 * 24 + 12 - 20.0 / 3600
        #expect(abs(rate.hoursLeft - hours) < 1e-6)
        #expect(abs(rate.monthForecast - (1010 + 900.0 / 24 * hours)) < 1e-3)
    }

    @Test("a year of minutes is held in a few thousand numbers, and the last day stays exact")
    func bounded() throws {
        var ledger = CostLedger()
        let start = try Self.at("2026-01-01T00:00:00Z")
        for minute in 0..<100_000 {
            ledger.apply(
                Transition(
                    run: RunID("r"),
                    seq: minute + 1,
                    at: start + .seconds(minute * 60),
                    kind: .budgetCharged,
                    body: ["microdollars": 1]
                )
            )
        }
        let rate = ledger.rate(at: start + .seconds(99_999 * 60))
        #expect(rate.lastHour.microdollars == 60)
        #expect(rate.lastDay.microdollars == 1440)
    }
}

@Suite("Fleet statistics")
struct FleetStatsTests {
    @Test("quantiles are values that occurred, by the nearest rank")
    func quantiles() {
        #expect(Quantile.of([1, 2, 3, 4], 0.5) == 2)
        #expect(Quantile.of(Array(1...100), 0.95) == 95)
        #expect(Quantile.of([7], 0.95) == 7)
        #expect(Quantile.of([Int](), 0.5) == nil)
    }

    @Test("waits for people are told apart: answered, open, and left when the run ended")
    func people() {
        var run = RunBuilder("a00000000000001", role: "coder", goal: "g", at: CostLedgerTests.start)
        let asked = run.add(.interruptOpened, ["question": "answer", "activation": 2])
        run.wait(.seconds(90))
        run.add(.interruptClosed, ["interrupt": JSON(asked), "answer": "answered"])
        run.add(.interruptOpened, ["question": "answer", "activation": 2])
        run.add(.runCancelled, [:])
        var other = RunBuilder("a00000000000002", role: "coder", goal: "g", at: CostLedgerTests.start)
        other.add(.interruptOpened, ["question": "answer", "activation": 2])
        var stats = FleetStats()
        for transition in run.transitions + other.transitions { stats.apply(transition) }
        let report = stats.report(at: run.now)
        #expect(report.asked == 3 && report.answered == 1 && report.abandoned == 1 && report.open == 1)
        #expect(report.waits.median == 90_000_000)
        #expect(report.needPerson == 1)
        #expect(report.runs == 2)
        #expect(report.durations.count == 1)
        #expect(report.worked.median == 0)
    }

    @Test("a child's grant isn't added to the limit that it lies within")
    func budgets() throws {
        let limits: JSON = ["microdollars": 1000]
        var parent = RunBuilder(
            "a00000000000001",
            role: "lead",
            goal: "g",
            at: CostLedgerTests.start,
            limits: limits
        )
        parent.charge(tokens: 1, microdollars: 250)
        let child = RunBuilder(
            "a00000000000002",
            role: "coder",
            goal: "g",
            at: CostLedgerTests.start,
            parent: "a00000000000001",
            limits: limits
        )
        var stats = FleetStats()
        for transition in parent.transitions + child.transitions { stats.apply(transition) }
        let report = stats.report(at: parent.now)
        let money = try #require(report.budgets.first { $0.dimension == .microdollars })
        #expect(money.runs == 1 && money.used == 250 && money.limit == 1000)
        #expect(report.fullest.first?.fraction == 0.25)
        #expect(report.json["total"]?["microdollars"]?.int == 250)
        #expect(report.measures.contains { $0.measure == "total.microdollars" && $0.value == 250 })
    }

    @Test("made-up logs: sums agree with the fleet's own, whatever the order of the runs", arguments: 1...12)
    func agreement(seed: Int) {
        var stats = FleetStats()
        var fleet = Fleet()
        for event in Synthetic(transitions: 6000, runs: 20 + seed, bytes: 200, seed: UInt64(seed)) {
            guard case .transition(let transition) = event else { continue }
            stats.apply(transition)
            fleet.apply(transition)
        }
        var succeeded = 0
        for run in fleet.runs {
            let tally = stats.ledger[run.id]
            #expect(tally?.spent == run.budget.spent, "\(run.id)")
            succeeded += run.counts.effectsSucceeded
        }
        #expect(stats.ledger.total.calls.succeeded == succeeded)
        let own = stats.ledger.runs.reduce(Usage.zero) { $0 + $1.own }
        #expect(stats.ledger.total.usage.tokens == own.tokens)
        for dimension in CostDimension.allCases where dimension != .model && dimension != .tool {
            let sum = stats.ledger.groups(by: dimension).reduce(Usage.zero) { $0 + $1.sum.usage }
            #expect(sum == stats.ledger.total.usage, "\(dimension)")
        }
        let report = stats.report(at: fleet.lastAt)
        #expect(report.transitions == fleet.transitions)
        #expect((report.models + report.tools).usage == report.total.usage)
    }
}

@Suite("Statistics of any log")
struct AnyLogStatsTests {
    @Test(
        "any sequence is counted without a crash, and where its own numbers add up, so do these",
        arguments: 0..<24
    )
    func anySequence(seed: Int) {
        var random = RandomTransitions(seed: UInt64(seed) + 900)
        var stats = FleetStats()
        var fleet = Fleet()
        // A run that becomes a fork half-way has spent what its log doesn't tell.
        var odd: Set<RunID> = []
        for _ in 0..<3000 {
            let transition = random.next()
            stats.apply(transition)
            let applied = fleet.apply(transition)
            if transition.kind == .runForked, applied != .repeated { odd.insert(transition.run) }
        }
        for run in fleet.runs where !odd.contains(run.id) {
            #expect(stats.ledger[run.id]?.spent == run.budget.spent, "\(run.id)")
        }
        let own = stats.ledger.runs.reduce(Usage.zero) { $0 + $1.own }
        #expect(stats.ledger.total.usage.tokens == own.tokens)
        let report = stats.report(at: fleet.lastAt)
        #expect(report.transitions == fleet.transitions)
        #expect((try? JSON.parse(report.json.bytes())) != nil)
        #expect(!report.measures.isEmpty)
        for dimension in CostDimension.allCases { _ = stats.ledger.groups(by: dimension) }
    }
}
