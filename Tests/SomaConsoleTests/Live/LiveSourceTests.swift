import SomaClient
import SomaConsole
import SomaCore
import SomaTesting
import Synchronization
import Testing

/// A daemon that a test plays: each attachment tells the next script, then ends as the script says.
private final class FakeDaemon: LiveDaemon {
    struct Script: Sendable {
        var events: [ClientEvent]
        var end: ClientError?
    }

    private let scripts: Mutex<[Script]>
    private let commands = Mutex<[ConsoleCommand]>([])
    private let failures: Mutex<Int>
    let story = Stories.done()

    init(_ scripts: [Script], failures: Int = 0) {
        self.scripts = Mutex(scripts)
        self.failures = Mutex(failures)
    }

    var performed: [ConsoleCommand] { commands.withLock { $0 } }

    func follow(_ tell: @Sendable (ClientEvent) async -> Void) async throws {
        guard let script = scripts.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
            try await Task.sleep(for: .seconds(3_600))
            return
        }
        for event in script.events { await tell(event) }
        if let end = script.end { throw end }
    }

    func log(of run: RunID) async throws -> [Transition] { story.transitions }

    func logPage(of run: RunID, after seq: Int) async throws -> (transitions: [Transition], next: Int?) {
        let rest = story.transitions.filter { $0.seq > seq }
        return (Array(rest.prefix(5)), rest.count > 5 ? rest[4].seq : nil)
    }

    func words(_ ids: [ContentID]) async throws -> [ContentID: [UInt8]] {
        let fails = failures.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw ClientError(.noDaemon, "away") }
        return Dictionary(
            uniqueKeysWithValues: ids.compactMap { id in story.words[id].map { (id, Array($0.utf8)) } }
        )
    }

    func transition(_ seq: Int, of run: RunID) async throws -> Transition? {
        story.transitions.first { $0.seq == seq }
    }

    func perform(_ command: ConsoleCommand) async throws -> RunID? {
        if case .cancel = command.action { throw ClientError(.refused(409), "The run has ended.") }
        if case .pause = command.action { throw ClientError(.noDaemon, "It went away.", isUnanswered: true) }
        commands.withLock { $0.append(command) }
        if case .fork = command.action { return RunID("forked") }
        return nil
    }
}

@Suite("Live source")
struct LiveSourceTests {
    private let snapshot = ClientEvent.snapshot(
        FleetDocument(
            position: "p1",
            holder: "d",
            runs: [Stories.failed().state],
            words: [RunBuilder.name("g"): "goal"],
            version: "1.2.3",
            roles: ["coder"]
        )
    )

    /// Reads news until something holds.
    private func read(_ source: LiveSource, until isLast: (SourceNews) -> Bool) async -> [String] {
        var told: [String] = []
        for await news in source.news {
            told.append(Self.name(news))
            if isLast(news) { break }
        }
        return told
    }

    private static func name(_ news: SourceNews) -> String {
        switch news {
        case .connection(.live): "live"
        case .connection(.reconnecting(_, let reason)): "reconnecting: \(reason)"
        case .connection(.failed(let reason)): "failed: \(reason)"
        case .connection: "connection"
        case .snapshot(let fleet): "snapshot \(fleet.runs.count)"
        case .transitions(let transitions): "transitions \(transitions.map(\.seq))"
        case .journal(_, let log): "journal \(log.count)"
        case .words(let words): "words \(words.count)"
        case .daemon(let daemon): "daemon \(daemon.version) \(daemon.roles)"
        case .output(_, _, let text): "output \(text)"
        case .receipt(_, .done(let run)): "receipt done\(run.map { " \($0)" } ?? "")"
        case .receipt(_, .refused(let reason, _)): "receipt \(reason)"
        case .receipt(_, .unanswered(let reason)): "receipt unanswered \(reason)"
        default: "other"
        }
    }

    @Test("attaching tells the snapshot, then what happens; a loss is told, and it attaches again")
    func attaches() async {
        let log = Stories.done().transitions
        let events: [ClientEvent] = [
            snapshot, .transition(log[0], position: "p2"), .lagged,
            .disconnected(reason: "reset", retryIn: .seconds(1)), .reconnected,
            .output(OutputDocument(run: log[0].run, effect: 3, bytes: Array("hi".utf8))),
        ]
        let daemon = FakeDaemon([
            .init(events: events), .init(events: [snapshot], end: ClientError(.version, "too old")),
        ])
        let time = ManualTime()
        let source = LiveSource(daemon, timing: time.timing)
        let first = await read(source) {
            if case .connection(.reconnecting(_, let why)) = $0 { why.contains("ended") } else { false }
        }
        #expect(
            first == [
                "words 1", "daemon 1.2.3 [\"coder\"]", "snapshot 1", "live", "transitions [1]",
                "reconnecting: reset", "live",
                "output hi",
                "reconnecting: the daemon ended the stream",
            ]
        )
        #expect(await eventually { !time.lengths.isEmpty })
        time.advance(by: LiveSource.retryMin)
        let second = await read(source) { if case .connection(.failed) = $0 { true } else { false } }
        #expect(second == ["words 1", "daemon 1.2.3 [\"coder\"]", "snapshot 1", "live", "failed: too old"])
        source.close()
        time.wakeAll()
    }

    @Test("words and logs are asked for again before they count as missing")
    func words() async {
        let daemon = FakeDaemon([], failures: 1)
        let time = ManualTime()
        let source = LiveSource(daemon, timing: time.timing)
        source.send(.words([RunBuilder.name("survey ./"), RunBuilder.name("unknown")]))
        #expect(await eventually { time.lengths.contains(LiveSource.retryMin) })
        time.advance(by: LiveSource.retryMin)
        var found: [ContentID: WordsState] = [:]
        for await news in source.news {
            guard case .words(let words) = news else { continue }
            found = words
            break
        }
        #expect(
            found == [
                RunBuilder.name("survey ./"): WordsState("survey ./"), RunBuilder.name("unknown"): .missing,
            ]
        )
        source.send(.journal(daemon.story.id))
        let told = await read(source) { if case .journal = $0 { true } else { false } }
        #expect(told == ["journal \(daemon.story.transitions.count)"])
        source.close()
        time.wakeAll()
    }

    @Test("commands get a receipt, refusals their reason")
    func commands() async {
        let daemon = FakeDaemon([])
        let time = ManualTime()
        let source = LiveSource(daemon, timing: time.timing)
        source.send(.command(ConsoleCommand(RunID("a"), .resume)))
        #expect(await read(source) { _ in true } == ["receipt done"])
        #expect(daemon.performed == [ConsoleCommand(RunID("a"), .resume)])
        source.send(.command(ConsoleCommand(RunID("a"), .fork(at: 3))))
        #expect(await read(source) { _ in true } == ["receipt done forked"])
        source.send(.command(ConsoleCommand(RunID("a"), .pause)))
        #expect(await read(source) { _ in true } == ["receipt unanswered It went away."])
        source.send(.command(ConsoleCommand(RunID("a"), .cancel(reason: ""))))
        #expect(await read(source) { _ in true } == ["receipt The run has ended."])
        source.close()
        time.wakeAll()
    }

    @Test("the past is fetched page by page, told as a recording's, moved in, and let go of")
    func past() async throws {
        let daemon = FakeDaemon([.init(events: [snapshot])])
        let source = LiveSource(daemon, timing: ManualTime().timing)
        let story = daemon.story
        let runs = [PastRun(id: story.id, first: 0, last: story.transitions.count - 2, startedAt: start)]
        source.send(.past(.open(number: 3, runs)))
        var opened: [SourceNews] = []
        _ = await read(source) { news in
            guard case .past(.opened(3, 1, let told)) = news else { return false }
            opened = told
            return true
        }
        var fleet = Fleet()
        for case .transitions(let transitions) in opened {
            for transition in transitions { fleet.apply(transition) }
        }
        #expect(fleet.transitions == story.transitions.count - 2)
        source.send(.replay(.transition(4)))
        _ = await read(source) { news in
            guard case .past(.told(3, let told)) = news else { return false }
            return told.contains { if case .replay(let place) = $0 { place.transition == 4 } else { false } }
        }
        source.send(.past(.close))
        source.send(.replay(.transition(2)))
        source.send(.past(.open(number: 4, runs)))
        let names = await read(source) { if case .past(.opened(4, _, _)) = $0 { true } else { false } }
        #expect(!names.isEmpty)
        source.close()
    }
}
