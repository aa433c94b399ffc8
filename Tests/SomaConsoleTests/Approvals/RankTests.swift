import SomaConsole
import SomaCore
import SomaTesting
import Testing

@Suite("Rank of what waits for a person")
struct RankTests {
    /// A run that asks, at so many seconds after the start, having spent so many cents.
    private func asking(
        _ id: String,
        at seconds: Int = 60,
        cents: Int = 0,
        parent: String? = nil,
        limits: JSON = [:]
    ) -> RunBuilder {
        var run = RunBuilder(id, role: "r", goal: "g", at: start, parent: parent, limits: limits)
        if cents > 0 { run.charge(tokens: 1, microdollars: cents * 10_000) }
        run.wait(.seconds(seconds))
        _ = run.ask("?")
        return run
    }

    private func order(_ stories: [RunBuilder], at seconds: Int = 120) -> [String] {
        var inbox = Inbox()
        let fleet = Fleet(runs: stories.map(\.state))
        inbox.reset(fleet, now: start)
        _ = inbox.arrange(fleet, moment: start + .seconds(seconds), now: start)
        return inbox.entries.map(\.id.run.rawValue)
    }

    @Test("the score is blocked × wait × pace, as documented")
    func score() {
        var parent = RunBuilder("p", role: "r", goal: "g", at: start, limits: ["seconds": 600])
        parent.charge(tokens: 1, microdollars: 20_000)
        _ = parent.spawn("c", role: "r", goal: "g")
        let child = asking("c", at: 60, cents: 4, parent: "p")
        let fleet = Fleet(runs: [parent.state, child.state])
        let rank = Rank(of: child.state.needs[0], in: fleet, at: child.state.needs[0].since + .seconds(30))
        #expect(rank.blocked == 1)
        #expect(rank.clocks == 1)
        #expect(rank.waitSeconds == 30)
        // 6 cents in the two minutes that both were at work.
        #expect(abs(rank.pace - 3) < 0.01)
        #expect(rank.score == 2 * 30 * (1 + rank.pace))
        #expect(Rank(blocked: 0, waitSeconds: 0, pace: 0).score == 1)
    }

    @Test("who waits longer, blocks more or had spent faster comes first")
    func orders() {
        #expect(order([asking("new", at: 100), asking("old", at: 60)]) == ["old", "new"])
        #expect(order([asking("cheap"), asking("dear", cents: 500)]) == ["dear", "cheap"])
        var parent = RunBuilder("p", role: "r", goal: "g", at: start)
        _ = parent.spawn("blocks", role: "r", goal: "g")
        #expect(
            order([asking("alone"), parent, asking("blocks", parent: "p")]) == ["blocks", "alone"]
        )
        #expect(order([asking("b"), asking("a")]) == ["a", "b"])
    }

    @Test("runs that claim to be each other's ancestors end the count")
    func cycles() {
        let stories = [asking("a", parent: "b"), asking("b", parent: "a")]
        let fleet = Fleet(runs: stories.map(\.state))
        let rank = Rank(of: stories[0].state.needs[0], in: fleet, at: start)
        #expect(rank.blocked == 1)
        #expect(rank.waitSeconds == 0)
    }

    @Test("questions, doubts and used-up budgets are needs; what a person paused is not")
    func needs() {
        var paused = asking("b")
        paused.add(.runPaused, ["reason": "budget:tokens"])
        #expect(paused.state.needs.map(\.name) == ["answer", "budget:tokens"])
        #expect(paused.state.needs.compactMap(\.dimension) == [.tokens])
        var held = RunBuilder("h", role: "r", goal: "g", at: start)
        held.add(.runPaused, ["reason": "person"])
        #expect(held.state.needs.isEmpty)
        #expect(Stories.doubtful().state.needs.map(\.id.matter.isDoubt) == [true])
        #expect(Stories.needsApproval().state.needs.map(\.id.matter.isApproval) == [true])
        #expect(Stories.done().state.needs.isEmpty)
    }
}
