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

    private func refusal(_ reply: Result<RunID, CommandRefusal>) -> CommandRefusal? {
        guard case .failure(let refusal) = reply else { return nil }
        return refusal
    }

    @Test("A fork of a run that ended, or had nothing left to do, is refused")
    func ended() {
        var talk = Conversation(.leaves())
        let run = talk.start()
        let last = talk.folded(run).seq
        #expect(refusal(talk.fork(run, at: last))?.code == "fork.ended")
        #expect(refusal(talk.fork(run, at: last - 1, isOld: true))?.code == "fork.ended")
    }

    @Test("A fork begins where a decision is complete, and elsewhere is told the nearest such places")
    func decisions() throws {
        let node = ScriptedNode { visit in
            visit.answers.isEmpty
                ? .ask([
                    .tool("a"), .question(Words("Which?")), .tool("b"),
                    .child(.init(role: "r", goal: "child")),
                ])
                : .leave("done")
        }
        var talk = Conversation(
            ScriptedCatalog(["goal": .single(node), "child": .single(.asks(.tool("slow")))])
        )
        let run = talk.start()
        let log = talk.log.filter { $0.run == run }
        // Started, entered, then one decision: four requests and two calls.
        #expect(log.map(\.more) == [0, 0, 5, 4, 3, 2, 1, 0])
        for transition in log {
            let reply = talk.fork(run, at: transition.seq)
            guard transition.more > 0 else {
                let fork = try reply.get()
                // Whatever the decision asked for is asked in the fork as well.
                if transition.seq == 8 { #expect(talk.folded(fork).activations[0].requests.count == 4) }
                continue
            }
            #expect(refusal(reply)?.code == "fork.inside")
            #expect(
                refusal(reply)?.message
                    == "\(run.short)/\(transition.seq) is in the middle of a decision. Fork from \(run.short)/2 or "
                    + "\(run.short)/8."
            )
        }
    }

    @Test("What is nested too deeply to be read back is refused")
    func deep() throws {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        var value: JSON = 1
        for _ in 0..<EngineLimits.nestingMax { value = [value] }
        let reply = talk.fork(run, at: talk.folded(run).seq, edit: ["deep": value])
        #expect(refusal(reply)?.code == "document.deep")
        let flat = try talk.fork(run, at: talk.folded(run).seq, edit: ["deep": value[0] ?? .null]).get()
        #expect(talk.folded(flat).document["deep"] == value[0])
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
        // As in a log that was written before it said where decisions are complete.
        let fork = try talk.fork(run, at: requested, isOld: true).get()
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
        #expect(talk.log.last { $0.run == fork && $0.kind == .runForked }?.body["state"]?["started"] != nil)
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
