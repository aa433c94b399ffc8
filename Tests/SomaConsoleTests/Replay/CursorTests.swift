import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

/// A console over a recording, without a shell.
struct ReplayedConsole {
    var console: TestConsole
    var player: RecordingPlayer
    var now = start + .seconds(900)

    init(_ reader: RecordingReader, size: Size = Size(columns: 120, rows: 40), at transition: Int = 0) {
        player = RecordingPlayer(reader)
        console = TestConsole([], size: size, connection: .recording)
        let opening = player.open(at: transition)
        for news in opening { feed(.source(news)) }
    }

    var state: AppState { console.state }

    mutating func feed(_ message: AppMessage) {
        var effects = console.state.update(message, now: now) + console.state.settle()
        for _ in 0..<16 where !effects.isEmpty {
            var next: [AppEffect] = []
            for case .send(let request) in effects {
                for news in player.answer(request) { next += console.state.update(.source(news), now: now) }
            }
            effects = next + console.state.settle()
        }
    }

    mutating func press(_ keys: String) {
        for word in keys.split(separator: " ") {
            if let key = Key(String(word)) { feed(.terminal(.key(key))) }
        }
    }

    mutating func type(_ text: String) {
        for character in text { feed(.terminal(.key(Key(character)))) }
    }

    mutating func mouse(_ action: MouseEvent.Action, column: Int, row: Int) {
        let point = Point(column: column, row: row)
        feed(.terminal(.mouse(MouseEvent(action: action, button: .left, point: point))))
    }

    mutating func wait(_ duration: Duration) {
        now = now + duration
        feed(.tick)
    }

    var place: Int { state.replay?.place.transition ?? -1 }
}

@Suite("The time cursor")
struct CursorTests {
    private let all = Stories.mix.merged
    private let reader: RecordingReader

    init() throws { reader = try RecordingReader(bytes: Stories.mix.recording(at: start)) }

    @Test(
        "errors are marked where they are few, and else only where there are more than elsewhere",
        arguments: [
            ([0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1], 1), ([1, 2, 3], 1), ([], 1),
            ([Int](repeating: 1, count: 40), 2), ([5, 9] + [Int](repeating: 2, count: 38), 3),
            (Array(1...40), 31),
        ]
    )
    func crowdedErrors(errors: [Int], wanted: Int) {
        let cells = errors.map { count in
            var cell = StripScale.Cell()
            cell.errors = count
            return cell
        }
        let marked = StripScale.errorsMarked(in: cells)
        #expect(marked == wanted)
        #expect(cells.count < 12 || cells.count { $0.errors >= marked } * 3 <= cells.count)
    }

    @Test("whatever moves the cursor, every view shows the fold of the log up to it", arguments: 0..<30)
    func truth(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        var replayed = ReplayedConsole(reader, size: Size(columns: 160, rows: 40))
        let keys = [
            ".", ",", "alt+.", "alt+,", "]", "[", "}", "{", "home", "end", "j", "k", "b", ")", "(", "|", "P",
            "enter",
            "esc", "g", "shift+tab", "I", "L", "space", "+",
        ]
        for _ in 0..<60 {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0:
                replayed.press("@")
                replayed.type("\(Int.random(in: 0...100, using: &generator))%")
                replayed.press("enter")
            case 1:
                let row = 36
                let column = Int.random(in: 0..<160, using: &generator)
                replayed.mouse(.press, column: column, row: row)
                replayed.mouse(.release, column: column, row: row)
            case 2: replayed.wait(.milliseconds(Int.random(in: 1...4_000, using: &generator)))
            default: replayed.press(keys[Int.random(in: 0..<keys.count, using: &generator)])
            }
            let place = replayed.place
            var fleet = Fleet()
            for transition in all.prefix(place) { fleet.apply(transition) }
            #expect(replayed.state.fleet.runs.map(\.seq) == fleet.runs.map(\.seq))
            #expect(replayed.state.fleet.runs.map(\.status) == fleet.runs.map(\.status))
            #expect(replayed.state.index.needing == fleet.needingPerson.count)
            #expect(replayed.state.replay?.isMoving == false)
            _ = replayed.console.canvas()
        }
    }

    @Test("the table of a recording says what reading all of it says", arguments: [true, false])
    func table(isTorn: Bool) throws {
        var bytes = Stories.mix.recording(at: start)
        if isTorn {
            // A line that looks like a transition and is none.
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            let place = try #require(lines.firstIndex { $0.starts(with: #"{"specversion"#.utf8) })
            var broken = Array(lines.prefix(place + 1).joined(separator: [0x0A]))
            broken += [0x0A] + lines[place].prefix(lines[place].count / 2) + Array("}".utf8)
            broken += [0x0A] + lines.dropFirst(place + 1).joined(separator: [0x0A])
            bytes = broken
        }
        let reader = try RecordingReader(bytes: bytes)
        let table = RecordingTable(reader)
        #expect(table.runs.count == all.count)
        #expect(table.runs.map { reader.index.runs[Int($0)].state.id } == all.map(\.run))
        #expect(
            table.marks.map(\.mark) == all.compactMap { TimeMark($0) }
                && table.marks.map { Int($0.place) } == all.indices.filter { TimeMark(all[$0]) != nil }
        )
        for run in reader.index.runs.map(\.state.id) {
            #expect(RecordingLookup(reader).log(of: run) == all.filter { $0.run == run })
        }
    }

    @Test("the next and last transition of the selected run are found, wherever the cursor is")
    func ofRun() {
        for place in 0...all.count {
            var replayed = ReplayedConsole(reader, at: place)
            guard let run = replayed.state.fleetView.selected else { continue }
            replayed.press("alt+.")
            let next = all.indices.first { $0 >= place && all[$0].run == run }.map { $0 + 1 }
            #expect(replayed.place == next ?? place)
            replayed = ReplayedConsole(reader, at: place)
            replayed.press("alt+,")
            let last = all.indices.last { $0 < place - 1 && all[$0].run == run }.map { $0 + 1 }
            #expect(replayed.place == last ?? place)
        }
    }

    @Test("a person goes to a time that is typed, and is told what can be typed")
    func typed() throws {
        var replayed = ReplayedConsole(reader)
        func go(_ text: String) {
            replayed.press("@")
            replayed.type(text)
            replayed.press("enter")
        }
        go("50%")
        #expect(replayed.place == (all.count + 1) / 2)
        let at = try #require(replayed.state.replay?.place.at)
        go("+60s")
        #expect(replayed.place == all.prefix { $0.at <= at + .seconds(60) }.count)
        #expect(replayed.state.replay?.place.at == at + .seconds(60))
        go("14:05")
        #expect(replayed.place == all.prefix { $0.at <= start + .seconds(300) }.count)
        go("#7")
        #expect(replayed.place == 7)
        go("nonsense")
        #expect(replayed.place == 7)
        #expect(replayed.state.notice?.text.contains("+90s") == true)
        go("09:00")
        #expect(replayed.place == 0)
        #expect(replayed.state.notice?.text.contains("outside") == true)
        replayed.press(":")
        replayed.type("time end")
        replayed.press("enter")
        #expect(replayed.place == all.count)
    }

    @Test("the mouse takes the cursor along the strip, and lets go")
    func dragged() throws {
        var replayed = ReplayedConsole(reader)
        let bar = ReplayStrip.bar(replayed.state, in: FrameLayout(replayed.state).strip)
        var last = 0
        replayed.mouse(.press, column: bar.column, row: bar.row)
        #expect(replayed.place == 0)
        for column in stride(from: bar.column, to: bar.endColumn + 5, by: 3) {
            // The hand may leave the strip while it drags.
            replayed.mouse(.drag, column: column, row: bar.row - 9)
            #expect(replayed.place >= last)
            last = replayed.place
            let scale = StripScale(try #require(replayed.state.replay?.overview), columns: bar.columns)
            let shown = scale.column(of: try #require(replayed.state.replay?.place.at))
            if column < bar.endColumn, column > bar.column {
                #expect(abs(shown - (column - bar.column)) <= 1)
            }
        }
        #expect(last == all.count)
        replayed.mouse(.release, column: 0, row: 0)
        replayed.mouse(.drag, column: bar.column, row: bar.row)
        #expect(replayed.place == all.count || replayed.state.replay?.isDragged == false)
    }

    @Test("bookmarks are kept in order, gone to and forgotten")
    func bookmarks() {
        var replayed = ReplayedConsole(reader, at: 20)
        replayed.press("b")
        replayed.press("@")
        replayed.type("#5")
        replayed.press("enter b end (")
        #expect(replayed.state.replay?.bookmarks.map(\.transition) == [5, 20])
        #expect(replayed.place == 20)
        replayed.press("(")
        #expect(replayed.place == 5)
        replayed.press("(")
        #expect(replayed.state.notice?.text == "There is no bookmark before this.")
        replayed.press(") b")
        #expect(replayed.state.replay?.bookmarks.map(\.transition) == [5])
    }

    @Test("playing says what idle time it skipped, or plays it, and begins again where that is wanted")
    func idle() {
        var skipping = ReplayedConsole(reader)
        skipping.press("space")
        var skipped = Duration.zero
        for _ in 0..<400 where skipping.state.replay?.isPlaying == true {
            skipping.wait(.milliseconds(33))
            skipped = max(skipped, skipping.state.replay?.place.idle ?? .zero)
        }
        #expect(skipped >= .seconds(60))
        var real = ReplayedConsole(reader)
        real.press("I space")
        for _ in 0..<400 { real.wait(.milliseconds(33)) }
        #expect(real.state.replay?.place.idle == .zero)
        #expect(real.place < skipping.place)
        var looping = ReplayedConsole(reader, at: all.count)
        looping.press("L space")
        #expect(looping.place == 0)
        looping.press("end")
        looping.press("space")
        looping.wait(.milliseconds(33))
        looping.wait(.milliseconds(33))
        #expect(looping.state.replay?.isPlaying == true)
        #expect(looping.place < all.count)
    }

    @Test("steps that are wanted while one is under way are not lost")
    func steps() {
        var state = AppState(size: .standard, now: start)
        _ = state.update(.source(.connection(.recording)), now: start)
        _ = state.update(.source(.overview(ReplayOverview(reader.index))), now: start)
        _ = state.update(.source(.snapshot(Fleet())), now: start)
        for _ in 0..<5 { _ = state.update(.terminal(.key(Key("."))), now: start) }
        let next = state.update(.source(.replay(ReplayPlace(transition: 1, at: start))), now: start)
        #expect(next == [.send(.replay(.transition(5)))])
    }

    @Test("one view stays at its moment while the other goes with the cursor, and what changed is said")
    func pinned() throws {
        var replayed = ReplayedConsole(reader, size: Size(columns: 160, rows: 40), at: 40)
        replayed.press("j |")
        let before = replayed.state.fleet
        replayed.press("P shift+tab end")
        let pinned = try #require(replayed.state.panes[0].pinned)
        #expect(pinned.fleet.runs.map(\.seq) == before.runs.map(\.seq))
        #expect(replayed.state.seen(from: 0).fleet.runs.map(\.seq) == before.runs.map(\.seq))
        #expect(replayed.state.seen(from: 1).fleet.transitions == all.count)
        #expect(replayed.state.seen(from: 0).moment == pinned.place.at)
        try expectGolden(replayed.console.canvas(), "Replay/pinned-160x40")
        // The keys move the selection in the pinned view, at its own moment.
        replayed.press("shift+tab k j")
        #expect(replayed.state.fleet.transitions == all.count)
        replayed.press("P")
        #expect(replayed.state.panes.allSatisfy { $0.pinned == nil })
    }

    @Test("a moment's difference to another is told for a run, and for all")
    func diff() {
        let story = Stories.failed()
        var early = RunState(id: story.id)
        for transition in story.transitions.prefix(6) { early.apply(transition) }
        let changes = MomentDiff(early, story.state, arrow: "→").changes
        #expect(changes.first == "run → failed")
        #expect(changes.contains("+140k tokens"))
        #expect(changes.contains("+$0.93"))
        #expect(changes.contains("+1 rejection"))
        #expect(MomentDiff(story.state, story.state, arrow: "→").changes.isEmpty)
        #expect(MomentDiff(nil, story.state, arrow: "→").changes.first == "failed")
        #expect(MomentDiff(story.state, nil, arrow: "→").changes == ["not there yet"])
    }

    @Test("an empty or torn recording, and one with nothing readable, are told apart")
    func bad() throws {
        var writer = RecordingWriter(header: RecordingHeader(at: start))
        let empty = ReplayedConsole(try RecordingReader(bytes: writer.finish()))
        #expect(empty.place == 0)
        _ = empty.console.canvas()
        var torn = ReplayedConsole(
            try RecordingReader(bytes: Array(Stories.mix.recording(at: start).prefix(9_000)))
        )
        torn.press("end")
        #expect(torn.place > 0)
        torn.press("home ] } . , @")
        _ = torn.console.canvas()
        #expect(throws: RecordingError.self) { try RecordingReader(bytes: Array("no\nrecording\n".utf8)) }
        #expect(throws: RecordingError.self) { try RecordingReader(bytes: []) }
    }
}
