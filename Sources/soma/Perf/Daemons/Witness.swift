import SomaClient
import SomaCore
import Synchronization

/// Somebody outside who follows the daemon's stream through all its deaths, and remembers everything that was
/// acknowledged: each transition that was shown, and each answer to a request.
final class Witness: Sendable {
    /// What was seen of one run.
    struct Seen: Sendable {
        var ledger: CallLedger
        /// A fingerprint of each transition, in order.
        var prints: [Int] = []
    }

    private struct State {
        var position: String?
        var runs: [RunID: Seen] = [:]
        var ended = 0
        var receipts: [ReceiptDocument] = []
        var announced: Set<RunID> = []
    }

    private let state = Mutex(State())
    private let tool: String

    init(tool: String) { self.tool = tool }

    /// Reads the stream from where it was left until the daemon goes away.
    ///
    /// - Parameter observe: Is told each transition when it has come.
    func follow(_ client: DaemonClient, observe: (Transition) -> Void = { _ in }) async {
        let from = state.withLock { $0.position }
        do {
            for try await event in client.follow(after: from ?? "p0") {
                switch event {
                case .transition(let transition, let position):
                    take(transition, position)
                    observe(transition)
                case .disconnected: return
                default: continue
                }
            }
        } catch {
            return
        }
    }

    private func take(_ transition: Transition, _ position: String) {
        state.withLock { state in
            state.position = position
            var seen = state.runs.removeValue(forKey: transition.run) ?? Seen(ledger: CallLedger(tool: tool))
            let hadEnded = seen.ledger.hasEnded
            seen.ledger.take(transition)
            seen.prints.append(transition.hashValue)
            if seen.ledger.hasEnded, !hadEnded { state.ended += 1 }
            state.announced.remove(transition.run)
            state.runs[transition.run] = seen
        }
    }

    /// Remembers an answer.
    func take(_ receipt: ReceiptDocument) {
        state.withLock { state in
            state.receipts.append(receipt)
            if state.runs[receipt.run] == nil { state.announced.insert(receipt.run) }
        }
    }

    /// Everything that was seen.
    var runs: [RunID: Seen] { state.withLock { $0.runs } }

    /// Everything that was answered.
    var receipts: [ReceiptDocument] { state.withLock { $0.receipts } }

    /// How many runs are known of that have not ended.
    var working: Int { state.withLock { $0.runs.count + $0.announced.count - $0.ended } }

    /// How many transitions were shown.
    var transitions: Int { state.withLock { $0.runs.values.reduce(0) { $0 + $1.prints.count } } }

    /// Calls in doubt, now.
    var doubts: [Doubt] {
        state.withLock { state in
            state.runs.flatMap { run, seen in
                seen.ledger.hasEnded
                    ? []
                    : seen.ledger.open.map { Doubt(run: run, effect: $0.effect, arguments: $0.arguments) }
            }
        }
    }

    /// A call that may have happened.
    struct Doubt: Sendable, Hashable {
        let run: RunID
        let effect: Int
        let arguments: ContentID?
    }
}
