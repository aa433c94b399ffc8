import SomaCore
import SomaEngine
import Synchronization

/// Sends appends one after the other: what comes while one is on its way forms the next one.
///
/// One at a time, so that places rise in the order in which callers learn of them.
final class AppendQueue: Sendable {
    private struct Waiting: Sendable {
        let request: AppendRequest
        let turn: CommitTurn
        let continuation: CheckedContinuation<Result<Int64?, StoreError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isSending = false
        var hasEnded = false
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let sender: AppendSender
    private let rowsMax: Int
    private let bytesMax: Int

    init(pool: PostgresPool, book: LeaseBook, options: PostgresStoreOptions) {
        sender = AppendSender(pool: pool, book: book, options: options)
        rowsMax = options.appendRowsMax
        bytesMax = options.appendBytesMax
    }

    /// Appends a request and gives its first row's place; `nil` where its turn hadn't come when nothing else was on its way.
    func append(_ request: AppendRequest, in turn: CommitTurn) async throws(StoreError) -> Int64? {
        switch begin(turn) {
        case .closed: throw sender.closed
        case .early: return nil
        case .alone: return try await sendAlone(request, turn)
        case .busy: break
        }
        let result: Result<Int64?, StoreError> = await withCheckedContinuation { continuation in
            let waiting = Waiting(request: request, turn: turn, continuation: continuation)
            // The one under way may have ended meanwhile.
            let starts: Bool? = state.withLock { state in
                guard !state.hasEnded else { return nil }
                state.waiting.append(waiting)
                defer { state.isSending = true }
                return !state.isSending
            }
            guard let starts else { return continuation.resume(returning: .failure(sender.closed)) }
            if starts { Task.detached(executorPreference: sender.pool.executor) { await self.send() } }
        }
        return try result.get()
    }

    private enum Entry { case alone, busy, early, closed }

    /// Whether nobody is sending; whoever is told so sends.
    private func begin(_ turn: CommitTurn) -> Entry {
        state.withLock { state in
            if state.hasEnded { return .closed }
            if state.isSending { return .busy }
            guard turn.hasCome else { return .early }
            state.isSending = true
            return .alone
        }
    }

    /// Sends on the caller's own task, which spares a lone run two changes of threads, and lets what came meanwhile
    /// go its way.
    private func sendAlone(_ request: AppendRequest, _ turn: CommitTurn) async throws(StoreError) -> Int64 {
        let result: Result<Int64, StoreError>
        do throws(StoreError) {
            result = .success(try await sender.send([request]))
        } catch {
            // An append that has begun isn't given up with the task that asked for it.
            if Task.isCancelled, ![.conflict, .refused].contains(error.kind) {
                result = await Task.detached { [sender] in await sender.outcome(again: [request]) }.value
            } else {
                result = .failure(error)
            }
        }
        if case .success = result { turn.pass() }
        let rest = take()
        if !rest.isEmpty {
            Task.detached(executorPreference: sender.pool.executor) {
                await self.send(rest)
                await self.send()
            }
        }
        return try result.get()
    }

    /// Takes nothing more, and waits until what was taken is through.
    func end() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.hasEnded = true
                if state.isSending { state.idle.append(continuation) }
                return !state.isSending
            }
            if isIdle { continuation.resume() }
        }
    }

    private func send() async {
        while true {
            let batch = take()
            if batch.isEmpty { return }
            await send(batch)
        }
    }

    /// What goes into the next append: in order, each run from one caller only, and no more rows than fit. Those whose turn
    /// hasn't come are let go: the commit before them had no room, or comes with others.
    private func take() -> [Waiting] {
        let (taken, early, idle) = state.withLock { state in
            var early: [Waiting] = []
            var taken: [Waiting] = []
            var rest: [Waiting] = []
            var runs: Set<RunID> = []
            var (rows, bytes) = (0, 0)
            for waiting in state.waiting {
                guard waiting.turn.hasCome else {
                    early.append(waiting)
                    continue
                }
                let ids = waiting.request.runs.map(\.id)
                let count = waiting.request.batch.rows.count
                let fits =
                    rows + count <= rowsMax && bytes + waiting.request.bytes <= bytesMax
                    && waiting.request.replica == taken.first?.request.replica
                if taken.isEmpty || (fits && runs.isDisjoint(with: ids)) {
                    rows += count
                    bytes += waiting.request.bytes
                    taken.append(waiting)
                } else {
                    rest.append(waiting)
                }
                // Also of those left behind: what comes later for the same run must not overtake them.
                runs.formUnion(ids)
            }
            state.waiting = rest
            guard taken.isEmpty else { return (taken, early, [CheckedContinuation<Void, Never>]()) }
            state.isSending = false
            defer { state.idle = [] }
            return ([], early, state.idle)
        }
        for waiting in early { waiting.continuation.resume(returning: .success(nil)) }
        for continuation in idle { continuation.resume() }
        return taken
    }

    private func send(_ batch: [Waiting]) async {
        do throws(StoreError) {
            var place = try await sender.send(batch.map(\.request))
            for waiting in batch {
                waiting.turn.pass()
                waiting.continuation.resume(returning: .success(place))
                place += Int64(waiting.request.batch.rows.count)
            }
        } catch {
            guard [.conflict, .refused].contains(error.kind), batch.count > 1 else {
                for waiting in batch { waiting.continuation.resume(returning: .failure(error)) }
                return
            }
            // One of them is late, or can't be kept; nothing was written, and the others are not to suffer for it.
            for waiting in batch { await send([waiting]) }
        }
    }
}
