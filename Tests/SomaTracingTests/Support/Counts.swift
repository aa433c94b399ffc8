import SomaTracing
import Synchronization

/// Counts what an exporter says.
final class Counts: SpanExportObserver {
    struct Numbers: Sendable, Equatable {
        var exported = 0
        var dropped: [SpanDropReason: Int] = [:]
        var words: [String] = []
    }

    private let numbers = Mutex(Numbers())

    var value: Numbers { numbers.withLock { $0 } }

    func exported(_ count: Int) { numbers.withLock { $0.exported += count } }
    func dropped(_ count: Int, _ reason: SpanDropReason) {
        numbers.withLock { $0.dropped[reason, default: 0] += count }
    }
    func hasTrouble(_ words: String) { numbers.withLock { $0.words.append(words) } }
}

/// Waits until something holds, for ten seconds at most.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<1000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return await condition()
}
