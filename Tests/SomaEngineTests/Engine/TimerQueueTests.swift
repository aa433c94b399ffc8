import SomaCore
import Testing

@testable import SomaEngine

@Suite("Timer queue")
struct TimerQueueTests {
    @Test("Timers come out by time, whatever order they went in")
    func order() {
        var generator = TestGenerator(state: 11)
        var queue = TimerQueue()
        var times: [Int64] = []
        for _ in 0..<500 {
            let at = Int64(generator.next() % 1000)
            times.append(at)
            queue.add(.init(due: .microseconds(at), run: RunID("r"), key: .deadline))
        }
        times.sort()
        #expect(queue.next == .microseconds(times[0]))
        let early = queue.due(at: .microseconds(400)).map(\.due.microseconds)
        #expect(early == times.filter { $0 <= 400 })
        #expect(queue.due(at: .microseconds(400)).isEmpty)
        #expect(
            queue.due(at: .microseconds(2000)).map(\.due.microseconds) == times.filter { $0 > 400 }
        )
        #expect(queue.next == nil)
    }
}
