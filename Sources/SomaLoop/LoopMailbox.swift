import Glibc
import Synchronization

/// The commands on their way to the thread of a loop, and the bell that wakes it.
package final class LoopMailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Open for as long as anybody may ring it, also after the loop has ended.
    private let bell: LoopBell
    private let end = LoopEnd()
    /// The loop's thread, which needs no bell; 0 where it does.
    private let thread = Atomic<UInt>(0)
    private let turnCount = Atomic<Int>(0)

    /// - Parameter bell: The mailbox's own from now on.
    package init(bell: LoopBell) { self.bell = bell }

    deinit { bell.close() }

    /// Queues a command; `false` when the loop has ended.
    @discardableResult
    package func post(_ command: Command) -> Bool {
        let isFirst: Bool? = state.withLock { state in
            guard !state.isClosed else { return nil }
            defer { state.commands.append(command) }
            return state.commands.isEmpty
        }
        guard let isFirst else { return false }
        // The first command rings; the others are taken along with it. Not under the lock: the loop would wake only to wait
        // for it.
        if isFirst, pthread_self() != thread.load(ordering: .relaxed) { bell.ring() }
        return true
    }

    /// Says that this thread is the loop's, and that it looks for commands before it sleeps: its own need no bell.
    package func loopBegins() { thread.store(pthread_self(), ordering: .relaxed) }

    /// The loop goes around.
    package func turn() { turnCount.add(1, ordering: .relaxed) }

    /// Times that the loop went around, for telling that idling costs nothing.
    package var turns: Int { turnCount.load(ordering: .relaxed) }

    package var isEmpty: Bool { state.withLock { $0.commands.isEmpty } }

    /// Whether the loop has ended: what is on its way to it is of no use any more.
    package var isClosed: Bool { state.withLock(\.isClosed) }

    package func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// A number that no other call gives; the first is 1.
    package func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Ends the conversation and returns what was still queued; called by the thread before it frees what it owns.
    package func close() -> [Command] {
        state.withLock { state in
            defer { (state.isClosed, state.commands) = (true, []) }
            return state.commands
        }
    }

    /// Tells those who wait that the thread has freed everything.
    package func announceEnd() { end.announce() }

    package func waitForEnd() async { await end.wait() }
}
