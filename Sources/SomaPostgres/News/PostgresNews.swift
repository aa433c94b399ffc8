package import SomaEngine
import Synchronization

/// Something that other processes on the same database are told of: that there is news, never what.
package enum NewsChannel: String, Sendable, CaseIterable {
    /// The log has grown.
    case log = "soma_log"
    /// Commands wait.
    case command = "soma_command"
    /// Commands were answered.
    case answer = "soma_answer"
    /// Runs may be free.
    case lease = "soma_lease"
}

/// Tells other processes of news, and is told.
///
/// Never inside the transaction that makes the news: at its commit a notification takes a lock that all who notify share,
/// and appends would go one after the other. What is to be told is gathered instead, and told in a statement of its own;
/// what comes while that is under way is told with the next one. Whoever listens looks at the tables now and then anyway.
package final class PostgresNews: Sendable {
    private struct State {
        var due: Set<NewsChannel> = []
        var telling: Task<Void, Never>?
        var hasEnded = false
    }

    /// How long the next telling waits after one, so that many commits are told at once.
    private static let rest: Duration = .milliseconds(4)

    private let pool: PostgresPool
    private let state = Mutex(State())

    init(_ pool: PostgresPool) { self.pool = pool }

    /// Tells soon that there is news.
    package func ring(_ channel: NewsChannel) {
        state.withLock { state in
            guard !state.hasEnded, state.due.insert(channel).inserted, state.telling == nil else { return }
            state.telling = Task { await tell() }
        }
    }

    /// Rings a bell for each piece of news from whomever, until cancelled; and whenever some may have been missed.
    package func follow(_ channel: NewsChannel, _ bell: Bell) async {
        for await _ in pool.notifications(on: channel.rawValue) { bell.ring() }
    }

    /// Tells what is left, and nothing more after that.
    func end() async {
        let telling = state.withLock { state in
            state.hasEnded = true
            return state.telling
        }
        await telling?.value
    }

    private func tell() async {
        while let channels = take() {
            // Whoever isn't told looks anyway, a bit later: nothing is lost that the disk would have to be waited for.
            _ = try? await pool.query(
                """
                SELECT pg_notify(c, '')
                FROM set_config('synchronous_commit', 'off', true), unnest($1::text[]) AS c
                """,
                [.textArray(channels.map(\.rawValue).sorted())]
            )
            try? await Task.sleep(for: Self.rest)
        }
    }

    /// What is due; `nil` where nothing is, and the telling ends.
    private func take() -> Set<NewsChannel>? {
        state.withLock { state in
            defer { state.due = [] }
            if state.due.isEmpty { state.telling = nil }
            return state.due.isEmpty ? nil : state.due
        }
    }
}
