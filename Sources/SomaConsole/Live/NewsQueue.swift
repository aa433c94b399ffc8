import SomaCore
import Synchronization

/// News on its way to the console. Transitions that wait are put together, so that a flood costs little; a source
/// that is too fast waits.
final class NewsQueue: Sendable {
    /// Holds what comes between two frames of a console that nobody presses a key at.
    private let mailbox = Mailbox<SourceNews>(sourceMax: 8_192)
    /// What was taken and not read yet, the next one last.
    private let taken = Mutex<[SourceNews]>([])

    func put(_ news: SourceNews) async { await mailbox.put(news) }

    /// Adds news that can't wait; there is never much of it.
    func post(_ news: SourceNews) { mailbox.post(news) }

    func put(_ news: [SourceNews]) async {
        for item in news { await mailbox.put(item) }
    }

    /// The next news; waits where there is none. `nil` after `close()`.
    func next() async -> SourceNews? {
        while true {
            if let next = taken.withLock({ $0.popLast() }) { return next }
            guard !Task.isCancelled, let batch = await mailbox.take() else { return nil }
            taken.withLock { $0 = Self.joined(batch).reversed() }
        }
    }

    func close() { mailbox.close() }

    private static func joined(_ batch: [SourceNews]) -> [SourceNews] {
        var result: [SourceNews] = []
        var transitions: [Transition] = []
        for news in batch {
            if case .transitions(let more) = news {
                transitions += more
                continue
            }
            if !transitions.isEmpty { result.append(.transitions(transitions)) }
            transitions = []
            result.append(news)
        }
        if !transitions.isEmpty { result.append(.transitions(transitions)) }
        return result
    }
}

/// Tasks that end together.
final class TaskBag: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var next = 0
        var isCancelled = false
    }

    private let state = Mutex(State())

    func add(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isCancelled else { return }
            let number = state.next
            state.next += 1
            state.tasks[number] = Task { [weak self] in
                await body()
                self?.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    func cancel() {
        let tasks = state.withLock { state in
            state.isCancelled = true
            defer { state.tasks = [:] }
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }
}
