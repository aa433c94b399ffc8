import SomaCore
import SomaSimulation
import SomaTesting
import Synchronization
import Testing

@testable import SomaEngine

@Suite("Conversation worker")
struct ConversationWorkerTests {
    private static let catalog = ScriptedCatalog([
        "hello": .single(says("Hello yourself.")), "again": .single(says("Again.")),
        "ask": .single(.asks(.question(Words("Which?")))),
    ])

    private static func says(_ text: String) -> ScriptedNode {
        var update = Update()
        update.words = [("outcome", Words(text))]
        return .leaves("done", update)
    }

    /// An engine, a conversation, and a worker that is told of the ends of runs.
    private struct Desk {
        let store = MemoryStore()
        let engine: Engine
        let id = ConversationID("talk")
        let told = Told()

        init() async throws {
            engine = try await Engine(
                store: store,
                catalog: ConversationWorkerTests.catalog,
                effects: ScriptedEffects(),
                holder: "tests",
                generator: TestGenerator(state: 3)
            )
            await store.create(SomaEngine.Conversation(id: id, startedAt: Timestamp(microseconds: 1)))
        }

        func worker(
            seed: UInt64 = 1,
            _ sessions: (any SessionKeeper)? = nil,
            traces: TraceSampling? = nil
        ) async throws -> ConversationWorker {
            ConversationWorker(
                store: store,
                sessions: sessions,
                starter: engine,
                hasher: KeyedContentHasher(secret: try await store.contentSecret()),
                now: { Timestamp(microseconds: 5) },
                generator: TestGenerator(state: seed),
                traces: traces,
                announce: { [told] _, message, trace in
                    told.messages.withLock { $0.append(message) }
                    told.traces.withLock { $0.append(trace) }
                }
            )
        }

        func post(_ text: String, trace: TraceContext? = nil) async throws {
            let words = Words(text)
            let hasher = KeyedContentHasher(secret: try await store.contentSecret())
            let content = Content(
                id: hasher.id(of: words, after: nil, subject: "local"),
                subject: "local",
                words: words
            )
            try await store.keep(content)
            let count = await store.messages(of: id, after: 0, limit: 1000).count
            _ = await store.post(
                content.id,
                key: "\(count)",
                at: Timestamp(microseconds: 2),
                trace: trace,
                to: id
            )
        }

        /// Works until every message has its answer, as whoever follows the log does.
        func settle(_ worker: ConversationWorker) async throws {
            while case .working(let run) = try await worker.advance(id) {
                try await EngineTests.wait(engine, run) { $0.status.isTerminal }
                try await worker.ended(run)
            }
        }

        func said() async throws -> [String] {
            let messages = await store.messages(of: id, after: 0, limit: 1000)
            let words = try await store.content(messages.map(\.words))
            return messages.map {
                "\($0.author.rawValue) \($0.status.rawValue): \(words[$0.words]?.text ?? "?")"
            }
        }
    }

    private final class Told: Sendable {
        let messages = Mutex<[Message]>([])
        let traces = Mutex<[TraceContext?]>([])
    }

    @Test("a message's trace is its run's, whoever starts it, and its answer leads there")
    func traced() async throws {
        let desk = try await Desk()
        let caller = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                tracestate: "rojo=1"
            )
        )
        try await desk.post("hello", trace: caller)
        try await desk.post("again")
        try await desk.post("fly to the moon", trace: caller)
        // The first worker gives the message its run's name and is gone before it starts the run.
        let first = try #require(await desk.store.turn(of: desk.id, earlier: 0))
        _ = await desk.store.begin(first.message.number, of: desk.id, run: RunID("named"))
        try await desk.settle(try await desk.worker(seed: 2, traces: .all))
        let runs = try await desk.store.runs(RunFilter())
        let run = try #require(runs.first { $0.id == RunID("named") })
        #expect(run.traceID == caller.trace && run.isTraceSampled == true && run.traceState == "rojo=1")
        let log = try await desk.store.transitions(of: run.id, after: 0, limit: 1).map(\.transition)
        #expect(log.first?.span == caller.span.description)
        let other = try #require(runs.first { $0.id != run.id })
        #expect(other.trace == nil)
        let told = desk.told.traces.withLock { $0 }
        #expect(
            told == [
                TraceContext(
                    trace: caller.trace,
                    span: TraceIdentity.span(of: run.id),
                    isSampled: true,
                    state: "rojo=1"
                ),
                TraceContext(
                    trace: TraceIdentity.trace(of: other.id),
                    span: TraceIdentity.span(of: other.id),
                    isSampled: true
                ),
                // No run could be started: it leads back to who asked.
                caller,
            ]
        )
    }

    @Test("each message becomes a run, one after the other, and its outcome the answer")
    func answers() async throws {
        let desk = try await Desk()
        let worker = try await desk.worker()
        #expect(try await worker.advance(desk.id) == .answered)
        try await desk.post("hello")
        try await desk.post("again")
        let first = try await worker.advance(desk.id)
        guard case .working(let run) = first else {
            return #expect(Bool(false), "\(String(describing: first))")
        }
        try await EngineTests.wait(desk.engine, run) { $0.status.isTerminal }
        try await desk.settle(worker)
        #expect(
            try await desk.said() == [
                "person answered: hello", "person answered: again", "agent completed: Hello yourself.",
                "agent completed: Again.",
            ]
        )
        #expect(desk.told.messages.withLock { $0.map(\.number) } == [3, 4])
        let runs = try await desk.store.runs(RunFilter())
        #expect(runs.map(\.conversation) == [desk.id, desk.id])
        // The later one is told what was said before it, and only that.
        let second = try #require(runs.first { $0.id != run })
        #expect(second.startedAt >= runs.first { $0.id == run }?.lastAt ?? second.startedAt)
        let words = try await desk.store.content(second.saidBefore.map(\.words))
        #expect(second.saidBefore.map { words[$0.words]?.text } == ["hello", "Hello yourself."])
        #expect(second.saidBefore.map(\.author) == ["person", "agent"])
    }

    @Test("what can't be started is answered with the reason, and the next message is not kept waiting")
    func refused() async throws {
        let desk = try await Desk()
        let worker = try await desk.worker()
        try await desk.post("fly to the moon")
        try await desk.post("hello")
        try await desk.settle(worker)
        #expect(
            try await desk.said()[2...] == [
                "agent refused: Nobody knows fly to the moon. Try goal.", "agent completed: Hello yourself.",
            ]
        )
    }

    @Test("a run that is cancelled answers so")
    func cancelled() async throws {
        let desk = try await Desk()
        let worker = try await desk.worker()
        try await desk.post("ask")
        guard case .working(let run) = try await worker.advance(desk.id) else { return #expect(Bool(false)) }
        #expect(try await worker.advance(desk.id) == .working(run))
        _ = try await desk.engine.command(run, .cancel(reason: "enough"), by: "anna").get()
        try await desk.settle(worker)
        let last = try #require(await desk.store.messages(of: desk.id, after: 0, limit: 10).last)
        #expect(last.status == .cancelled && last.answers == 1 && last.run == run)
    }

    @Test("two workers that are told the same again and again start each run once and answer once")
    func workers() async throws {
        let desk = try await Desk()
        for _ in 0..<10 { try await desk.post("hello") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 1...4 {
                let worker = try await desk.worker(seed: UInt64(seed))
                for _ in 0..<3 { group.addTask { try await desk.settle(worker) } }
            }
            try await group.waitForAll()
        }
        // A call that found another at work may have left before the end.
        try await desk.settle(try await desk.worker(seed: 9))
        let messages = await desk.store.messages(of: desk.id, after: 0, limit: 100)
        #expect(messages.filter { $0.author == .agent }.map(\.answers) == Array(1...10))
        #expect(try await desk.store.runs(RunFilter()).count == 10)
        #expect(desk.told.messages.withLock { $0.map(\.answers) }.count == 10)
    }

    @Test("a worker that dies between any two of its steps is taken over by the next")
    func crashes() async throws {
        for step in 0..<4 {
            let desk = try await Desk()
            try await desk.post("hello")
            let fresh = RunID("fresh")
            if step > 0 { _ = await desk.store.begin(1, of: desk.id, run: fresh) }
            if step > 1 {
                var request = StartRequest(goal: "hello")
                request.id = fresh
                _ = try await desk.engine.start(request).get()
                if step > 2 { try await EngineTests.wait(desk.engine, fresh) { $0.status.isTerminal } }
                // Started once more by whoever didn't know.
                #expect(try await desk.engine.start(request).get().run == fresh)
            }
            try await desk.settle(try await desk.worker())
            #expect(try await desk.store.runs(RunFilter()).count == 1, "step \(step)")
            #expect(try await desk.said().last == "agent completed: Hello yourself.", "step \(step)")
        }
    }

    @Test("a store or an engine that is away is said, and nothing is answered for it")
    func away() async throws {
        let desk = try await Desk()
        let worker = try await desk.worker()
        try await desk.post("hello")
        await desk.engine.drain(grace: .zero)
        await #expect(throws: ConversationError.self) { try await worker.advance(desk.id) }
        #expect(try await desk.said() == ["person working: hello"])
        // The worker is free again.
        await #expect(throws: ConversationError.self) { try await worker.advance(desk.id) }
    }

    @Test("who was promised another look gets it, also where the look that was under way went wrong")
    func onceMore() async throws {
        let desk = try await Desk()
        try await desk.post("hello")
        let starter = AwayAtFirst(desk.engine)
        let worker = ConversationWorker(
            store: desk.store,
            starter: starter,
            hasher: KeyedContentHasher(secret: try await desk.store.contentSecret()),
            now: { Timestamp(microseconds: 5) },
            generator: TestGenerator(state: 1),
            announce: { _, _, _ in }
        )
        await starter.meanwhile {
            let standing = try? await worker.advance(desk.id)
            #expect(standing == nil)
        }
        guard case .working(let run) = try await worker.advance(desk.id) else {
            Issue.record("It was not looked at once more.")
            return
        }
        #expect(try await desk.store.run(run, at: nil) != nil)
        #expect(await starter.count == 2)
    }

    @Test("what is read again for each message is kept, and used instead of the store")
    func sessions() async throws {
        let desk = try await Desk()
        let sessions = MemorySessions()
        try await desk.post("hello")
        try await desk.settle(try await desk.worker(sessions))
        let hasher = KeyedContentHasher(secret: try await desk.store.contentSecret())
        let bytes = try #require(await sessions.session("conversation:talk"))
        var session = try #require(ConversationSession(bytes, of: desk.id, hasher))
        #expect(session.conversation == (await desk.store.conversation(desk.id)))
        #expect(session.words.values.map(\.text) == ["hello"])
        // What only the session says is what the next run is told.
        session.conversation.workspace = "/of/the/session"
        for name in session.words.keys { session.words[name] = Words("as kept") }
        await sessions.keep(session.sealed(hasher), as: "conversation:talk")
        try await desk.post("again")
        try await desk.settle(try await desk.worker(seed: 2, sessions))
        let run = try #require(try await desk.store.runs(RunFilter()).first)
        #expect(run.document["workspace"] == "/of/the/session")
        let words = try await desk.store.content(run.saidBefore.map(\.words))
        #expect(run.saidBefore.map { words[$0.words]?.text } == ["as kept", "Hello yourself."])
        #expect(try await desk.said().last == "agent completed: Again.")
    }

    @Test(
        "a keeper that forgets, or keeps what is none of ours, changes nothing",
        arguments: [nil, [], [UInt8](repeating: 7, count: 500)] as [[UInt8]?]
    )
    func forgetful(bytes: [UInt8]?) async throws {
        let desk = try await Desk()
        let sessions = MemorySessions()
        let worker = try await desk.worker(sessions)
        for text in ["hello", "again"] {
            sessions.kept.withLock { $0["conversation:talk"] = bytes }
            try await desk.post(text)
            try await desk.settle(worker)
        }
        #expect(
            try await desk.said() == [
                "person answered: hello", "agent completed: Hello yourself.", "person answered: again",
                "agent completed: Again.",
            ]
        )
    }

    @Test("conversations in memory", arguments: ConversationContract.all)
    func memory(_ check: ConversationContract.Case) async throws { try await check.run(MemoryStore()) }
}

/// Starts nothing the first time, and lets something happen meanwhile.
private actor AwayAtFirst: RunStarter {
    private let engine: Engine
    private var happens: @Sendable () async -> Void = {}
    private(set) var count = 0

    init(_ engine: Engine) { self.engine = engine }

    func meanwhile(_ happens: @escaping @Sendable () async -> Void) { self.happens = happens }

    func start(_ request: StartRequest) async -> Result<CommandReceipt, CommandRefusal> {
        count += 1
        guard count == 1 else { return await engine.start(request) }
        await happens()
        return .failure(CommandRefusal(.unavailable, code: "away", "Nobody is there."))
    }
}
