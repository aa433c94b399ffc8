import SomaCore
import SomaEngine
import SomaSimulation

/// A store in memory that can be held up, full, or broken.
actor ScriptedStore: MemoryBacked {
    let memory = MemoryStore(secret: Array(repeating: 7, count: 32))
    /// How many groups each commit took.
    private(set) var batches: [Int] = []
    private var failures: [StoreError] = []
    private var refuses: @Sendable (CommitGroup) -> Bool = { _ in false }
    private var isHeld = false
    private var isLeftInOrder = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var arrivals: [CheckedContinuation<Void, Never>] = []

    /// Says from now on that the process before ended in order.
    func leaveInOrder() { isLeftInOrder = true }

    func wasLeftInOrder() async throws(StoreError) -> Bool { isLeftInOrder }

    /// Fails the next commits.
    func fail(with errors: StoreError...) { failures += errors }

    /// Refuses groups for good, as a store does what is too large for it.
    func refuse(_ holds: @escaping @Sendable (CommitGroup) -> Bool) { refuses = holds }

    /// Holds commits up until `release`.
    func hold() { isHeld = true }

    /// Waits until a commit is held up.
    func arrived() async {
        if !held.isEmpty { return }
        await withCheckedContinuation { arrivals.append($0) }
    }

    func release() {
        isHeld = false
        for continuation in held { continuation.resume() }
        held = []
    }

    func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        if isHeld {
            await withCheckedContinuation { continuation in
                held.append(continuation)
                for arrival in arrivals { arrival.resume() }
                arrivals = []
            }
        }
        if !failures.isEmpty { throw failures.removeFirst() }
        if groups.contains(where: refuses) {
            throw StoreError(.refused, "It is too large.", hint: "Raise the limit.")
        }
        batches.append(groups.count)
        return try await memory.append(groups)
    }
}

/// Effects that end when a test says so, or at once.
actor ScriptedEffects: EffectHandler {
    private var isHeld = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var arrivals: [CheckedContinuation<Void, Never>] = []
    private(set) var calls: [EffectCall] = []

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        for continuation in held { continuation.resume() }
        held = []
    }

    /// Waits until an effect is held up.
    func arrived() async {
        if !held.isEmpty { return }
        await withCheckedContinuation { arrivals.append($0) }
    }

    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
        calls.append(call)
        emit(Array("working".utf8))
        if isHeld {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if Task.isCancelled { return continuation.resume() }
                    held.append(continuation)
                    for arrival in arrivals { arrival.resume() }
                    arrivals = []
                }
            } onCancel: {
                Task { await self.release() }
            }
        }
        if Task.isCancelled {
            return EffectResult(succeeded: false, status: "cancelled", words: Words("stopped"))
        }
        if call.name == "flaky", call.attempt == 1 {
            return EffectResult(succeeded: false, isRetryable: true, words: Words("busy"))
        }
        return EffectResult(succeeded: true, words: Words("fine"))
    }
}
