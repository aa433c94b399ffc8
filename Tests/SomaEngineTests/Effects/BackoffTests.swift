import SomaCore
import SomaEngine
import Testing

@Suite("Back-off")
struct BackoffTests {
    @Test("Waits are spread over a range that doubles up to a bound, and are the same when asked again")
    func spread() {
        for attempt in [1, 2, 5, 9, 1000] {
            let longest = min(Backoff.base * Double(1 << min(attempt - 1, 20)), Backoff.cap)
            let delays = (0..<400).map { Backoff.delay(run: RunID("run\($0)"), effect: 3, attempt: attempt) }
            #expect(delays.allSatisfy { $0 > .zero && $0 <= longest })
            #expect(Set(delays).count > 300)
            let mean = delays.reduce(Duration.zero, +) / 400
            #expect(mean > longest * 0.4 && mean < longest * 0.6)
            #expect(Backoff.delay(run: RunID("run0"), effect: 3, attempt: attempt) == delays[0])
        }
    }
}
