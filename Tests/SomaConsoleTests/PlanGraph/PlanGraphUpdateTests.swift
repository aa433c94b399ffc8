import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Plan graph keys")
struct PlanGraphUpdateTests {
    private static let medium = Size(columns: 120, rows: 40)

    private func plan(_ stories: [RunBuilder], _ size: Size = medium, _ keys: String = "") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press("g " + keys)
        return console
    }

    @Test("a graph is laid out once a form, and again where the run goes a way that had no room")
    func layoutsAreKept() {
        let story = PlanStories.long()
        var console = TestConsole([story], size: Self.medium)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Array(story.transitions.prefix(3)))))
        console.press("g")
        _ = console.canvas()
        let layouts = console.state.planView.pictures.layouts
        #expect(layouts == 2)
        for transition in story.transitions.dropFirst(3) {
            console.feed(.source(.transitions([transition])))
            _ = console.canvas()
        }
        console.press("left left left right j k")
        _ = console.canvas()
        // Once: the run skips a stage.
        #expect(console.state.planView.pictures.layouts == layouts + 1)
    }

    @Test("a transition makes new only what belongs to the nodes and edges that it touches")
    func transitionsTouchLittle() {
        let story = PlanStories.long()
        var console = TestConsole([story], size: Self.medium)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Array(story.transitions.prefix(2)))))
        console.press("g tab")
        let before = console.canvas()
        console.feed(.source(.transitions([story.transitions[2]])))
        let cells = console.canvas().damage(from: before).reduce(0) { $0 + $1.columns.count }
        #expect(cells > 0 && cells < 400)
    }

    @Test("walking a long log step by step shows each time what the whole fold would")
    func longWalk() throws {
        var run = PlanStories.walking(PlanStories.wide, "long", ["次"])
        for _ in 0..<400 {
            run.go("済み", to: "確認👩‍🔬する")
            run.go("却下", to: "調べる🔎")
        }
        var console = TestConsole.with([run], size: .standard)
        console.press("g" + String(repeating: " left", count: 60))
        let walked = try #require(console.state.walked)
        var whole = RunState(id: run.id)
        for transition in run.transitions where transition.seq <= walked.seq { whole.apply(transition) }
        #expect(console.state.planView.shown == whole)
        console.press(String(repeating: " right", count: 10))
        for transition in run.transitions
        where transition.seq > walked.seq && transition.seq <= walked.seq + 10 {
            whole.apply(transition)
        }
        #expect(console.state.planView.shown == whole)
    }

    @Test("the first move selects the current node, the next ones its neighbours; c lets go")
    func selection() {
        var console = plan(Stories.research(), Self.medium, "j")
        #expect(console.state.planView.selected == "Execute")
        console.press("j")
        #expect(console.state.planView.selected == "Observe")
        console.press("home")
        #expect(console.state.planView.selected == "Plan")
        console.press("end")
        #expect(console.state.planView.selected == "Commit")
        console.press("c")
        #expect(console.state.planView.selected == nil)
    }

    @Test("enter on a selected node opens the timeline at its latest visit")
    func opening() throws {
        let story = Stories.research()
        var console = plan(story, Self.medium, "home j j j j j j")
        #expect(console.state.planView.selected == "Verify")
        let visit = try #require(
            console.state.planView.trail.visits(to: "Verify", upTo: .max, count: 1).first
        )
        console.press("enter")
        #expect(console.state.view == .run(story[0].id))
        let selected = try #require(console.state.runView.selected)
        #expect(selected >= visit.id && selected <= (visit.leftSeq ?? .max))
        #expect(console.state.runView.isFollowing == false)
    }

    @Test("enter on a node that was never visited says so")
    func openingNothing() {
        let console = plan(Stories.research(), Self.medium, "end enter")
        #expect(console.state.notice == Notice("The run has not been in Commit."))
        #expect(console.state.route.count == 2)
    }

    @Test("panning ends at the picture's edges, so that the way back begins at once")
    func panning() {
        var console = plan([PlanStories.long()])
        let top = console.canvas()
        console.press(Array(repeating: "J", count: 300).joined(separator: " "))
        let end = console.canvas()
        #expect(end != top)
        console.press("J L")
        #expect(console.canvas() == end)
        console.press("K")
        #expect(console.canvas() != end)
        console.press("c")
        #expect(console.canvas() == top)
    }

    @Test("the mouse selects a node, opens it, and drags the picture")
    func mouse() throws {
        var console = plan([PlanStories.long()])
        let lines = console.canvas().text.split(separator: "\n", omittingEmptySubsequences: false)
        let row = try #require(lines.firstIndex { $0.contains("║ ● think 6") })
        let range = try #require(lines[row].firstRange(of: "think 6"))
        let column = lines[row].distance(from: lines[row].startIndex, to: range.lowerBound)
        let point = Point(column: column, row: row)
        console.feed(.terminal(.mouse(MouseEvent(action: .press, button: .left, point: point))))
        #expect(console.state.planView.selected == "think 6")
        let corner = Point(column: 2, row: 30)
        console.feed(.terminal(.mouse(MouseEvent(action: .press, button: .left, point: corner))))
        let before = try #require(console.state.planView.origin)
        console.feed(
            .terminal(.mouse(MouseEvent(action: .drag, button: .left, point: Point(column: 2, row: 25))))
        )
        #expect(console.state.planView.origin == Point(column: before.column, row: before.row + 5))
        console.feed(.terminal(.mouse(MouseEvent(action: .release, button: .left, point: corner))))
        console.feed(.terminal(.mouse(MouseEvent(action: .drag, button: .left, point: corner))))
        #expect(console.state.planView.origin == Point(column: before.column, row: before.row + 5))
    }

    @Test("the plan is copied as an indented list without box characters")
    func copying() throws {
        var console = plan([PlanStories.parallel()])
        let effects = console.state.update(.terminal(.key(Key("y"))), now: console.state.now)
        #expect(
            effects == [
                .copy(
                    """
                    a graph of its own
                    planner ab12cd34ef56gh7, needs
                    - split, done, 1 visit, 1.0s
                        fork: to left side, once
                        fork: to right side, once
                      - left side, waiting, 1 visit, <1m
                          done: to join, not taken
                      - right side, waiting for you, 1 visit, <1m
                      - deep, ahead
                          done: to join, not taken
                          again: again, not taken
                    - join, ahead
                        retry: back to split, not taken

                    """,
                    what: "the plan"
                )
            ]
        )
    }

    @Test("zoom, fold and all edges are kept for the next run")
    func preferences() {
        var console = TestConsole.with(Stories.mix, size: Self.medium)
        console.press("g z z g tab esc j g")
        #expect(console.state.planView.zoom == .normal)
        #expect(console.state.planView.isWhole)
        #expect(console.state.planView.arrangement == .graph)
    }

    @Test("every size draws inside its rectangle, with every key, at any moment")
    func anySize() {
        let keys = ["f", "z", "z", "z", "tab", "tab", "g", "j", "J", "L", "enter"]
        for columns in [20, 24, 37, 44, 60, 99, 100, 133] {
            for rows in [5, 6, 9, 12, 19, 31] {
                for story in [PlanStories.parallel(), PlanStories.long()] {
                    var console = plan([story], Size(columns: columns, rows: rows))
                    for key in keys {
                        console.press(key)
                        #expect(console.canvas().size == console.state.size)
                    }
                }
            }
        }
    }
}

@Suite("Plan trail")
struct PlanTrailTests {
    @Test("visits are folded with what came of them")
    func fold() {
        let story = Stories.research()[0]
        var trail = PlanTrail()
        for transition in story.transitions { trail.append(transition) }
        #expect(
            trail.visits.map(\.node) == [
                "Plan", "Recall", "ToolSelect", "Execute", "Observe", "Reflect", "Verify", "Reflect",
                "ToolSelect", "Execute",
            ]
        )
        #expect(trail.visits.map(\.isRejected).enumerated().filter(\.element).map(\.offset) == [6])
        #expect(trail.visits[6].outcome == "reject")
        #expect(trail.visits[6].next == ["Reflect"])
        #expect(trail.rejections(from: "Verify", to: "Reflect", upTo: .max) == 1)
        #expect(trail.rejections(from: "Verify", to: "Reflect", upTo: trail.visits[6].id) == 0)
        #expect(
            trail.visits(to: "Reflect", upTo: .max, count: 9).map(\.id) == [7, 5].map { trail.visits[$0].id }
        )
        #expect(trail.visits[9].leftSeq == nil)
        #expect(trail.visits[3].calls == ["http_get"])
    }

    @Test("a log without its beginning is folded as far as it goes")
    func partial() {
        let story = Stories.research()[0]
        var trail = PlanTrail()
        for transition in story.transitions.suffix(12) { trail.append(transition) }
        #expect(trail.count == 12)
        #expect(trail.visits.count < 10)
    }
}
