import Logging
import Synchronization
import Testing

@testable import SomaDaemon

@Suite("Warnings that come and go", .timeLimit(.minutes(1)))
struct WarningWatchTests {
    /// What is found, one after the other, and what was logged of it.
    private final class Script: Sendable {
        private struct Away: Error {}

        let looks = Mutex<[Result<String?, any Error>]>([])
        let lines = Mutex<[String]>([])

        init(_ looks: [String?]) {
            let results: [Result<String?, any Error>] = looks.map {
                $0 == "away" ? .failure(Away()) : .success($0)
            }
            self.looks.withLock { $0 = results }
        }

        func next() throws -> String? {
            try looks.withLock { looks in
                guard let first = looks.first else { throw Away() }
                looks.removeFirst()
                return try first.get()
            }
        }
    }

    private struct Lines: LogHandler {
        let script: Script
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) {
            script.lines.withLock { $0.append("\(event.level): \(event.message)") }
        }
    }

    @Test("each change is said once, and a store that is away is none")
    func changes() async throws {
        let script = Script([nil, "apart", "apart", "away", "apart still", nil, nil, "apart again"])
        let logger = Logger(label: "test") { _ in Lines(script: script) }
        let watch = WarningWatch(logger, every: .milliseconds(1), over: "together again") {
            try script.next()
        }
        let task = Task { try await watch.run() }
        while !script.looks.withLock(\.isEmpty) { await Task.yield() }
        while script.lines.withLock(\.count) < 3 { await Task.yield() }
        task.cancel()
        try await task.value
        #expect(
            script.lines.withLock { $0 } == [
                "warning: apart",
                "notice: together again",
                "warning: apart again",
            ]
        )
    }
}
