import SomaCore
import SomaEngine
import Testing

@Suite("Budgets")
struct BudgetTests {
    private func paid(_ tokens: Int) -> EffectResult {
        EffectResult(succeeded: true, words: Words("said"), usage: Usage(tokens: tokens))
    }

    @Test("A call's reserve is set aside before it and settled after it")
    func settles() {
        var talk = Conversation(.asks(.model(tokens: 100)))
        let run = talk.start(limits: Limits(tokens: 150))
        #expect(talk.folded(run).budget.reserved == Usage(tokens: 100))
        talk.finish(paid(30))
        #expect(talk.folded(run).budget.reserved == .zero)
        #expect(talk.folded(run).budget.spent == Usage(tokens: 30, steps: 1))
        #expect(talk.last(.budgetCharged)?.body["tokens"] == 30)
    }

    @Test("A run pauses before it overspends, and goes on where it was once it may")
    func pauses() {
        let node = ScriptedNode { visit in
            visit.answers.count < 2
                ? .ask([.model(tokens: 100, arguments: "\(visit.answers.count)")]) : .leave("done")
        }
        var talk = Conversation(node)
        let run = talk.start(limits: Limits(tokens: 150))
        talk.finish(paid(80))
        #expect(talk.folded(run).waiting?.reason == .budget)
        #expect(talk.folded(run).statusReason == "budget:tokens")
        #expect(talk.performed.count == 1)
        talk.command(run, .resume)
        #expect(talk.folded(run).waiting?.reason == .budget)
        talk.command(run, .budget(Limits(tokens: 180)))
        #expect(talk.performed.count == 2)
        talk.finish(paid(100))
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).budget.spent.tokens == 180)
    }

    @Test("Where only calls under way fill the budget, the run waits for them instead of pausing")
    func waitsForRoom() {
        var talk = Conversation(
            .asks(.model(tokens: 100, arguments: "a"), .model(tokens: 100, arguments: "b"))
        )
        let run = talk.start(limits: Limits(tokens: 150))
        #expect(talk.performed.count == 1)
        #expect(talk.folded(run).waiting?.reason == .model)
        talk.finish(paid(20))
        #expect(talk.performed.count == 2)
        talk.finish(paid(20))
        #expect(talk.folded(run).status == .completed)
    }

    @Test("Steps are a budget as well")
    func steps() {
        let graph = Graph(
            name: "two",
            entry: "A",
            nodes: [.init("A", .task("a")), .init("B", .task("a"))],
            edges: [.init("A", "*", "B"), .init("B", "*", Graph.end)]
        )
        var talk = Conversation(ScriptedCatalog(["goal": .of(graph, ["a": .leaves()])]))
        let run = talk.start(limits: Limits(steps: 1))
        #expect(talk.folded(run).statusReason == "budget:steps")
        talk.command(run, .budget(Limits(steps: 2)))
        #expect(talk.folded(run).status == .completed)
    }

    @Test("A run works no longer than it may; waiting for a person doesn't count")
    func wallTime() {
        var talk = Conversation(.asks(.question(Words("Go on?")), .tool()))
        let run = talk.start(limits: Limits(seconds: 60))
        talk.finish()
        talk.wait(.seconds(3600))
        talk.command(run, .answer(seq: nil, .reply("yes")))
        #expect(talk.folded(run).status == .completed)

        talk = Conversation(.asks(.tool(timeout: .seconds(600))))
        let other = talk.start(limits: Limits(seconds: 60))
        let due = talk.timers.first { $0.key == .deadline }?.at
        #expect(due == talk.elapsed + .seconds(60))
        talk.ring { $0 == .deadline }
        #expect(talk.folded(other).statusReason == "budget:seconds")
        talk.finish()
        #expect(talk.folded(other).status == .paused)
        talk.command(other, .budget(Limits(seconds: 100)))
        #expect(talk.folded(other).status == .completed)
    }

    @Test("A model that is called again after a crash reserves no more than before")
    func crash() {
        var talk = Conversation(.asks(.model(tokens: 100)))
        let run = talk.start(limits: Limits(tokens: 100))
        talk.crash()
        #expect(talk.performed.count == 1)
        #expect(talk.folded(run).budget.reserved.tokens == 100)
    }
}
