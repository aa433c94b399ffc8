package import SomaClient
import SomaCore
package import SomaTerminal
import Synchronization

/// What `soma perf ingest --source sse` measures: the whole console while it reads a daemon's stream from the beginning of
/// the log to where that ended.
package enum StreamPerf {
    /// Runs the console.
    /// - Returns: `nil` where the stream can't be read; why is the second value.
    /// - Throws: `ClientError` where the daemon doesn't say where its log ends.
    package static func measure(
        _ daemon: DaemonClient,
        size: Size
    ) async throws(ClientError) -> (perf: IngestPerf?, trouble: String?) {
        let end = try await daemon.daemon().position
        guard end != StreamReader.start else { return (nil, "The daemon's log is empty: start a run first.") }
        let reader = StreamReader(daemon, until: end)
        var options = ConsoleProgram.Options()
        options.opens = Opening(.events)
        let source = LiveSource(reader, timing: .system)
        let perf = await IngestPerf.measure(source, options, size: size) { await reader.wait() }
        return (perf, reader.trouble)
    }
}

/// A daemon whose whole log is told as if it happened now.
private final class StreamReader: LiveDaemon {
    /// The place before everything.
    static let start = "p0"

    private struct State {
        var read = 0
        var isOver = false
        var trouble: String?
    }

    private let daemon: DaemonClient
    private let end: String
    private let ending: AsyncStream<Void>
    private let teller: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init(_ daemon: DaemonClient, until end: String) {
        self.daemon = daemon
        self.end = end
        (ending, teller) = AsyncStream.makeStream()
    }

    /// Why the stream can't be read.
    var trouble: String? { state.withLock(\.trouble) }

    /// Waits for the end.
    /// - Returns: How many transitions there were; `nil` where it can't be read.
    func wait() async -> Int? {
        for await _ in ending {}
        return state.withLock { $0.trouble == nil ? $0.read : nil }
    }

    func follow(_ tell: @Sendable (ClientEvent) async -> Void) async throws {
        do {
            await tell(.snapshot(FleetDocument(position: Self.start, holder: "", runs: [], words: [:])))
            for try await event in daemon.follow(after: Self.start) {
                await tell(event)
                note(event)
            }
        } catch {
            finish("\(error)")
            throw error
        }
    }

    private func note(_ event: ClientEvent) {
        switch event {
        case .transition(_, let position):
            state.withLock { if !$0.isOver { $0.read += 1 } }
            if position == end { finish(nil) }
        case .disconnected(let reason, _): finish(reason)
        case .snapshot, .output, .lagged, .reconnected: break
        }
    }

    private func finish(_ trouble: String?) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            state.trouble = trouble
        }
        teller.finish()
    }

    func log(of run: RunID) async throws -> [Transition] { try await daemon.log(of: run) }

    func logPage(of run: RunID, after seq: Int) async throws -> (transitions: [Transition], next: Int?) {
        try await daemon.logPage(of: run, after: seq)
    }

    func words(_ ids: [ContentID]) async throws -> [ContentID: [UInt8]] { try await daemon.words(ids) }

    func transition(_ seq: Int, of run: RunID) async throws -> Transition? {
        try await daemon.transition(seq, of: run)
    }

    func perform(_ command: ConsoleCommand) async throws -> RunID? { try await daemon.perform(command) }
}
