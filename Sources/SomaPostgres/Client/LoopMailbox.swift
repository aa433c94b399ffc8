import Glibc
import Synchronization

/// What the loop is told.
enum LoopCommand: Sendable {
    case run(PostgresRequest)
    case cancel(PostgresRequest)
    case lease(PostgresLeaseRequest)
    case cancelLease(PostgresLeaseRequest)
    case release(PostgresLeaseRequest)
    case listen(PostgresListener)
    case unlisten(UInt64)
    case connected(Result<ConnectedHandle, PostgresError>, listener: UInt64?)
    case cancelDelivered(session: Int)
    case health(Reply<PostgresHealth>)
    /// A piece of a task that runs on the loop's thread.
    case job(UnownedJob)
    case stop
}

/// The commands on their way to the loop, and the bell that wakes it.
final class LoopMailbox: Sendable {
    private struct State {
        var commands: [LoopCommand] = []
        /// The bell; -1 once the loop has ended.
        var bell: Int32
        var lastID: UInt64 = 0
        var endWaiters: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    private let state: Mutex<State>
    /// The loop's thread, which needs no bell; 0 before it runs.
    private let thread = Atomic<UInt>(0)
    /// Times that the loop went around, for telling that idling costs nothing.
    let turns = Atomic<Int>(0)

    /// Threads that are opening connections.
    private let connectors = Atomic<Int>(0)

    /// A thread is about to open a connection.
    func connectorBegins() { connectors.add(1, ordering: .acquiringAndReleasing) }
    /// It is through with it.
    func connectorEnds() { connectors.subtract(1, ordering: .acquiringAndReleasing) }

    /// Whether the loop has ended: a connection that is being opened is of no use any more.
    var isClosed: Bool { state.withLock { $0.bell < 0 } }

    /// Waits for threads that are opening connections: a process that ends under one of them crashes, since what they
    /// use of TLS is torn down then. Not for ever: the resolver may hold one up. On the loop's thread, at its end.
    func waitForConnectors() {
        for _ in 0..<2_000 where connectors.load(ordering: .acquiring) > 0 { usleep(1_000) }
    }

    init(bell: Int32) { state = Mutex(State(bell: bell)) }

    /// Queues a command; `false` when the loop has ended.
    @discardableResult
    func post(_ command: LoopCommand) -> Bool {
        state.withLock { state in
            guard state.bell >= 0 else { return false }
            // The first command rings; the others are taken along with it. The loop itself looks before it sleeps.
            if state.commands.isEmpty, pthread_self() != thread.load(ordering: .relaxed) {
                var one: UInt64 = 1
                write(state.bell, &one, 8)
            }
            state.commands.append(command)
            return true
        }
    }

    /// Says that this thread is the loop's.
    func loopBegins() { thread.store(pthread_self(), ordering: .relaxed) }

    var isEmpty: Bool { state.withLock { $0.commands.isEmpty } }

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

    /// Ends the conversation and returns what was still queued.
    func close() -> [LoopCommand] {
        state.withLock { state in
            Glibc.close(state.bell)
            state.bell = -1
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// Tells those who wait that everything is closed.
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
