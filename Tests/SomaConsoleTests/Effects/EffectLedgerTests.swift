@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

extension Stories {
    /// A run with an effect of each class and stage.
    static func effects() -> RunBuilder {
        var run = RunBuilder(
            "eff3c7s0a1b2c3d",
            role: "operator",
            goal: "put the new key everywhere",
            at: start + .seconds(100)
        )
        run.call("small-a", #"{"messages":4}"#, kind: .model, result: "a plan", detail: ["output": 120])
        run.call("http_get", #"{"url":"http://a/health"}"#, result: "200", detail: ["status": 200])
        let put = run.request("http_put", #"{"url":"http://a/key"}"#, effectClass: .idempotent)
        run.start(put)
        run.finish(put, ok: false, result: "busy", detail: ["status": 503], retryAfter: .seconds(2))
        let failed = run.request("shell", #"{"command":"make check"}"#, effectClass: .once)
        run.start(failed)
        run.finish(failed, ok: false, result: "2 tests failed", detail: ["exit": 1])
        let refused = run.request("shell", #"{"command":"rm -r cache"}"#, effectClass: .once)
        let question = run.askApproval(refused, arguments: "{}", risk: "deletes", reason: "")
        run.answer(question, "rejected", message: "not that one")
        let settled = run.request("mail", #"{"to":"team"}"#, effectClass: .once)
        run.start(settled)
        run.add(.effectInDoubt, ["effect": JSON(settled), "reason": "crash"])
        run.wait(.seconds(60))
        run.add(.effectSettled, ["effect": JSON(settled), "happened": true, "by": "ada"])
        let lost = run.request("mail", #"{"to":"everybody"}"#, effectClass: .once)
        run.start(lost)
        run.wait(.seconds(4))
        run.add(.effectInDoubt, ["effect": JSON(lost), "reason": "crash"])
        let asked = run.request(
            "shell",
            #"{"command":"vault kv put secret/api key=new"}"#,
            effectClass: .once
        )
        _ = run.askApproval(asked, arguments: "{}", risk: "changes staging", reason: "")
        let reading = run.request("search", #"{"pattern":"key"}"#)
        run.start(reading)
        _ = run.request("read", #"{"path":"notes.md"}"#)
        return run
    }
}

@Suite("Ledger of effects")
struct EffectLedgerTests {
    private func told(_ ledger: EffectLedger) -> [String] {
        (0..<ledger.count).compactMap { ledger.item($0) }.map { item in
            "\(item.stage.word): \(item.name), \(item.onResume(isEnded: false))"
        }
    }

    @Test("all effects of a run, from its log: what is in doubt first, what is over last")
    func run() {
        let story = Stories.effects()
        var ledger = EffectLedger()
        ledger.update(Filter(), story.id, story.transitions, upTo: story.transitions.count)
        #expect(
            told(ledger) == [
                "in doubt: mail, ask you: once", "retry: http_put, repeat, same key",
                "running: search, repeat",
                "asks: shell, wait for you", "intended: read, do it", "confirmed: mail, keep",
                "failed: shell, keep", "refused: shell, keep", "confirmed: http_get, keep",
                "confirmed: small-a, keep",
            ]
        )
        let settled = (0..<ledger.count).compactMap { ledger.item($0)?.settled }
        #expect(settled.map(\.by) == ["ada"])
    }

    @Test("read on as the log grows is the same as read at once", arguments: 1...10)
    func incremental(seed: UInt64) {
        var random = SeededGenerator(seed)
        let story = Stories.effects()
        var ledger = EffectLedger()
        var end = 0
        while end < story.transitions.count {
            end = min(story.transitions.count, end + Int.random(in: 1...5, using: &random))
            // The time cursor goes back now and then.
            if Int.random(in: 0..<4, using: &random) == 0 {
                ledger.update(Filter(), story.id, story.transitions, upTo: end / 2)
            }
            ledger.update(Filter(), story.id, story.transitions, upTo: end)
        }
        var whole = EffectLedger()
        whole.update(Filter(), story.id, story.transitions, upTo: end)
        #expect(told(ledger) == told(whole))
        #expect(ledger.stages.filter { $0.value > 0 } == whole.stages.filter { $0.value > 0 })
    }

    @Test("what the node or the run was done with is given up, not under way")
    func givenUp() {
        var story = RunBuilder("a", role: "r", goal: "g", at: start)
        story.start(story.request("left", "{}"))
        story.go("done", to: "Next")
        story.start(story.request("ended", "{}"))
        story.cancel("enough")
        var ledger = EffectLedger()
        ledger.update(Filter(), story.id, story.transitions, upTo: story.transitions.count)
        #expect(told(ledger).sorted() == ["given up: ended, keep", "given up: left, keep"])
    }

    @Test("what is open in all runs, from their states, and what ended while looking on")
    func fleet() {
        let stories = Stories.mix + [Stories.effects()]
        var fleet = Fleet()
        var index = FleetIndex()
        var recent = RecentEffects()
        var ledger = EffectLedger()
        for transition in stories.merged {
            fleet.apply(transition)
            let place = fleet.place(of: transition.run)
            index.touch(place)
            recent.note(transition, fleet.runs[place])
            if transition.seq % 3 == 0 {
                index.refresh(fleet)
                ledger.update(Filter(), fleet, index, recent)
            }
        }
        index.refresh(fleet)
        ledger.update(Filter(), fleet, index, recent)
        var fresh = EffectLedger()
        fresh.update(Filter(), fleet, index, recent)
        #expect(told(ledger) == told(fresh))
        #expect(
            told(ledger).prefix(8) == [
                "in doubt: mail, ask you: once", "in doubt: mail, ask you: once",
                "retry: http_put, repeat, same key",
                "running: search, repeat", "running: shell, repeat", "asks: shell, wait for you",
                "intended: read, do it", "asks: shell, wait for you",
            ]
        )
        #expect(ledger.ended.well == fleet.runs.reduce(0) { $0 + $1.counts.effectsSucceeded })
        #expect(ledger.ended.badly == fleet.runs.reduce(0) { $0 + $1.counts.effectsFailed })
        #expect((ledger.stages[.confirmed] ?? 0) + (ledger.stages[.failed] ?? 0) == recent.noted)
    }

    @Test("a transition costs work for its run alone")
    func countedWork() {
        var runs = (0..<1_000).map { RunBuilder("r\($0)", role: "coder", goal: "g", at: start) }
        for number in runs.indices { runs[number].start(runs[number].request("read", "{}")) }
        var fleet = Fleet()
        var index = FleetIndex()
        for transition in runs.merged { fleet.apply(transition) }
        index.reset(fleet)
        var ledger = EffectLedger()
        ledger.update(Filter(), fleet, index, RecentEffects())
        #expect(ledger.worked == 1_000)
        runs[7].finish(3, result: "x")
        for transition in runs[7].transitions {
            fleet.apply(transition)
            index.touch(7)
        }
        index.refresh(fleet)
        ledger.update(Filter(), fleet, index, RecentEffects())
        #expect(ledger.worked == 1_000)
        #expect(ledger.count == 999)
    }

    @Test("effects that ended long ago make way, those that are open don't")
    func bounded() {
        var story = RunBuilder("a", role: "r", goal: "g", at: start)
        story.start(story.request("open", "{}"))
        for _ in 0..<(RecentEffects.itemsMax * 3) { story.call("read", "{}", result: "x") }
        var fleet = Fleet()
        var index = FleetIndex()
        var recent = RecentEffects()
        var ledger = EffectLedger()
        for transition in story.transitions {
            fleet.apply(transition)
            index.touch(0)
            recent.note(transition, fleet.runs[0])
            guard transition.seq % 100 == 0 else { continue }
            index.refresh(fleet)
            ledger.update(Filter(), fleet, index, recent)
        }
        index.refresh(fleet)
        ledger.update(Filter(), fleet, index, recent)
        #expect(ledger.count == RecentEffects.itemsMax + 1)
        #expect(ledger.item(0)?.name == "open")
        #expect(recent.items.count <= RecentEffects.itemsMax * 2)
    }

    @Test(
        "a filter takes words and fields",
        arguments: [
            ("", 10), ("mail", 2), ("class:once !state:confirmed", 4), ("state:doubt", 1),
            ("status:error", 2),
            ("nothing", 0),
        ]
    )
    func filter(text: String, count: Int) throws {
        let filter = try Filter(text, fields: EffectSubject.fields)
        let story = Stories.effects()
        var ledger = EffectLedger()
        ledger.update(filter, story.id, story.transitions, upTo: story.transitions.count)
        #expect(ledger.count == count)
        #expect(ledger.total == 10)
        // And the same where it is typed later.
        var later = EffectLedger()
        later.update(Filter(), story.id, story.transitions, upTo: story.transitions.count)
        later.update(filter, story.id, story.transitions, upTo: story.transitions.count)
        #expect(told(later) == told(ledger))
    }
}
