import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("What the connection is worth")
struct ConnectionTests {
    private func working() -> RunBuilder {
        var run = RunBuilder("aa11bb22cc33dd4", role: "coder", goal: "work", at: start)
        run.go("planned", to: "Recall", after: .seconds(1))
        return run
    }

    private func header(_ console: TestConsole) -> String {
        console.canvas().text.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test("news that comes late says how late, measured against the quickest, until nothing comes any more")
    func lag() {
        var run = working()
        var console = TestConsole([run], now: start)
        console.feed(.source(.snapshot(Fleet())))
        func come(_ index: Int, at moment: Duration) {
            console.state.now = start + moment
            console.feed(.source(.transitions([run.transitions[index]])))
        }
        for _ in 0..<4 { run.go("planned", to: "Recall", after: .seconds(10)) }
        // The other machine's clock is behind by 5 s: that alone is no lag.
        come(0, at: run.transitions[0].at - start + .seconds(5))
        #expect(console.state.connection == .live(lag: nil))
        come(1, at: run.transitions[1].at - start + .milliseconds(5_300))
        #expect(console.state.connection == .live(lag: nil))
        come(2, at: run.transitions[2].at - start + .milliseconds(6_260))
        #expect(console.state.connection == .live(lag: .milliseconds(1_200)))
        #expect(header(console).contains("lag 1.2s"))
        #expect(console.state.nextTick == AppState.lagShownMax)
        console.at(console.state.now + AppState.lagShownMax)
        #expect(console.state.connection == .live(lag: nil))
        #expect(!header(console).contains("lag"))
    }

    @Test("while the connection is lost, it says since when, why, and which runs may be further by now")
    func lost() {
        let run = working()
        var console = TestConsole.with([run])
        let lostAt = console.state.now
        func lose(_ reason: String, after seconds: Int) {
            console.state.now = lostAt + .seconds(seconds)
            console.feed(
                .source(.connection(.reconnecting(retryAt: console.state.now + .seconds(2), reason: reason)))
            )
        }
        lose("no daemon answers", after: 0)
        #expect(console.state.standing(of: run.state).mark == .running)
        lose("no daemon answers", after: 4)
        #expect(console.state.standing(of: run.state).mark == .stale)
        let text = console.canvas().text
        #expect(header(console).contains("lost 4s"))
        #expect(text.contains("as of 14:14:00 · next try in 2 s · no daemon answers"))
        #expect(text.contains("not heard of since 14:14:00"))
        console.feed(.source(.connection(.live(lag: nil))))
        #expect(console.state.standing(of: run.state).mark == .running)
    }
}
