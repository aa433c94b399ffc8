import CCurl
import Synchronization

/// What the curl thread is told.
enum LoopCommand: Sendable {
    case start(UInt64, TransferPlan, TransferInbox)
    case resume(UInt64)
    case cancel(UInt64)
    case stop
}

/// The commands on their way to the curl thread, and the bell that wakes it.
final class LoopMailbox: Sendable {
    private struct State {
        var commands: [LoopCommand] = []
        /// `nil` once the thread has ended: a multi handle must not be woken after its cleanup.
        var multi: MultiHandle?
        var lastID: UInt64 = 0
        var endWaiters: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    private let state: Mutex<State>
    /// Times that the thread went around, for telling that idling costs nothing.
    let turns = Atomic<Int>(0)

    init(multi: MultiHandle) {
        state = Mutex(State(multi: multi))
    }

    /// Queues a command; `false` when the thread has ended.
    @discardableResult
    func post(_ command: LoopCommand) -> Bool {
        state.withLock { state in
            guard let multi = state.multi else { return false }
            // The first command rings; the others are taken along with it.
            if state.commands.isEmpty { curl_multi_wakeup(multi.pointer) }
            state.commands.append(command)
            return true
        }
    }

    func take() -> [LoopCommand] {
        state.withLock { state in
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Ends the conversation and returns what was still queued; called by the thread before it frees the handle.
    func close() -> [LoopCommand] {
        state.withLock { state in
            state.multi = nil
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// Tells those who wait that the thread has freed everything.
    func announceEnd() {
        let waiters = state.withLock { state in
            let waiters = state.endWaiters
            state.endWaiters = []
            state.hasEnded = true
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.endWaiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}
