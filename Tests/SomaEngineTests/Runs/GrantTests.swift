import SomaCore
import SomaEngine
import Testing

/// A child whose budget is used up goes on with what its parent has left.
@Suite("Grants")
struct GrantTests {
    /// A run with a limit of 100 tokens whose child got 50, of which a call of 40 has used 40, and needs 40 more.
    private func paused(limits: Limits = Limits(tokens: 100)) throws -> (Conversation, RunID, RunID) {
        let child = ScriptedNode { visit in
            visit.answers.count < 2
                ? .ask([.model(tokens: 40, arguments: "\(visit.answers.count)")]) : .leave("done")
        }
        let parent = ScriptedNode.asks(
            .child(ChildRequest(role: "helper", goal: "child", limits: Limits(tokens: 50)))
        )
        var talk = Conversation(ScriptedCatalog(["goal": .single(parent), "child": .single(child)]))
        let run = talk.start(limits: limits)
        let id = try #require(talk.folded(run).children.first)
        talk.finish(EffectResult(succeeded: true, words: Words("x"), usage: Usage(tokens: 40)))
        #expect(talk.folded(id).statusReason == "budget:tokens")
        return (talk, run, id)
    }

    private func message(_ reply: Result<CommandReceipt, CommandRefusal>?) -> String {
        guard case .failure(let refusal) = reply else { return "" }
        return "\(refusal.code): \(refusal.message)"
    }

    @Test("A higher limit is set aside in the parent first, and then the child goes on")
    func raises() throws {
        var (talk, run, child) = try paused()
        let reply = talk.command(child, .budget(Limits(tokens: 90)))
        #expect(try reply?.get().run == child)
        #expect(talk.folded(run).budget.reserved.tokens == 90)
        #expect(talk.folded(child).budget.limits.tokens == 90)
        #expect(talk.folded(child).status == .running)
        let changes = talk.log.filter { $0.kind == .budgetChanged }
        #expect(changes.map(\.run) == [run, child])
        talk.finish(EffectResult(succeeded: true, words: Words("x"), usage: Usage(tokens: 35)))
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).budget.spent.tokens == 75)
        #expect(talk.folded(run).budget.reserved == .zero)
    }

    @Test("Resuming it gives it half of what the parent has left")
    func resumes() throws {
        var (talk, run, child) = try paused()
        #expect(try talk.command(child, .resume)?.get().status == .running)
        #expect(talk.folded(child).budget.limits.tokens == 75)
        #expect(talk.folded(run).budget.reserved.tokens == 75)
        // The call would need 80 in all.
        #expect(talk.folded(child).statusReason == "budget:tokens")
        #expect(try talk.command(child, .resume)?.get().status == .running)
        #expect(talk.folded(child).budget.limits.tokens == 88)
        #expect(talk.performed.count == 2)
    }

    @Test(
        "Where the parent has nothing left, it is said, with what to do; then the parent's limit can be raised"
    )
    func refused() throws {
        var (talk, run, child) = try paused(limits: Limits(tokens: 50))
        for command in [RunCommand.resume, .budget(Limits(tokens: 80))] {
            let said = message(talk.command(child, command))
            #expect(
                said.hasPrefix(
                    "budget.grant: \(run.short), which delegated \(child.short), has 0 tokens left"
                )
            )
            #expect(said.contains("soma budget \(run.short) --tokens N"))
        }
        #expect(talk.folded(child).status == .paused)
        #expect(talk.folded(run).budget.reserved.tokens == 50)
        talk.command(run, .budget(Limits(tokens: 100)))
        #expect(try talk.command(child, .budget(Limits(tokens: 80)))?.get().status == .running)
        #expect(talk.performed.count == 2)
    }

    @Test("A run of its own is told to be given more, and how")
    func root() {
        var talk = Conversation(.asks(.model(tokens: 100)))
        let run = talk.start(limits: Limits(tokens: 50))
        let said = message(talk.command(run, .resume))
        #expect(
            said.hasPrefix("budget.used: \(run.short) is paused because its budget of tokens is used up.")
        )
        #expect(talk.count(.runResumed) == 0)
        talk.command(run, .budget(Limits(tokens: 100)))
        #expect(talk.performed.count == 1)
    }

    @Test("A child whose limit a person lowered gets back what is set aside for it")
    func lowered() throws {
        var (talk, run, child) = try paused()
        talk.command(child, .budget(Limits(tokens: 45)))
        talk.command(child, .resume)
        #expect(talk.folded(child).budget.limits.tokens == 50)
        #expect(talk.folded(run).budget.reserved.tokens == 50)
    }

    @Test(
        "Between the parent's group and the child's a crash leaves too much set aside, and never too little"
    )
    func crash() throws {
        var (talk, run, child) = try paused()
        talk.tell(.command(child, .budget(Limits(tokens: 90)), by: "a", command: 90))
        talk.commitOne()
        talk.crash()
        #expect(talk.folded(run).budget.reserved.tokens == 90)
        #expect(talk.folded(child).budget.limits.tokens == 50)
        #expect(try talk.command(child, .budget(Limits(tokens: 90)))?.get().status == .running)
        #expect(talk.count(.budgetChanged) == 2)
    }

    @Test("A child that ends while its parent sets more aside is said to be gone")
    func endsMeanwhile() throws {
        var (talk, run, child) = try paused()
        talk.tell(.command(child, .budget(Limits(tokens: 90)), by: "a", command: 90))
        talk.tell(.command(child, .cancel(reason: ""), by: "a", command: 91))
        talk.commit()
        #expect(talk.folded(child).status == .cancelled)
        #expect(
            ["run.ended", "run.missing"].contains(message(talk.replies[90]).split(separator: ":").first ?? "")
        )
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).budget.reserved == .zero)
    }

    @Test("A parent that isn't at hand gives nothing")
    func parentAway() throws {
        var (talk, run, child) = try paused()
        talk.tell(.command(run, .cancel(reason: ""), by: "a", command: 92))
        talk.tell(.command(child, .budget(Limits(tokens: 90)), by: "a", command: 93))
        talk.commit()
        #expect(message(talk.replies[93]).hasPrefix("budget.grant: \(run.short), which delegated"))
        #expect(talk.folded(child).status == .cancelled)
    }
}
