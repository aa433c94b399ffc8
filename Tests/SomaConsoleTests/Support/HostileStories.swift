import SomaAgents
import SomaCore
import SomaTesting

extension Stories {
    /// Runs whose every word means harm, or is simply long or wide.
    static var hostile: [RunBuilder] {
        let long = String(repeating: "an exceedingly long goal that never ends ", count: 40)
        let goals = [
            "\u{1B}[2J\u{1B}]0;owned\u{07}clear the screen", "right\u{202E}to left\u{202C} \u{200B}hidden",
            "line one\nline two\r\nline three", "東京の天気を調べる 👩‍👩‍👧‍👦 🇯🇵 완료",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} zalgo",
            "\u{9B}31m c1 \u{85} \u{7F}", long,
        ]
        return goals.enumerated().map { index, goal in
            var run = RunBuilder(
                "\(index)\u{1B}[31mabcdef",
                role: index == 3 ? "研究者" : "rol\u{1B}e\tx",
                goal: goal,
                at: start + .seconds(index),
                shape: CognitionGraph.graph
            )
            run.plan([(goal, goal), ("b\u{1B}c", "\u{202E}criterion")])
            run.go(goal, to: index == 3 ? "実行" : "Exe\u{1B}[1mcute")
            run.call(
                "to\u{1B}[0mol",
                #"{"a":"\u001b[2J\u202e"}"#,
                result: goal,
                detail: ["k\u{1B}": .string(goal)]
            )
            run.fact(goal)
            run.judge(false, step: 0, evidence: goal)
            if index % 3 == 1 { _ = run.ask(goal) }
            if index % 3 == 2 { run.fail("co\u{1B}de", goal) }
            run.add(.unknown("soma.\u{1B}[31mnew.v9"), ["x": .string(goal)])
            return run
        }
    }
}
