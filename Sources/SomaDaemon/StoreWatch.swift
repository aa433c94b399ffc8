import Synchronization

/// Knows how long a store has not answered, by asking it all the time: for a process that may have nothing else to ask.
final class StoreWatch: Sendable {
    /// How long a store may be silent before it is said.
    static let silenceMax: Duration = .seconds(5)

    private let address: String
    private let interval: Duration
    private let ask: @Sendable () async throws -> Void
    private let answered = Mutex(ContinuousClock.now)

    /// - Parameters:
    ///   - address: Where the store is, as people are shown it.
    ///   - interval: How long it is left alone after an answer.
    ///   - ask: Returns when it has answered.
    init(
        _ address: String,
        every interval: Duration = .seconds(1),
        ask: @escaping @Sendable () async throws -> Void
    ) {
        self.address = address
        self.interval = interval
        self.ask = ask
    }

    /// Asks until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await ask()
                answered.withLock { $0 = .now }
            } catch {
                // How long there was no answer says it.
            }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    /// That the store is silent, as a sentence; `nil` where it has answered of late.
    func absence(after limit: Duration = StoreWatch.silenceMax) -> String? {
        Self.words(answered.withLock { ContinuousClock.now - $0 }, at: address, after: limit)
    }

    /// What is said of a store that has been silent for some time; `nil` where that is not yet worth a word.
    static func words(_ silence: Duration, at address: String, after limit: Duration = silenceMax) -> String?
    {
        guard silence > limit else { return nil }
        return "The store at \(address) has not answered for \(silence.components.seconds) s."
    }
}
