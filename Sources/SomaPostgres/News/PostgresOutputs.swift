import SomaCore
package import SomaEngine
import Synchronization

/// Passes on what effects print to the processes whose clients watch: shown as it comes, and kept nowhere.
///
/// It goes with notifications, which the server holds in memory until those who listen have them. What is too much, or comes
/// while the server is away, is lost, and nobody who prints waits for it.
package final class PostgresOutputs: Sendable {
    private struct State {
        var gathered = OutputGatherer()
        var telling: Task<Void, Never>?
        var hasEnded = false
    }

    static let channel = "soma_output"
    /// How long is gathered what is told at once.
    private static let rest: Duration = .milliseconds(100)
    /// The most that the server takes of a notification, in bytes.
    private static let payloadMax = 7999

    private let pool: PostgresPool
    /// Tells this process's own from what others tell.
    private let sender = String(UInt64.random(in: 0 ... .max), radix: 36)
    private let state = Mutex(State())

    init(_ pool: PostgresPool) { self.pool = pool }

    /// Tells others soon. Never waits.
    package func tell(_ output: EventHub.Output) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.gathered.add(output)
            if state.telling == nil { state.telling = Task { await tell() } }
        }
    }

    /// Gives what others tell to live readers here, until cancelled.
    package func follow(_ hub: EventHub) async {
        for await payload in pool.notifications(on: Self.channel) {
            guard let (sender, output) = Self.read(payload), sender != self.sender else { continue }
            hub.publish(output)
        }
    }

    /// Tells nothing more.
    func end() async {
        let telling = state.withLock { state in
            state.hasEnded = true
            return state.telling
        }
        telling?.cancel()
        await telling?.value
    }

    private func tell() async {
        // What is printed at once belongs together.
        while (try? await Task.sleep(for: Self.rest)) != nil, let outputs = take() {
            let payloads = outputs.map { Self.payload($0, from: sender) }
            _ = try? await pool.query(
                "SELECT pg_notify('\(Self.channel)', p) FROM unnest($1::text[]) AS p",
                [.textArray(payloads.filter { $0.utf8.count <= Self.payloadMax })]
            )
        }
    }

    /// What is due; `nil` where nothing is, and the telling ends.
    private func take() -> [EventHub.Output]? {
        state.withLock { state in
            let outputs = state.gathered.take()
            if outputs.isEmpty { state.telling = nil }
            return outputs.isEmpty ? nil : outputs
        }
    }

    static func payload(_ output: EventHub.Output, from sender: String) -> String {
        "\(sender) \(output.run) \(output.effect) \(Base64.encode(output.bytes))"
    }

    static func read(_ payload: String) -> (sender: String, output: EventHub.Output)? {
        let words = payload.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, let effect = Int(words[2]), let bytes = Base64.decode(String(words[3])) else {
            return nil
        }
        return (String(words[0]), EventHub.Output(run: RunID(String(words[1])), effect: effect, bytes: bytes))
    }
}
