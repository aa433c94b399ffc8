import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Gaps in the stream")
struct GapTests {
    private static let runs = ["aaaaaa", "bbbbbb", "cccccc"]

    private static func transitions(_ range: ClosedRange<Int>, _ run: Int = 0) -> [Transition] {
        range.map { seq in
            Transition(
                run: RunID(runs[run]),
                seq: seq,
                at: start + .milliseconds(seq),
                kind: seq == 1 ? .runStarted : seq % 10 == 0 ? .effectFinished : .nodeEntered,
                body: seq % 10 == 0 ? ["ok": .bool(seq % 20 == 0)] : [:]
            )
        }
    }

    private static func fleet(_ seqs: [Int]) -> Fleet {
        var fleet = Fleet()
        for (run, seq) in seqs.enumerated() where seq > 0 {
            for transition in transitions(1...seq, run) { fleet.apply(transition) }
        }
        return fleet
    }

    private static func console(_ count: Int = 40, size: Size = Size(columns: 120, rows: 20)) -> TestConsole {
        var console = TestConsole([], size: size)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(transitions(1...count))))
        console.press("5")
        return console
    }

    /// Lost for twelve seconds; what is true afterwards comes as a snapshot, or the stream goes on.
    private static func lose(_ console: inout TestConsole, then fleet: Fleet?) {
        let lost = console.state.now
        console.feed(.source(.connection(.reconnecting(retryAt: lost + .seconds(12), reason: "away"))))
        console.at(lost + .seconds(12))
        if let fleet { console.feed(.source(.snapshot(fleet))) }
        console.feed(.source(.connection(.live(lag: nil))))
    }

    private static func gaps(_ console: TestConsole) -> [String] {
        console.canvas().text.split(separator: "\n").filter { $0.contains("connection lost") }.map(
            String.init
        )
    }

    @Test("after a snapshot it says how many transitions of how many runs were not seen")
    func snapshot() {
        var console = Self.console()
        Self.lose(&console, then: Self.fleet([60, 20, 1]))
        #expect(Self.gaps(console).count == 1)
        let words =
            "connection lost 12s; 41 transitions of 3 runs not seen here; O shows a run's log"
        #expect(Self.gaps(console)[0].contains(words))
        console.feed(.source(.transitions(Self.transitions(61...65))))
        let lines = console.canvas().text.split(separator: "\n")
        let gap = lines.firstIndex { $0.contains("connection lost") } ?? 0
        #expect(lines[gap - 1].contains("   40  effect.finished"))
        #expect(lines[gap + 1].contains("   61  node.entered"))
        #expect(EventsView.counts(console.state)?.total == 45)
        #expect(console.state.eventsView.selectedRow == 44)
    }

    @Test("where the stream goes on it says that nothing is missing, and one loss makes one row")
    func resumed() {
        var console = Self.console()
        Self.lose(&console, then: nil)
        console.feed(.source(.transitions(Self.transitions(41...43))))
        #expect(Self.gaps(console).count == 1)
        #expect(Self.gaps(console)[0].contains("connection lost 12s; what happened meanwhile follows"))
        Self.lose(&console, then: Self.fleet([43]))
        #expect(Self.gaps(console).count == 2)
        #expect(Self.gaps(console)[1].contains("nothing happened meanwhile"))
        // Nothing was lost: no row.
        console.feed(.source(.connection(.live(lag: nil))))
        console.feed(.source(.snapshot(Self.fleet([43]))))
        #expect(console.state.stream.gaps.count == 2)
    }

    @Test("the first attempts to connect leave none")
    func first() {
        var console = TestConsole([], connection: .connecting)
        console.feed(.source(.connection(.reconnecting(retryAt: start, reason: "not yet"))))
        console.feed(.source(.snapshot(Self.fleet([30]))))
        console.feed(.source(.connection(.live(lag: nil))))
        #expect(console.state.stream.gaps.isEmpty)
    }

    @Test("following goes on, keys pass over it, and scrolled back the same rows stay in sight")
    func moves() {
        var console = Self.console()
        Self.lose(&console, then: Self.fleet([60]))
        #expect(console.state.eventsView.isFollowing)
        #expect(console.state.eventsView.selectedRow == 39)
        console.press("j")
        #expect(console.state.eventsView.selectedRow == 39)
        #expect(console.state.eventsView.isFollowing)
        console.feed(.source(.transitions(Self.transitions(61...70))))
        #expect(console.state.eventsView.selectedRow == 49)
        console.press("k k k k k k k k k")
        #expect(console.state.eventsView.selectedRow == 40)
        console.press("k")
        #expect(console.state.eventsView.selectedRow == 39)
        console.press("j")
        #expect(console.state.eventsView.selectedRow == 40)
        console.press("k k k")
        let (row, list) = (console.state.eventsView.selectedRow, console.state.eventsView.list)
        Self.lose(&console, then: Self.fleet([90]))
        console.feed(.source(.transitions(Self.transitions(91...95))))
        #expect(console.state.eventsView.selectedRow == row)
        #expect(console.state.eventsView.list == list)
        #expect(console.canvas().text.contains("5 new below"))
        console.press("end")
        #expect(console.state.eventsView.isFollowing)
        #expect(console.state.eventsView.selectedRow == 54)
    }

    @Test("a filter counts matches alone, and n finds them on both sides")
    func filters() {
        var console = Self.console()
        Self.lose(&console, then: Self.fleet([60]))
        console.feed(.source(.transitions(Self.transitions(61...100))))
        console.filter("kind:effect")
        #expect(EventsView.counts(console.state)?.shown == 8)
        #expect(console.state.eventsView.count == 9)
        #expect(Self.gaps(console).count == 1)
        console.press("home n n n")
        #expect(console.state.eventsView.selectedRow.map { console.state.stream.kept[$0].seq } == 40)
        console.press("n")
        #expect(console.state.eventsView.selectedRow.map { console.state.stream.kept[$0].seq } == 70)
        console.filter(" zzz")
        #expect(console.canvas().text.contains("No transition matches."))
    }

    @Test("every place is a row or a gap, and leads back to itself", arguments: 0..<100)
    func places(seed: Int) {
        var random = SeededGenerator(UInt64(seed))
        var console = Self.console(5)
        var seq = 5
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            Self.lose(&console, then: Bool.random(using: &random) ? Self.fleet([seq]) : nil)
            let more = Int.random(in: 0...30, using: &random)
            if more > 0 { console.feed(.source(.transitions(Self.transitions((seq + 1)...(seq + more))))) }
            seq += more
        }
        if Bool.random(using: &random) {
            console.filter("kind:effect")
        }
        let rows = console.state.eventRows(of: nil)
        let view = console.state.eventsView
        var gaps = 0
        for place in 0..<view.count {
            if let row = view.row(at: place, in: rows) {
                #expect(view.place(of: row, in: rows) == place)
                #expect(view.gap(at: place, in: rows) == nil)
            } else {
                #expect(view.gap(at: place, in: rows) != nil)
                gaps += 1
            }
        }
        #expect(gaps == view.gaps.count)
        #expect(view.count - gaps == view.shown(in: rows))
    }

    @Test("it stands over all columns", arguments: sizes)
    func screens(size: Size) throws {
        var console = Self.console(12, size: size)
        Self.lose(&console, then: Self.fleet([30, 23]))
        console.feed(.source(.transitions(Self.transitions(31...34))))
        try expectGolden(console.canvas(), "Events/gap-\(size)")
        if size == .standard {
            try expectGolden(console.canvas(.ascii, theme: .mono), "Events/gap-ascii-\(size)")
        }
    }
}
