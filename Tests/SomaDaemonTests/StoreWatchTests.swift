import Synchronization
import Testing

@testable import SomaDaemon

@Suite("Whether a store answers", .timeLimit(.minutes(1)))
struct StoreWatchTests {
    private struct Away: Error {}

    private func until(_ holds: () -> Bool) async throws {
        for _ in 0..<5000 {
            if holds() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("It never came to that.")
    }

    @Test("is known without anybody asking it: silent while it is away, and not any more once it is back")
    func comesAndGoes() async throws {
        let isAway = Mutex(false)
        let watch = StoreWatch("db:5432/soma", every: .milliseconds(1)) {
            if isAway.withLock({ $0 }) { throw Away() }
        }
        let limit = Duration.milliseconds(200)
        let task = Task { await watch.run() }
        defer { task.cancel() }
        for _ in 0..<2 {
            isAway.withLock { $0 = true }
            try await until { watch.absence(after: limit) != nil }
            #expect(watch.absence(after: limit) == "The store at db:5432/soma has not answered for 0 s.")
            #expect(watch.absence() == nil)
            isAway.withLock { $0 = false }
            try await until { watch.absence(after: limit) == nil }
        }
    }

    @Test("is said from five seconds on", arguments: [(5.0, nil), (5.5, 5), (61, 61)] as [(Double, Int?)])
    func words(seconds: Double, said: Int?) {
        let words = StoreWatch.words(.seconds(seconds), at: "db")
        #expect(words == said.map { "The store at db has not answered for \($0) s." })
    }
}
