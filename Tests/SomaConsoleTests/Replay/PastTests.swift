import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

/// A live console whose source gives the past when it is asked.
struct LiveConsole {
    var console: TestConsole
    /// What has happened, in order.
    var told: [Transition] = []
    var number = 0
    var player: RecordingPlayer?
    /// Whether the past is given at once.
    var givesPast = true
    var wanted: PastRequest?

    init(_ stories: [RunBuilder], size: Size = Size(columns: 120, rows: 40)) {
        console = TestConsole(stories, size: size)
        feed(.source(.snapshot(Fleet())))
    }

    var state: AppState { console.state }

    mutating func tell(_ transitions: [Transition]) {
        told += transitions
        feed(.source(.transitions(transitions)))
    }

    mutating func feed(_ message: AppMessage) {
        let asked = console.requests.count
        console.feed(message)
        answer(from: asked)
    }

    private mutating func answer(from asked: Int) {
        for request in console.requests[asked...] {
            switch request {
            case .past(let past):
                wanted = past
                if givesPast { give() }
            case .replay(let move):
                guard let news = player?.answer(move) else { continue }
                feed(.source(.past(.told(number: number, news))))
            default: break
            }
        }
    }

    /// Gives the past that was asked for.
    mutating func give() {
        guard case .open(let number, let runs)? = wanted else {
            player = nil
            return
        }
        self.number = number
        let last = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0.last) })
        var writer = RecordingWriter(header: RecordingHeader(at: start))
        for transition in told where transition.seq <= last[transition.run] ?? 0 { writer.append(transition) }
        guard let reader = try? RecordingReader(bytes: writer.finish()) else { return }
        var player = RecordingPlayer(reader)
        let news = player.open(at: reader.index.transitions)
        self.player = player
        feed(.source(.past(.opened(number: number, runs: runs.count, news))))
    }

    mutating func press(_ keys: String) {
        for word in keys.split(separator: " ") {
            if let key = Key(String(word)) { feed(.terminal(.key(key))) }
        }
    }

    mutating func type(_ text: String) {
        for character in text { feed(.terminal(.key(Key(character)))) }
    }
}

@Suite("The past of a live view")
struct PastTests {
    private let all = Stories.mix.merged

    private func opened(size: Size = Size(columns: 120, rows: 40)) -> LiveConsole {
        var live = LiveConsole(Stories.mix, size: size)
        live.tell(all)
        live.press("T")
        return live
    }

    @Test("whoever was in the past comes back to what would be there without it", arguments: 0..<60)
    func exact(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        var away = LiveConsole(Stories.mix)
        var stayed = LiveConsole(Stories.mix)
        let keys = [
            "T", ",", "home", "]", "{", "end", "space", "T", "j", "|", "P", "shift+tab", "alt+,", "2", "1",
        ]
        var rest = all[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Int.random(in: 1...7, using: &generator)))
            rest = rest.dropFirst(batch.count)
            var news: [AppMessage] = [.source(.transitions(batch))]
            if Int.random(in: 0..<8, using: &generator) == 0 {
                news.append(.source(.presence(batch[0].run, holder: "h\(seed)", at: batch[0].at)))
                news.append(.source(.output(batch[0].run, effect: 3, text: "out")))
            }
            if Int.random(in: 0..<12, using: &generator) == 0 {
                news.append(.source(.snapshot(stayed.state.fleet)))
                news.append(.source(.connection(.live(lag: nil))))
            }
            away.told += batch
            stayed.told += batch
            for message in news {
                away.feed(message)
                stayed.feed(message)
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                away.press(keys[Int.random(in: 0..<keys.count, using: &generator)])
            }
        }
        if away.state.past != nil || away.state.strip != nil { away.press("T") }
        #expect(away.state.past == nil && away.state.replay == nil && away.state.strip == nil)
        #expect(away.state.fleet == stayed.state.fleet)
        #expect(away.state.index.needing == stayed.state.index.needing)
        #expect(away.state.index.running == stayed.state.index.running)
        #expect(away.state.index.failed == stayed.state.index.failed)
        #expect(away.state.activity == stayed.state.activity)
        #expect(away.state.presence == stayed.state.presence)
        #expect(away.state.connection == stayed.state.connection)
        #expect(away.state.panes.allSatisfy { $0.pinned == nil })
        away.press("1")
        #expect(away.state.index.facts == stayed.state.index.facts)
        #expect(
            away.state.fleetView.rows.ids(away.state.fleet)
                == stayed.state.fleetView.rows.ids(stayed.state.fleet)
        )
    }

    @Test("T on the fleet opens the past of everything, and what happens meanwhile waits aside")
    func opens() throws {
        var live = LiveConsole(Stories.mix)
        live.tell(Array(all.prefix(100)))
        live.press("T")
        #expect(live.state.past?.phase == .open)
        #expect(live.state.replay?.place.transition == 100)
        live.press("@")
        live.type("#40")
        live.press("enter")
        live.tell(Array(all[100...]))
        #expect(live.state.fleet.transitions == 40)
        #expect(live.state.past?.present?.fleet.transitions == all.count)
        #expect(
            live.state.past?.present?.index.needing == live.state.past?.present?.fleet.needingPerson.count
        )
        try expectGolden(live.console.canvas(), "Replay/past-120x40")
        live.press("esc")
        #expect(live.state.fleet.transitions == all.count)
        #expect(live.state.replay == nil)
        #expect(live.state.connection == .live(lag: nil))
        #expect(live.wanted == .close)
    }

    @Test("it is drawn at every size", arguments: sizes)
    func drawn(size: Size) throws {
        var live = opened(size: size)
        live.press("[")
        try expectGolden(live.console.canvas(), "Replay/past-fleet-\(size)")
    }

    @Test(
        "while it is fetched, it says how much is here, the keys are alive, and T or esc stops it",
        arguments: ["T", "esc"]
    )
    func cancelled(key: String) throws {
        var live = LiveConsole(Stories.mix)
        live.givesPast = false
        live.tell(all)
        let before = live.state.fleetView.selected
        live.press("T j")
        #expect(live.state.fleetView.selected != before)
        live.feed(.source(.past(.progress(number: 1, PastProgress(told: 48, expected: 130)))))
        try expectGolden(live.console.canvas(), "Replay/past-reading-120x40")
        live.press(key)
        #expect(live.state.past == nil)
        #expect(live.wanted == .close)
        // What comes too late is passed over.
        live.wanted = .open(number: 1, [])
        live.feed(.source(.past(.opened(number: 1, runs: 4, [.connection(.recording), .snapshot(Fleet())]))))
        #expect(live.state.fleet.transitions == all.count)
    }

    @Test("a past that can't be had is said, and nothing has changed")
    func failed() {
        var live = LiveConsole(Stories.mix)
        live.givesPast = false
        live.tell(all)
        live.press("T")
        live.feed(.source(.past(.failed(number: 1, "no file can be made in /tmp"))))
        #expect(live.state.past == nil)
        #expect(live.state.notice == Notice("The past can't be read: no file can be made in /tmp", .bad))
        live.feed(.source(.connection(.reconnecting(retryAt: start, reason: "gone"))))
        live.press("T")
        #expect(live.state.past == nil)
        #expect(live.state.notice?.kind == .bad)
    }

    @Test("nothing is sent from the past")
    func steering() {
        var live = opened()
        for run in live.state.fleet.runs.map(\.id) {
            live.console.state.select(run)
            live.press("a r e s x y n")
        }
        #expect(live.state.isInPast)
        #expect(live.console.state.send(ConsoleCommand(all[0].run, .pause)).isEmpty)
        #expect(live.state.notice?.kind == .bad)
        #expect(!live.console.requests.contains { if case .command = $0 { true } else { false } })
    }

    @Test("a strip over one run becomes the past of everything once more than that is looked at")
    func widens() {
        var live = LiveConsole(Stories.mix)
        live.tell(all)
        live.press("enter T , ,")
        let walked = live.state.walked
        #expect(walked != nil)
        #expect(live.wanted == nil)
        live.press("1")
        #expect(live.state.past?.phase == .open)
        #expect(live.state.strip == nil)
        let place = all.firstIndex { $0.run == walked?.run && $0.seq == walked?.seq }.map { $0 + 1 }
        #expect(live.state.replay?.place.transition == place)
        live.press("T")
        #expect(live.state.fleet.transitions == all.count)
    }

    @Test("two views move together, live as in a recording")
    func together() {
        var live = LiveConsole(Stories.mix, size: Size(columns: 160, rows: 40))
        live.tell(all)
        live.press("j | T home")
        #expect(live.state.fleet.transitions == 0)
        live.press("end ,")
        #expect(live.state.seen(from: 0).fleet.transitions == all.count - 1)
        #expect(live.state.seen(from: 1).fleet.transitions == all.count - 1)
    }

    @Test("what is being typed stays in the present until it is done")
    func typing() {
        var live = LiveConsole(Stories.mix)
        live.givesPast = false
        live.tell(all)
        live.press("T :")
        live.type("fle")
        live.give()
        #expect(live.state.past?.present == nil)
        live.press("esc")
        #expect(live.state.past?.present != nil)
    }

    @Test("of too much, what is wanted and what is at work comes first, and it is said how much that is")
    func scope() {
        let fleet = Fleet(runs: Stories.mix.map(\.state))
        let done = Stories.done().id
        let whole = PastScope(fleet, first: [])
        #expect(whole.runs.map(\.count).reduce(0, +) == fleet.runs.map(\.seq).reduce(0, +))
        #expect(whole.words == nil)
        let part = PastScope(fleet, first: [done], limit: Stories.done().transitions.count + 20)
        #expect(part.runs.contains { $0.id == done })
        #expect(part.runs.count < fleet.runs.count)
        #expect(part.words == "\(part.runs.count) of \(fleet.runs.count) runs")
        #expect(PastScope(Fleet(), first: []).runs.isEmpty)
    }
}
