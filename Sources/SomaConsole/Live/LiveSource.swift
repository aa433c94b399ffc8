import SomaClient
import SomaCore
import Synchronization

/// A daemon as a source: attaches, follows, and attaches again where that was lost.
package final class LiveSource: ConsoleSource {
    package let news: AsyncStream<SourceNews>
    private let daemon: any LiveDaemon
    private let timing: ConsoleProgram.Timing
    private let queue = NewsQueue()
    private let tasks = TaskBag()
    private let past: PastReader

    /// How long the console waits before it tries again, each time twice as long.
    package static let retryMin = Duration.seconds(1)
    /// The longest wait.
    package static let retryMax = Duration.seconds(10)
    /// How often words or a log are asked for before they count as missing.
    private static let triesMax = 3

    /// Attaches at once.
    package init(_ daemon: any LiveDaemon, timing: ConsoleProgram.Timing) {
        self.daemon = daemon
        self.timing = timing
        past = PastReader(daemon, timing, queue)
        news = AsyncStream { [queue] in await queue.next() }
        tasks.add { [daemon, timing, queue] in await Self.follow(daemon, timing, queue) }
    }

    package func send(_ request: SourceRequest) {
        switch request {
        case .past(.open(let number, let runs)): return past.open(number, runs)
        case .past(.close): return past.close()
        case .replay(let move): return past.move(move)
        case .rows(let rows): return past.look { $0.rows(rows) }
        case .page(let number, let rows): return past.look { $0.page(number, rows) }
        case .search(let number, let filter, let row):
            return past.look { $0.search(number, filter, from: row) }
        case .stopSearch: return
        case .words, .journal, .tail, .transition, .command: break
        }
        tasks.add { [daemon, timing, queue] in
            switch request {
            case .words(let ids):
                let found = await Self.trying(timing) { try await daemon.words(ids) } ?? [:]
                let states = ids.map { id in
                    (id, found[id].map { WordsState(String(decoding: $0, as: UTF8.self)) } ?? .missing)
                }
                await queue.put(.words(Dictionary(states, uniquingKeysWith: { first, _ in first })))
            case .journal(let run):
                guard let log = await Self.trying(timing, { try await daemon.log(of: run) }) else { return }
                await queue.put(.journal(run, log))
            case .tail(let run, let seq):
                let tail = await Self.trying(timing) {
                    try await daemon.logPage(of: run, after: seq).transitions
                }
                await queue.put(.tail(run, tail))
            case .command(let command):
                await queue.put(.receipt(command, await daemon.outcome(of: command)))
            case .transition(let run, let seq):
                guard let found = await Self.trying(timing, { try await daemon.transition(seq, of: run) }),
                    let transition = found
                else { return }
                await queue.put(.transition(transition))
            case .replay, .past, .rows, .page, .search, .stopSearch: return
            }
        }
    }

    package func close() {
        tasks.cancel()
        past.close()
        queue.close()
    }

    private static func trying<Value: Sendable>(
        _ timing: ConsoleProgram.Timing,
        _ body: @Sendable () async throws -> Value
    ) async -> Value? {
        for attempt in 1...triesMax {
            if let value = try? await body() { return value }
            guard attempt < triesMax, !Task.isCancelled else { break }
            await timing.sleep(retryMin)
        }
        return nil
    }

    private static func follow(
        _ daemon: any LiveDaemon,
        _ timing: ConsoleProgram.Timing,
        _ queue: NewsQueue
    ) async {
        var failures = 0
        while !Task.isCancelled {
            var reason = "the daemon ended the stream"
            let heard = Mutex(false)
            do {
                try await daemon.follow { event in
                    heard.withLock { $0 = true }
                    await queue.put(news(of: event, timing))
                }
            } catch let error as ClientError where error.kind != .noDaemon && error.kind != .garbled {
                // Asking again would be answered in the same way.
                return await queue.put([.connection(.failed(error.description))])
            } catch {
                reason = "\(error)"
            }
            guard !Task.isCancelled else { return }
            failures = heard.withLock { $0 } ? 1 : failures + 1
            let wait = min(retryMax, retryMin * (1 << min(failures - 1, 8)))
            await queue.put([.connection(.reconnecting(retryAt: timing.now() + wait, reason: reason))])
            await timing.sleep(wait)
        }
    }

    private static func news(of event: ClientEvent, _ timing: ConsoleProgram.Timing) -> [SourceNews] {
        switch event {
        case .snapshot(let document):
            let words = document.words.mapValues { WordsState($0) }
            // A daemon from before these were told tells neither.
            let facts = DaemonFacts(version: document.version, roles: document.roles)
            return [.words(words)] + (facts.version.isEmpty ? [] : [.daemon(facts)])
                + [.snapshot(document.fleet), .connection(.live(lag: nil))]
        case .transition(let transition, _): return [.transitions([transition])]
        case .output(let output):
            let text = String(decoding: output.bytes, as: UTF8.self)
            return [.output(output.run, effect: output.effect, text: text)]
        case .lagged: return []
        case .disconnected(let reason, let retryIn):
            return [.connection(.reconnecting(retryAt: timing.now() + retryIn, reason: reason))]
        case .reconnected: return [.connection(.live(lag: nil))]
        }
    }
}
