import SomaCore
package import SomaEngine
import SomaTraces

/// Follows what this process makes durable, and hands on the spans that it makes of it.
package actor LogTracer {
    /// How much of a log is read at a time.
    private static let pageSize = 512
    /// The longest log that is read again: a run with a longer one is left out where its beginning wasn't seen here.
    package static let logMax = 200_000
    /// How often it looks, whatever it is told.
    private static let interval: Duration = .seconds(60)
    /// How long it lets come what comes. To be woken for each commit would cost more than to make spans of it, and whoever
    /// reads traces sees nothing of so short a time.
    private static let rest: Duration = .milliseconds(200)

    private let inbox: TransitionInbox
    private let store: any EventStore
    private let exporter: SpanExporter
    private let observer: any SpanExportObserver
    private var fold: SpanFold

    /// Creates a follower of what comes into an inbox.
    package init(
        _ policy: TracingPolicy,
        inbox: TransitionInbox,
        store: any EventStore,
        exporter: SpanExporter,
        observer: any SpanExportObserver = SilentExportObserver()
    ) {
        fold = SpanFold(policy)
        self.inbox = inbox
        self.store = store
        self.exporter = exporter
        self.observer = observer
    }

    /// Follows until cancelled.
    package func run() async {
        while !Task.isCancelled {
            await catchUp()
            await inbox.wait(atMost: Self.interval)
            await inbox.fill(atMost: Self.rest)
        }
    }

    /// Takes in all that has come.
    package func catchUp() async {
        while case let news = inbox.take(), !news.isEmpty {
            if news.hasParted { fold.forgetAll() }
            for commit in news.commits { await take(commit) }
            for (run, seq) in news.missed.sorted(by: { $0.key < $1.key }) {
                await read(run, through: seq, from: (fold.seq(of: run) ?? 0) + 1)
            }
            if news.lost > 0 { observer.dropped(news.lost, .log) }
        }
    }

    private func take(_ commit: TransitionInbox.Commit) async {
        var ended: [TraceSpan] = []
        for portion in commit.portions {
            switch fold.take(portion, commit: commit.facts) {
            case .spans(let spans): ended += spans
            case .needsLog(let last, let seq):
                guard let run = portion.first?.run else { continue }
                await read(run, through: last, from: seq)
            }
        }
        exporter.add(ended)
    }

    private func read(_ run: RunID, through last: Int, from seq: Int) async {
        var log: [Transition] = []
        var place = 0
        do throws(StoreError) {
            while log.count <= Self.logMax {
                let page = try await store.transitions(of: run, after: place, limit: Self.pageSize)
                log += page.lazy.map(\.transition).filter { $0.seq <= last && $0.run == run }
                place = page.last?.transition.seq ?? last
                guard page.count == Self.pageSize, place < last else { break }
            }
        } catch {
            return observer.dropped(1, .log)
        }
        guard log.count <= Self.logMax else { return observer.dropped(1, .log) }
        exporter.add(fold.take(log: log, of: run, from: seq))
    }
}
