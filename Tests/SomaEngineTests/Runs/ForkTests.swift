import SomaCore
import SomaEngine
import Testing

@Suite("Forks")
struct ForkTests {
    @Test("A fork goes on from the origin's state, with its document edited")
    func edits() throws {
        let node = ScriptedNode { visit in
            visit.answers.isEmpty
                ? .ask([.tool()]) : .leave("done", Update([("copy", visit.run.document["mode"] ?? "none")]))
        }
        var talk = Conversation(node)
        let run = talk.start()
        let seq = talk.folded(run).seq
        talk.finish()
        let fork = try talk.fork(run, at: seq, edit: ["mode": "other", "workspace": nil]).get()
        #expect(talk.performed.count == 2)
        talk.finish()
        let state = talk.folded(fork)
        #expect(state.origin == RunState.Origin(run: run, seq: seq))
        #expect(state.document["copy"] == "other")
        #expect(state.document["workspace"] == nil)
        #expect(talk.folded(run).document["copy"] == "none")
        #expect(talk.log.first { $0.run == fork }?.seq == seq + 1)
    }

    @Test("A fork of a run that ended, or had nothing left to do, is refused")
    func ended() {
        var talk = Conversation(.leaves())
        let run = talk.start()
        let last = talk.folded(run).seq
        for seq in [last, last - 1] {
            guard case .failure(let refusal) = talk.fork(run, at: seq) else {
                Issue.record("The fork at \(seq) was not refused.")
                continue
            }
            #expect(refusal.code == "fork.ended")
        }
    }

    @Test("What may have happened once is in doubt in a fork; a child that didn't answer has failed there")
    func underWay() throws {
        let node = ScriptedNode { visit in
            visit.answers.isEmpty
                ? .ask([.tool("mail", .once), .tool("ls"), .child(ChildRequest(role: "r", goal: "child"))])
                : .leave("done")
        }
        var talk = Conversation(
            ScriptedCatalog(["goal": .single(node), "child": .single(.asks(.tool("slow")))])
        )
        let run = talk.start()
        let fork = try talk.fork(run, at: talk.folded(run).seq).get()
        let requests = talk.folded(fork).activations.flatMap(\.requests)
        #expect(requests.map(\.state) == [.inDoubt, .started, .failed])
        #expect(requests.map(\.status) == ["", "", "forked"])
        #expect(talk.folded(fork).children.isEmpty)
    }

    @Test("A fork between a request and the question about it asks the question itself")
    func approval() throws {
        var talk = Conversation(
            .asks(.tool("rm", .once, approval: .init(risk: "deletes", reason: "asked for")))
        )
        let run = talk.start()
        let requested = try #require(talk.last(.effectRequested)?.seq)
        let fork = try talk.fork(run, at: requested).get()
        #expect(talk.performed.isEmpty)
        #expect(talk.folded(fork).waiting?.reason == .person)
        talk.command(fork, .answer(seq: nil, .approve(arguments: nil)))
        #expect(talk.performed.map(\.run.id) == [fork])
    }

    @Test("A question that was open is asked of the fork by itself")
    func question() throws {
        var talk = Conversation(.asks(.question(Words("Which?"))))
        let run = talk.start()
        let fork = try talk.fork(run, at: talk.folded(run).seq).get()
        talk.command(fork, .answer(seq: nil, .reply("this")))
        #expect(talk.folded(fork).status == .completed)
        #expect(talk.folded(run).waiting?.reason == .person)
    }

    @Test("A fork is read back from its bytes as the state that it is")
    func replays() throws {
        var talk = Conversation(.asks(.tool(), .question(Words("Which?"))))
        let run = talk.start()
        let fork = try talk.fork(run, at: talk.folded(run).seq).get()
        var replayed = RunState(id: fork)
        for transition in talk.log where transition.run == fork {
            replayed.apply(try Transition(cloudEvent: transition.cloudEvent()))
        }
        #expect(talk.core.state(of: fork) == replayed)
    }

    @Test("A fork whose graph is no longer known is refused, and a draining engine forks nothing")
    func refusals() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        let seq = talk.folded(run).seq
        talk.core.use(ScriptedCatalog([:]))
        guard case .failure(let unknown) = talk.fork(run, at: seq) else {
            Issue.record("The fork was not refused.")
            return
        }
        #expect(unknown.code == "graph.unknown")
        talk.say(.drain)
        guard case .failure(let draining) = talk.fork(run, at: seq) else {
            Issue.record("The fork was not refused.")
            return
        }
        #expect(draining.code == "draining")
    }
}
