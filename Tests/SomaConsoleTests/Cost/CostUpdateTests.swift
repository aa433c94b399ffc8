@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Cost view")
struct CostUpdateTests {
    private func console(_ keys: String = "alt+c") -> TestConsole {
        var console = TestConsole.with(CostStories.day, now: CostStories.now)
        console.press(keys)
        return console
    }

    @Test("v goes through the axes, V back, and the last one is followed by the first")
    func axes() {
        var console = console()
        var seen: [CostAxis] = []
        for _ in CostAxis.allCases {
            seen.append(console.state.costAxis)
            console.press("v")
        }
        #expect(seen == CostAxis.allCases)
        #expect(console.state.costAxis == .role)
        console.press("V")
        #expect(console.state.costAxis == .hour)
    }

    @Test(
        "enter goes from a model to its runs and from a run to what it did; esc comes back to the same place"
    )
    func opens() {
        var console = console("alt+c v enter")
        #expect(console.state.view == .cost(CostPart(.model, .named("large-b"))))
        #expect(console.state.costAxis == .run)
        console.press("enter")
        #expect(console.state.view == .run(RunID("0a77c2w8e1r5t9y")))
        console.press("esc esc")
        #expect(console.state.view == .cost(nil))
        #expect(console.state.costAxis == .model)
    }

    @Test("enter within a group confines the list to both, and what it comes to is what its row said")
    func opensWithin() throws {
        var console = console("alt+c enter V")
        let role = try #require(console.state.costPart)
        #expect(role.axis == .role && console.state.costAxis == .tool)
        let line = try #require(console.state.costView.line)
        console.press("enter")
        #expect(console.state.view == .cost(CostPart(.tool, line.name)))
        #expect(console.state.costParts == [role, CostPart(.tool, line.name)])
        let total = console.state.costView.table.total
        #expect(total.amounts == line.amounts && total.runs == line.runs)
        #expect(console.canvas().text.contains("\(role.words) \(CostPart(.tool, line.name).words) by run"))
        console.press("v V V")
        #expect(console.state.costAxis == .model)
        console.press("esc")
        #expect(console.state.costParts == [role])
    }

    @Test("f shows the group's runs in the fleet, whatever its name holds")
    func fleet() {
        let console = console("alt+c f")
        #expect(console.state.view == .fleet)
        #expect(console.state.fleetView.filter == "role:\"coder\"")
        #expect(console.state.fleetView.rows.runs == 2)
        var odd = TestConsole.with(
            [CostStories.run("a1", role: "a \"b\" \\c", goal: "g", at: start, calls: [("m", 10)])],
            now: CostStories.now
        )
        odd.press("alt+c f")
        #expect(odd.state.fleetView.typed.trouble == nil)
        #expect(odd.state.fleetView.rows.runs == 1)
    }

    @Test("with subtrees, a role has what it delegated")
    func tree() {
        var console = console("alt+c")
        let own = console.state.costView.table.line(named: .named("researcher"))?.amounts.microdollars
        console.press("t")
        let tree = console.state.costView.table.line(named: .named("researcher"))?.amounts.microdollars
        #expect(own == 850_000)
        #expect(tree == 1_160_000)
    }

    @Test("the command opens the view by any axis, and says what there is where it can't")
    func command() {
        var console = console("")
        func command(_ text: String) {
            console.press(":")
            console.type(text)
            console.press("enter")
        }
        command("cost")
        #expect(console.state.view == .cost(nil))
        command("cost by tool")
        #expect(console.state.costAxis == .tool)
        command("cost day")
        #expect(console.state.costAxis == .day)
        command("cost by rol")
        #expect(console.state.notice?.text.contains("did you mean role?") == true)
        command("cost by nothing at all")
        #expect(console.state.notice?.kind == .bad)
    }

    /// Runs with one call each, the latest first.
    private func stories(_ count: Int) -> [RunBuilder] {
        (0..<count).map { number in
            CostStories.run(
                "r\(number)aaaaaaaaaa",
                role: "coder",
                goal: "g",
                at: start + .seconds(-number),
                calls: [("a", 10)]
            )
        }
    }

    @Test("logs are asked for a few at a time, the latest runs first, and read on where somebody asks")
    func reading() {
        let stories = stories(250)
        var console = TestConsole(stories, now: CostStories.now)
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        #expect(console.requests.allSatisfy { if case .tail = $0 { false } else { true } })
        console.press("alt+c")
        for _ in 0..<80 { console.feed(.tick) }
        #expect(console.state.costView.table.total.read == CostLogs.runsMax)
        #expect(
            console.requests.first { if case .tail = $0 { true } else { false } }
                == .tail(stories[0].id, after: 0)
        )
        #expect(console.state.costRemark == "Of 250 runs, 200 read: M reads on")
        console.press("M")
        for _ in 0..<40 { console.feed(.tick) }
        #expect(console.state.costView.table.total.read == 250)
        #expect(console.state.costRemark == nil)
    }

    @Test("where as much is kept as there is room for it says which part is shown, and offers no more")
    func full() {
        let stories = stories(20)
        var console = TestConsole(stories, size: Size(columns: 160, rows: 40), now: CostStories.now)
        console.state.costLogs = CostLogs(recordsMax: 4)
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        console.press("alt+c")
        for _ in 0..<20 { console.feed(.tick) }
        let read = console.state.costView.table.total.read
        #expect((1..<20).contains(read))
        #expect(
            console.state.costRemark
                == "Of 20 runs, \(read) read, the latest first: 4 charges and calls are kept, and no more; of the rest "
                + "only the sums are shown"
        )
        let asked = console.requests.count
        console.press("M")
        for _ in 0..<20 { console.feed(.tick) }
        #expect(console.requests.count == asked)
        #expect(!console.canvas().text.contains("M reads on"))
    }

    @Test("of a run that goes on while there is no room for more nothing more is kept")
    func fullMeanwhile() {
        let story = CostStories.run(
            "a1aaaaaaaaaaaaa",
            role: "coder",
            goal: "g",
            at: start,
            calls: Array(repeating: ("m", 10), count: 9)
        )
        var logs = CostLogs(recordsMax: 4)
        for transition in story.transitions { logs.note(transition) }
        #expect(logs.isFull && logs[story.id]?.records.count == 4)
    }

    @Test("a run that goes on while its log is read is known to its end")
    func goesOn() throws {
        var story = CostStories.run(
            "a1aaaaaaaaaaaaa",
            role: "coder",
            goal: "g",
            at: start,
            calls: [("m", 10)]
        )
        var logs = CostLogs()
        var fleet = Fleet(runs: [story.state])
        let asked = logs.next(behind: [], unread: [0], fleet, isRecorded: false)
        #expect(asked.map(\.after) == [0])
        let early = story.transitions
        let effect = story.request("m", "{}", kind: .model)
        story.charge(tokens: 3, microdollars: 30, effect: effect)
        for transition in story.transitions.dropFirst(early.count) {
            fleet.apply(transition)
            logs.note(transition)
        }
        logs.take(story.id, early)
        let again = logs.next(behind: [0], unread: [], fleet, isRecorded: false)
        #expect(again.map(\.after) == [early.count])
        logs.take(story.id, Array(story.transitions.dropFirst(early.count)))
        let log = try #require(logs[story.id])
        #expect(log.isWhole && log.last == story.transitions.count)
        #expect(log.records.map(\.usage.microdollars).reduce(0, +) == 40)
        #expect(log.records.last?.name == "m")
        #expect(logs.next(behind: [0], unread: [], fleet, isRecorded: false).isEmpty)
    }

    @Test("a log that gives nothing more, or can't be read, isn't asked for again by itself")
    func unreadable() {
        let story = CostStories.run(
            "a1aaaaaaaaaaaaa",
            role: "coder",
            goal: "g",
            at: start,
            calls: [("m", 10)]
        )
        let fleet = Fleet(runs: [story.state])
        for answer in [nil, []] as [[Transition]?] {
            var logs = CostLogs()
            _ = logs.next(behind: [], unread: [0], fleet, isRecorded: false)
            logs.take(story.id, answer)
            #expect(logs.next(behind: [0], unread: [0], fleet, isRecorded: false).isEmpty)
            #expect(logs.failed == 1)
            logs.more()
            #expect(!logs.next(behind: [0], unread: [0], fleet, isRecorded: false).isEmpty)
        }
    }

    @Test("at an earlier moment only what had happened counts, without reading again")
    func earlier() {
        let story = CostStories.run(
            "a1aaaaaaaaaaaaa",
            role: "coder",
            goal: "g",
            at: start,
            calls: [("m", 10), ("m", 100), ("m", 1_000)]
        )
        let charges = story.transitions.filter { $0.kind == .budgetCharged }.map(\.seq)
        var logs = CostLogs()
        for transition in story.transitions { logs.note(transition) }
        var table = CostTable()
        for (seq, expected) in zip(charges + charges.reversed(), [10, 110, 1_110, 1_110, 110, 10]) {
            var state = RunState(id: story.id)
            for transition in story.transitions.prefix(seq) { state.apply(transition) }
            let fleet = Fleet(runs: [state])
            var index = FleetIndex()
            index.reset(fleet)
            var wish = CostTable.Wish()
            wish.axis = .model
            wish.moment = CostMoment(state.lastAt, ClockFace())
            table.update(wish, fleet, index, logs)
            #expect(table.line(named: .named("m"))?.amounts.microdollars == expected)
            #expect(table.isKnown)
        }
    }

    @Test("a place in the view is remembered and found again")
    func desk() throws {
        let part = CostPart(.model, .named("a:b\"c"))
        #expect(Route(token: Route.cost(part).token) == .cost(part))
        #expect(Route(token: "cost") == .cost(nil))
        #expect(Route(token: "cost:nothing:=x") == nil)
        for name in [CostName.unnamed, .other, .unread, .named("")] {
            #expect(CostPart(token: CostPart(.day, name).token) == CostPart(.day, name))
        }
        var state = AppState(now: start)
        state.begin(with: try Opening("cost:model"))
        #expect(state.view == .cost(nil) && state.costAxis == .model)
    }
}
