import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Steps that are compared")
struct CompareStepTests {
    /// A step in a line.
    private func said(_ step: CompareStep) -> String {
        var parts = [step.kind.rawValue, step.name]
        if !step.target.isEmpty { parts.append("to \(step.target)") }
        if !step.outcome.isEmpty { parts.append("= \(step.outcome)") }
        if let mark = step.mark { parts.append("(\(mark))") }
        if step.microseconds > 0 { parts.append("\(step.microseconds / 1_000)ms") }
        if step.tokens > 0 { parts.append("\(step.tokens) tokens") }
        return parts.joined(separator: " ")
    }

    private func steps(_ tell: (inout RunBuilder) -> Void) -> [String] {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        tell(&run)
        return CompareStep.steps(of: run.transitions).dropFirst().map(said)
    }

    @Test("a call is one step with how it ended, how long it took, and what it cost")
    func calls() {
        let steps = steps { run in
            let good = run.request("http_get", "{}")
            let bad = run.request("shell", "{}")
            let lost = run.request("mail", "{}", effectClass: .once)
            let waiting = run.request("read", "{}")
            for effect in [good, bad, lost] { run.start(effect) }
            run.finish(good, result: "", after: .milliseconds(20))
            run.charge(tokens: 7, microdollars: 1, effect: good)
            run.finish(bad, ok: false, status: "timeout", result: "", after: .milliseconds(5))
            run.add(.effectInDoubt, ["effect": JSON(lost), "reason": "crash"])
            run.add(.effectSettled, ["effect": JSON(lost), "happened": true])
            _ = waiting
        }
        #expect(
            steps == [
                "call http_get = ok (done) 20ms 7 tokens", "call shell = timeout (failed) 25ms",
                "call mail = in doubt (inDoubt)", "call read (waiting)", "steering settle = happened",
            ]
        )
    }

    @Test("questions and children end where they are answered, whatever the answer")
    func others() {
        let steps = steps { run in
            let first = run.ask("which?")
            run.wait(.milliseconds(3))
            run.answer(first, "answered", message: "this")
            let second = run.ask("may I?")
            run.answer(second, "rejected", message: "no")
            let child = run.spawn("c1", role: "coder", goal: "a part")
            let other = run.spawn("c2", role: "operator", goal: "a part")
            run.wait(.milliseconds(9))
            run.finishChild(child, "c1", result: "")
            run.finishChild(other, "c2", status: .failed, result: "")
        }
        #expect(
            steps == [
                "question asks (done) 3ms", "answer answer = answered", "question asks (failed)",
                "answer answer = rejected", "child coder = completed (done) 9ms",
                "child operator = failed (failed) 9ms",
            ]
        )
    }

    @Test("ways, plans, judgements, steering and each end have their words")
    func rest() {
        func ends(_ end: (inout RunBuilder) -> Void) -> String? { self.steps(end).last }
        let steps = steps { run in
            run.plan([("one", "")])
            run.plan([("one", ""), ("two", "")], revision: 2)
            run.go("planned", to: "Verify", after: .milliseconds(4))
            run.judge(true, evidence: "e")
            run.judge(false, step: 1, evidence: "e")
            run.fact("f")
            run.add(.runPaused, ["reason": "person"])
            run.add(.runResumed, ["after": "pause"])
            run.add(.budgetChanged, ["limits": [:]])
            run.add(.effectSettled, ["happened": false])
            run.add(.unknown("soma.weather.changed.v2"))
        }
        #expect(
            steps == [
                "plan plan = 1 step", "plan plan = 2 steps", "way planned to Verify 4ms",
                "judgement whole = accepted (done)", "judgement step 2 = rejected (failed)", "fact fact",
                "steering pause = person", "steering resume = pause", "steering budget",
                "steering settle = did not happen", "other soma.weather.changed.v2",
            ]
        )
        #expect(ends { $0.complete("o") } == "end end = done (done)")
        #expect(ends { $0.fail("verify.rejected", "m") } == "end end = failed verify.rejected (failed)")
        #expect(ends { $0.cancel("m") } == "end end = cancelled (cancelled)")
        #expect(ends { $0.add(.runForked, ["from": "a"]) } == "start fork")
    }

    @Test("what refers to nothing changes nothing")
    func hostile() {
        let steps = steps { run in
            for seq in [-1, 0, 99, Int.max] {
                run.add(.effectFinished, ["effect": JSON(seq), "ok": true])
                run.add(.childFinished, ["request": JSON(seq)])
                run.add(.budgetCharged, ["effect": JSON(seq), "tokens": 0])
            }
            run.add(.nodeLeft, ["activation": JSON(Int.min)])
        }
        #expect(steps == ["way "])
    }
}
