import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("Measuring the console")
struct ConsolePerfTests {
    @Test("a flood tells the same each time, and every run's log without gaps")
    func story() {
        func fold() -> (fleet: Fleet, last: Transition?) {
            var story = FloodStory(runs: 40, start: start, pace: .milliseconds(1))
            var fleet = Fleet()
            story.openings { fleet.apply($0) }
            var last: Transition?
            for _ in 0..<4_000 {
                guard let next = story.next() else { break }
                #expect(fleet.apply(next) == .next)
                last = next
            }
            return (fleet, last)
        }
        let (first, second) = (fold(), fold())
        #expect(first.fleet == second.fleet)
        #expect(first.last == second.last)
        #expect(first.fleet.gaps == 0)
        #expect(first.fleet.runs.contains { $0.status.isTerminal })
        #expect(first.fleet.runs.contains { $0.parent != nil })
    }

    @Test("the measurement drives the whole program, and its counts are those of the fold")
    func measures() async {
        let perf = await ConsolePerf.measure(
            runs: 30,
            rate: 2_000,
            for: .milliseconds(300),
            size: .standard
        ) { 4_096 }
        #expect(perf.isExact)
        #expect(perf.transitions > 0)
        #expect(!perf.keys.isEmpty && !perf.frames.isEmpty)
        #expect(perf.memory == 4_096)
    }
}
