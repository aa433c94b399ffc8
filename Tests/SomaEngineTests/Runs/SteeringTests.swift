import SomaCore
import SomaEngine
import Testing

@Suite("Steering")
struct SteeringTests {
    @Test("A paused run takes in what was under way and decides nothing until it is resumed")
    func pause() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        talk.command(run, .pause)
        #expect(talk.folded(run).waiting?.reason == .pause)
        talk.finish()
        #expect(talk.count(.effectFinished) == 1)
        #expect(talk.folded(run).status == .paused)
        #expect(
            talk.command(run, .pause) == .success(.init(run: run, seq: talk.folded(run).seq, status: .paused))
        )
        talk.command(run, .resume)
        #expect(talk.folded(run).status == .completed)
    }

    @Test("A paused run stays paused over a crash, and goes on as a crashed one when resumed")
    func pausedCrash() {
        var talk = Conversation(.asks(.tool("mail", .once)))
        let run = talk.start()
        talk.command(run, .pause)
        talk.crash()
        #expect(talk.folded(run).status == .paused)
        talk.command(run, .resume)
        #expect(talk.folded(run).waiting?.reason == .doubt)
    }

    @Test("A cancelled run ends at once and gives up what is under way")
    func cancel() {
        var talk = Conversation(.asks(.tool(), .tool("b")))
        let run = talk.start()
        talk.command(run, .cancel(reason: "Enough."))
        let state = talk.folded(run)
        #expect(state.status == .cancelled)
        #expect(talk.abandoned == talk.performed.map(\.effect))
        #expect(state.outcome.flatMap { talk.content[$0]?.text } == "Enough.")
        let before = talk.log.count
        talk.finish()
        #expect(talk.log.count == before)
        #expect(talk.refusal(run, .resume) == "run.missing")
    }

    @Test("Commands that wait while a run ends are told that it has")
    func afterEnd() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        talk.tell(.command(run, .cancel(reason: ""), by: "a", command: 60))
        talk.tell(.command(run, .pause, by: "a", command: 61))
        talk.commit()
        guard case .failure(let refusal) = talk.replies[61] else {
            Issue.record("The pause was not refused.")
            return
        }
        #expect(refusal.code == "run.ended")
        #expect("\(refusal)".contains("cancelled"))
    }

    @Test("A command that changes nothing is answered only once what it saw is durable")
    func noEarlyReplies() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        talk.tell(.command(run, .pause, by: "a", command: 70))
        talk.commitOne()
        talk.tell(.command(run, .resume, by: "a", command: 71))
        talk.tell(.command(run, .pause, by: "a", command: 72))
        talk.tell(.command(run, .pause, by: "a", command: 73))
        #expect(talk.replies[73] == nil)
        talk.commit()
        #expect(talk.replies[73] == .success(.init(run: run, seq: talk.folded(run).seq, status: .paused)))
    }

    @Test("A start that the catalog refuses is told so, with what to do")
    func refusedStart() {
        var talk = Conversation(.leaves())
        talk.start("nonsense")
        guard case .failure(let refusal) = talk.replies[1] else {
            Issue.record("The start was not refused.")
            return
        }
        #expect(refusal.code == "goal.unknown")
        #expect(refusal.description == "Nobody knows nonsense. Try goal.")
    }

    @Test("A draining engine starts nothing, keeps results, and leaves the rest to the next process")
    func drain() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        talk.say(.drain)
        talk.start()
        #expect(talk.replies[2] == .failure(CommandRefusal.drainingForTests))
        talk.finish()
        #expect(talk.count(.effectFinished) == 1)
        #expect(talk.count(.nodeLeft) == 0)
        talk.ring { _ in true }
        talk.crash()
        #expect(talk.folded(run).status == .completed)
    }

    @Test("Snapshots are due by size, and are the fold of the log")
    func snapshots() {
        let graph = Graph(
            name: "circle",
            entry: "A",
            nodes: [.init("A", .task("a"))],
            edges: [.init("A", "*", "A", passesMax: 150), .init("A", "*", Graph.end)]
        )
        var talk = Conversation(ScriptedCatalog(["goal": .of(graph, ["a": .leaves()])]))
        let run = talk.start()
        #expect(talk.folded(run).status == .completed)
        #expect(talk.snapshots.count > 1)
        for snapshot in talk.snapshots { #expect(snapshot == talk.folded(run, upTo: snapshot.seq)) }
    }

    @Test("A long run keeps only the words at hand that its state names, and those are all that it needs")
    func manyWords() {
        let node = ScriptedNode { visit in
            let seen = visit.words("seen")?.text ?? ""
            guard let answer = visit.answers.first else {
                return .ask([.tool(attempts: 2, arguments: "visit \(visit.activation.visit)")])
            }
            var update = Update()
            let said = visit.library[answer.result]?.text ?? "nothing"
            update.words = [(key: "seen", words: Words(seen + said.suffix(1)))]
            return .leave("done", update)
        }
        let graph = Graph(
            name: "circle",
            entry: "A",
            nodes: [.init("A", .task("a"))],
            edges: [.init("A", "*", "A", passesMax: 79), .init("A", "*", Graph.end)]
        )
        var talk = Conversation(ScriptedCatalog(["goal": .of(graph, ["a": node])]))
        let run = talk.start()
        for visit in 1...80 {
            if visit.isMultiple(of: 9) {
                talk.finish(EffectResult(succeeded: false, isRetryable: true, words: Words("busy \(visit)")))
                talk.ring { if case .retry = $0 { true } else { false } }
            }
            #expect(talk.performed.last?.arguments.text == "visit \(visit)")
            if visit.isMultiple(of: 30) { talk.crash() }
            talk.finish(EffectResult(succeeded: true, words: Words("result \(visit % 10)")))
        }
        let state = talk.folded(run)
        let seen = state.document.words("seen").flatMap { talk.content[$0]?.text }
        #expect(seen == (1...80).map { "\($0 % 10)" }.joined())
        #expect(state.status == .completed)
    }

    @Test("Other roles hold for runs that start from then on")
    func otherCatalog() {
        var talk = Conversation(.leaves())
        talk.core.use(ScriptedCatalog(["new": .single(.leaves())]))
        talk.start("new")
        #expect(talk.runs.map { talk.folded($0).status } == [.completed])
    }
}

extension CommandRefusal {
    /// As the engine says it.
    fileprivate static let drainingForTests = CommandRefusal(
        .unavailable,
        code: "draining",
        "The daemon is stopping and starts nothing new. Try again when it is back."
    )
}
