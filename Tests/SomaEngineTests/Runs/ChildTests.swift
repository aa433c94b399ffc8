import SomaCore
import SomaEngine
import Testing

@Suite("Children")
struct ChildTests {
    private static func catalog(_ child: ScriptedNode, limits: Limits = Limits()) -> ScriptedCatalog {
        let parent = ScriptedNode { visit in
            guard let answer = visit.answers.first else {
                return .ask([.child(ChildRequest(role: "helper", goal: "child", limits: limits))])
            }
            return .leave(
                "done",
                Update([
                    ("status", .string(answer.status)),
                    ("said", .string(visit.library[answer.result]?.text ?? "")),
                ])
            )
        }
        return ScriptedCatalog(["goal": .single(parent), "child": .single(child)])
    }

    private static let reporting = ScriptedNode { visit in
        guard !visit.answers.isEmpty else { return .ask([.model(tokens: 40)]) }
        var update = Update()
        update.words = [(key: "outcome", words: Words("the report"))]
        return .leave("done", update)
    }

    @Test("A child's first transition is durable with its parent's, and its result and use flow back")
    func flowsBack() throws {
        var talk = Conversation(Self.catalog(Self.reporting))
        let run = talk.start(limits: Limits(tokens: 100, steps: 10))
        let child = try #require(talk.folded(run).children.first)
        let spawned = talk.log.firstIndex { $0.kind == .childSpawned } ?? 0
        #expect(talk.log[spawned + 1].kind == .runStarted)
        #expect(talk.log[spawned + 1].parent == run)
        #expect(talk.folded(run).waiting?.reason == .child)
        #expect(talk.folded(run).budget.reserved == Usage(tokens: 50, steps: 5))
        #expect(talk.folded(child).budget.limits == Limits(tokens: 50, steps: 5))
        #expect(talk.folded(child).depth == 1)
        talk.finish(EffectResult(succeeded: true, words: Words("x"), usage: Usage(tokens: 12)))
        let state = talk.folded(run)
        #expect(state.status == .completed)
        #expect(state.budget.spent == Usage(tokens: 12, steps: 2))
        #expect(state.document["said"] == "the report")
        #expect(state.children.isEmpty)
    }

    @Test("The parent hears of a child's end only when that is durable")
    func durableFirst() {
        var talk = Conversation(Self.catalog(.leaves()))
        talk.start(commits: false)
        while !talk.pending.contains(where: { $0.transitions.last?.kind == .runCompleted }) {
            talk.commitOne()
        }
        #expect(!talk.pending.contains { $0.transitions.contains { $0.kind == .childFinished } })
        talk.commit()
        #expect(talk.count(.childFinished) == 1)
    }

    @Test("Cancelling goes down the tree")
    func cancelsDown() {
        var talk = Conversation(Self.catalog(.asks(.tool())))
        let run = talk.start()
        talk.command(run, .cancel(reason: ""))
        #expect(talk.runs.map { talk.folded($0).status } == [.cancelled, .cancelled])
        #expect(talk.last(.runCancelled)?.body["by"] == "parent")
        #expect(talk.abandoned.count == 1)
        #expect(talk.core.runs.isEmpty)
    }

    @Test("Cancelling a run in the moment in which it delegates reaches the child as well")
    func cancelsNewborn() {
        var talk = Conversation(Self.catalog(.asks(.tool())))
        let run = talk.start(commits: false)
        while !talk.pending.contains(where: { $0.transitions.contains { $0.kind == .childSpawned } }) {
            talk.commitOne()
        }
        talk.tell(.command(run, .cancel(reason: ""), by: "a", command: 9))
        talk.commit()
        #expect(talk.runs.map { talk.folded($0).status } == [.cancelled, .cancelled])
    }

    @Test("A child that the catalog refuses counts as failed, with the reason")
    func refused() {
        let node = ScriptedNode { visit in
            guard let answer = visit.answers.first else {
                return .ask([.child(ChildRequest(role: "helper", goal: "nonsense"))])
            }
            return .leave("done", Update([("said", .string(visit.library[answer.result]?.text ?? ""))]))
        }
        var talk = Conversation(node)
        let run = talk.start()
        #expect(talk.folded(run).document["said"] == "Nobody knows nonsense. Try goal.")
        #expect(talk.runs == [run])
    }

    @Test("Runs delegate only so deep")
    func depth() {
        let node = ScriptedNode { visit in
            visit.answers.isEmpty
                ? .ask([.child(ChildRequest(role: "helper", goal: "goal"))])
                : .leave("done", Update([("status", .string(visit.answers[0].status))]))
        }
        var talk = Conversation(node)
        talk.start()
        #expect(talk.runs.count == EngineLimits.depthMax + 1)
        #expect(talk.folded(talk.runs[EngineLimits.depthMax]).document["status"] == "failed")
        #expect(talk.runs.allSatisfy { talk.folded($0).status == .completed })
    }

    @Test("A child that ended while the parent was away is counted when the parent is back")
    func endsWhileAway() throws {
        var talk = Conversation(Self.catalog(Self.reporting))
        let run = talk.start()
        let call = talk.performed[0]
        talk.tell(
            .effectEnded(
                call.run.id,
                effect: call.effect,
                attempt: 1,
                .init(succeeded: true, words: Words("x"))
            )
        )
        while talk.ended.isEmpty { talk.commitOne() }
        talk.crash()
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).document["said"] == "the report")
    }

    @Test("A child whose parent ended without it is cancelled when it is taken up")
    func orphan() throws {
        var talk = Conversation(Self.catalog(.asks(.tool())))
        let run = talk.start()
        talk.tell(.command(run, .cancel(reason: ""), by: "a", command: 9))
        talk.commitOne()
        talk.crash()
        #expect(talk.runs.map { talk.folded($0).status } == [.cancelled, .cancelled])
    }

    @Test("A child gets no more than was set aside for it, even from a person")
    func grant() throws {
        var talk = Conversation(Self.catalog(.asks(.tool())))
        let run = talk.start(limits: Limits(steps: 10))
        let child = try #require(talk.folded(run).children.first)
        #expect(talk.refusal(child, .budget(Limits(steps: 50))) == "budget.grant")
        #expect(talk.refusal(child, .budget(Limits(steps: 3))) == nil)
        #expect(talk.refusal(child, .budget(Limits(tokens: 50))) == nil)
        #expect(talk.refusal(run, .budget(Limits(steps: 50))) == nil)
    }

    @Test("A run whose budget leaves nothing for a child pauses before it delegates")
    func nothingToGrant() {
        var talk = Conversation(Self.catalog(.leaves()))
        let run = talk.start(limits: Limits(steps: 1))
        #expect(talk.folded(run).statusReason == "budget:steps")
        #expect(talk.runs.count == 1)
        talk.command(run, .budget(Limits(steps: 4)))
        #expect(talk.folded(run).status == .completed)
    }
}
