@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Agent trees")
struct AgentTreeTests {
    /// A run with the times of its beginning and end, in seconds, and whose child it is.
    private struct Span {
        var id: String
        var parent: String?
        var from: Int
        var to: Int?
    }

    private func path(_ spans: [Span]) -> Set<String> {
        var fleet = Fleet()
        for span in spans {
            var run = RunBuilder(
                span.id,
                role: "r",
                goal: span.id,
                at: start + .seconds(span.from),
                parent: span.parent
            )
            if let to = span.to {
                run.now = start + .seconds(to)
                run.complete("done")
            }
            for transition in run.transitions { fleet.apply(transition) }
        }
        var index = FleetIndex()
        index.reset(fleet)
        let tree = AgentTree(top: index.root(of: 0), fleet, index)
        return Set(tree.critical.map { fleet.runs[Int($0)].id.rawValue })
    }

    @Test("of runs side by side the one that ended last decides")
    func parallel() {
        #expect(
            path([
                Span(id: "a", from: 0, to: 100), Span(id: "b", parent: "a", from: 10, to: 50),
                Span(id: "c", parent: "a", from: 10, to: 90),
            ]) == ["a", "c"]
        )
    }

    @Test("of runs one after the other all decide")
    func serial() {
        #expect(
            path([
                Span(id: "a", from: 0, to: 100), Span(id: "b", parent: "a", from: 10, to: 40),
                Span(id: "c", parent: "a", from: 45, to: 90), Span(id: "d", parent: "a", from: 20, to: 44),
            ]) == ["a", "c", "d"]
        )
    }

    @Test("it goes on below each of them, and leaves out what ended after its parent")
    func deep() {
        #expect(
            path([
                Span(id: "a", from: 0, to: 100), Span(id: "b", parent: "a", from: 10, to: 95),
                Span(id: "c", parent: "b", from: 15, to: 80), Span(id: "d", parent: "b", from: 15, to: 99),
                Span(id: "e", parent: "a", from: 0, to: nil),
            ]) == ["a", "b", "c"]
        )
    }

    @Test("what has not ended ends last; of several, the one that began first")
    func running() {
        #expect(
            path([
                Span(id: "a", from: 0, to: nil), Span(id: "b", parent: "a", from: 5, to: 9),
                Span(id: "c", parent: "a", from: 12, to: nil), Span(id: "d", parent: "a", from: 10, to: nil),
            ]) == ["a", "b", "d"]
        )
    }

    @Test("a run that delegated nothing has no critical path, and cycles end")
    func none() {
        #expect(path([Span(id: "a", from: 0, to: nil)]).isEmpty)
        #expect(
            path([Span(id: "a", parent: "b", from: 0, to: nil), Span(id: "b", parent: "a", from: 1, to: nil)])
                == ["a", "b"]
        )
    }

    @Test("sums count each run's own use once, and its work by its own clock")
    func sums() throws {
        var fleet = Fleet()
        for transition in Stories.research().merged { fleet.apply(transition) }
        var index = FleetIndex()
        index.reset(fleet)
        let tree = AgentTree(top: 0, fleet, index)
        let sum = try #require(tree.sums[0])
        #expect((sum.runs, sum.alive) == (3, 3))
        #expect(sum.usage.tokens == 1_300 + 10_100 + 2_100 + 6_000)
        #expect(sum.usage.microdollars == 9_000 + 61_000 + 10_000 + 40_000)
        let now = start + .seconds(840)
        let worked = fleet.runs.reduce(Duration.zero) { $0 + $1.worked(at: now) }
        #expect(sum.worked(at: now) == worked)
        #expect(sum.worked(at: now + .seconds(10)) == worked + .seconds(30))
    }

    @Test("a budget's bar is of the tightest limit, and never shows something as nothing or all")
    func budget() throws {
        var run = RunState(id: RunID("a"))
        #expect(BudgetBar(run, at: start) == nil)
        run.budget.limits = Limits(tokens: 1_000, microdollars: 100, steps: 10)
        run.budget.spent = Usage(tokens: 1, microdollars: 0, steps: 0)
        let look = Look(theme: .mono, glyphs: .ascii)
        var bar = try #require(BudgetBar(run, at: start))
        #expect(bar.line(columns: 12, look).text == "[#.........]   0 %")
        run.budget.reserved = Usage(tokens: 500, microdollars: 99)
        bar = try #require(BudgetBar(run, at: start))
        #expect(bar.limit == "cost")
        #expect(bar.line(columns: 12, look).text == "[=========.]  99 %")
        run.budget.spent.steps = 12
        bar = try #require(BudgetBar(run, at: start))
        #expect((bar.limit, bar.percent) == ("steps", 100))
        #expect(bar.line(columns: 12, look).text == "[##########] 100 %")
    }
}
