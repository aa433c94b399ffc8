import SomaCore
import SomaTesting

/// Runs in graphs of their own.
enum PlanStories {
    /// A fork with two branches, a loop in one of them, and a way back from the join.
    static let fan = Graph(
        name: "fan",
        entry: "split",
        nodes: [
            .init("split", .fork(join: "join")), .init("left side", .task("a")),
            .init("right side", .task("b")), .init("deep", .task("c")), .init("join", .join),
        ],
        edges: [
            .init("split", "fork", "left side"), .init("split", "fork", "right side"),
            .init("right side", "more", "deep"), .init("left side", "done", "join"),
            .init("deep", "done", "join"), .init("deep", "again", "deep"),
            .init("join", "retry", "split", passesMax: 3), .init("join", "*", Graph.end),
        ]
    )

    /// Both branches of a fork under way: one calls a tool for the second time, one waits for a person.
    static func parallel() -> RunBuilder {
        var run = RunBuilder(
            "ab12cd34ef56gh7",
            role: "planner",
            goal: "a graph of its own",
            at: start + .seconds(800),
            entry: "split",
            shape: fan
        )
        run.wait(.seconds(1))
        let fork = run.activation
        func branch(_ index: Int) -> JSON { ["fork": JSON(fork), "index": JSON(index), "count": 2] }
        let branches: [JSON] = ["left side", "right side"].enumerated().map { index, node in
            ["node": .string(node), "branches": [branch(index)]]
        }
        run.add(
            .nodeLeft,
            ["activation": JSON(run.activation), "outcome": "fork", "next": .array(branches)],
            cause: run.activation
        )
        run.enter("left side", from: "split", via: "fork", branches: [branch(0)])
        let call = run.request("http_get", #"{"url":"http://a/slow"}"#)
        run.start(call)
        run.finish(call, ok: false, status: "timeout", result: "timeout", retryAfter: .seconds(1))
        run.wait(.seconds(1))
        run.start(call, attempt: 2)
        run.enter("right side", from: "split", via: "fork", branches: [branch(1)])
        let arguments = #"{"command":"make deploy"}"#
        let effect = run.request("shell", arguments, effectClass: .once)
        _ = run.askApproval(effect, arguments: arguments, risk: "deploys", reason: "the last step")
        return run
    }

    /// A graph of 60 nodes as people write them: stages with a check each, some of which fork, and ways back.
    static let sixty: Graph = {
        var nodes: [Graph.Node] = []
        var edges: [Graph.Edge] = []
        for stage in 0..<12 {
            let names = ["read", "think", "act", "check", "note"].map { "\($0) \(stage + 1)" }
            nodes += names.map { .init($0, .task($0)) }
            edges.append(.init(names[0], "read", names[1]))
            edges.append(.init(names[1], "do", names[2]))
            edges.append(.init(names[1], "skip", names[3]))
            edges.append(.init(names[2], "done", names[3]))
            edges.append(.init(names[3], "reject", names[1], passesMax: 3))
            edges.append(.init(names[3], "accept", names[4]))
            edges.append(.init(names[4], "next", stage < 11 ? "read \(stage + 2)" : Graph.end))
            if stage % 4 == 1 { edges.append(.init(names[4], "jump", "read \(stage + 3)")) }
            if stage % 4 == 3 { edges.append(.init(names[3], "restart", "read \(stage - 1)")) }
        }
        return Graph(name: "sixty", entry: "read 1", nodes: nodes, edges: edges)
    }()

    /// Half-way through sixty nodes.
    static func long() -> RunBuilder {
        var run = RunBuilder(
            "sx60cd34ef56gh7",
            role: "planner",
            goal: "twelve stages, one after the other",
            at: start,
            entry: "read 1",
            shape: sixty
        )
        for stage in 1...5 {
            run.go("read", to: "think \(stage)", after: .seconds(2))
            run.go("do", to: "act \(stage)", after: .seconds(9))
            run.go("done", to: "check \(stage)", after: .seconds(30))
            if stage == 4 {
                run.judge(false, evidence: "too short")
                run.go("reject", to: "think \(stage)")
                run.go("skip", to: "check \(stage)", after: .seconds(3))
            }
            run.go("accept", to: "note \(stage)")
            run.go("next", to: "read \(stage + 1)")
        }
        run.go("read", to: "think 6", after: .seconds(2))
        return run
    }

    /// Names that want to be more than names.
    static let hostile = Graph(
        name: "\u{1B}[31mred\u{1B}[0m",
        entry: "a\u{1B}]0;title\u{7}b",
        nodes: [
            .init("a\u{1B}]0;title\u{7}b", .task("a")),
            .init("\u{202E}gnp.exe\u{202C} and a very long name that never seems to end at all", .task("b")),
            .init("line\nbreak\ttab", .task("c")), .init("z\u{300}\u{301}\u{302}\u{303}algo", .task("d")),
        ],
        edges: [
            .init("a\u{1B}]0;title\u{7}b", "\u{1B}[2J", "line\nbreak\ttab"),
            .init(
                "a\u{1B}]0;title\u{7}b",
                "a label that is much longer than any label ought to be",
                "\u{202E}gnp.exe\u{202C} and a very long name that never seems to end at all"
            ),
            .init("line\nbreak\ttab", "\u{200B}\u{200B}\u{200B}", "z\u{300}\u{301}\u{302}\u{303}algo"),
            .init(
                "\u{202E}gnp.exe\u{202C} and a very long name that never seems to end at all",
                "\u{7}",
                "z\u{300}\u{301}\u{302}\u{303}algo"
            ),
            .init("z\u{300}\u{301}\u{302}\u{303}algo", "\u{9B}31m", "a\u{1B}]0;title\u{7}b", passesMax: 2),
            .init("z\u{300}\u{301}\u{302}\u{303}algo", "*", Graph.end),
        ]
    )

    /// Names of wide characters.
    static let wide = Graph(
        name: "計画",
        entry: "計画する",
        nodes: [
            .init("計画する", .task("a")), .init("調べる🔎", .task("b")), .init("確認👩‍🔬する", .task("c")),
            .init("報告", .task("d")),
        ],
        edges: [
            .init("計画する", "次", "調べる🔎"), .init("調べる🔎", "済み", "確認👩‍🔬する"),
            .init("確認👩‍🔬する", "却下", "調べる🔎", passesMax: 3), .init("確認👩‍🔬する", "承認", "報告"),
            .init("確認👩‍🔬する", "再計画", "計画する", passesMax: 2), .init("報告", "*", Graph.end),
        ]
    )

    /// A run that has entered the first node of a graph and taken some of its edges.
    static func walking(_ graph: Graph, _ goal: String, _ outcomes: [String]) -> RunBuilder {
        var run = RunBuilder(
            "gr12cd34ef56gh7",
            role: "planner",
            goal: goal,
            at: start + .seconds(700),
            entry: graph.entry,
            shape: graph
        )
        for outcome in outcomes {
            guard let edge = graph.edges.first(where: { $0.from == run.node && $0.label == outcome }) else {
                continue
            }
            run.go(outcome, to: edge.to, after: .seconds(2))
        }
        return run
    }
}
