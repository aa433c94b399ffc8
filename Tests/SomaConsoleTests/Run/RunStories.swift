import SomaAgents
import SomaCore
import SomaTesting

extension Stories {
    /// A coder who patches a file after a person has changed the patch, with two calls at once, and reports.
    static var patched: RunBuilder {
        var run = RunBuilder(
            "5a7c4ed5a7c4ed0",
            role: "coder",
            goal: "replace teh with the in notes.txt",
            at: start,
            shape: CognitionGraph.graph
        )
        run.call("large-b", #"{"messages":4}"#, kind: .model, result: "a plan", after: .seconds(4))
        run.plan([("find", "every place is known"), ("patch", "no place is left")])
        run.go("planned", to: "Execute", after: .milliseconds(200))
        let left = run.request("search", #"{"path":"notes.txt","pattern":"teh"}"#)
        let right = run.request("count_lines", #"{"path":"."}"#)
        run.start(left)
        run.start(right)
        run.finish(
            left,
            result:
                #"{"matches":[{"line":1,"text":"the first of teh notes"},{"line":9,"text":"teh end"}],"searched":1}"#,
            detail: ["matches": 2],
            after: .seconds(1)
        )
        run.finish(right, result: #"{"lines":70}"#, after: .seconds(2))
        run.fact("2 lines hold the text")
        run.go("again", to: "Execute")
        let patch =
            "--- a/notes.txt\n+++ b/notes.txt\n@@ -1,2 +1,2 @@\n-the first of teh notes\n+the first of the notes\n same\n@@ -9 +9 @@\n-teh end\n+the end\n"
        let arguments = JSON.object(["patch": .string(patch), "check_only": false]).text()
        let effect = run.request("apply_patch", arguments, effectClass: .once)
        let question = run.askApproval(
            effect,
            arguments: arguments,
            risk: "changes notes.txt",
            reason: "the goal says so"
        )
        run.wait(.seconds(1_330))
        run.answer(
            question,
            "approved",
            message: "leave the end alone",
            arguments: JSON.object(["patch": .string(String(patch.dropLast(29))), "check_only": false]).text()
        )
        run.start(effect)
        run.finish(effect, result: "patched", detail: ["bytes": 48_212], after: .seconds(1))
        run.go("observed", to: "Verify")
        run.judge(
            true,
            step: 1,
            evidence:
                #"{"checks":[{"what":"lines, counted twice","expected":"70 by search","found":"70","ok":true,"by":"search"},{"what":"teh","expected":"0","found":"1","ok":false}]}"#
        )
        run.go("accept", to: "Commit", after: .seconds(1))
        run.complete(report)
        return run
    }

    /// A report as agents write them, with some of everything.
    static let report = """
        # Replaced in notes.txt
        **1 of 2** lines now say `the`; one was *left alone*, as asked. See [the patch](notes.patch).

        ## Checks
        | What | Found | Expected |
        |---|---:|---|
        | lines | 70 | 70 by search |
        | 東京 | 1 | none |

        - the first line was changed, and this item is long enough to be broken on a terminal of eighty columns
          1. nested

        > left alone

        ```diff
        -teh
        +the
        ```
        """

    /// A run with words of other scripts everywhere.
    static var wide: RunBuilder {
        var run = RunBuilder(
            "0c1d2e3f4a5b6c7",
            role: "研究者",
            goal: "東京の天気を調べる 👩‍👩‍👧‍👦",
            at: start,
            shape: CognitionGraph.graph
        )
        run.plan([("東京の気象台のデータを取得する", "二つの情報源が一致する"), ("보고서를 쓴다", "완료")])
        run.go("計画済み", to: "実行する")
        run.call("検索", #"{"クエリ":"東京の天気 🇯🇵"}"#, result: #"{"気温":21,"説明":"晴れ時々曇り 👍🏽","風":["北","東"]}"#)
        run.fact("気温は二十一度 🌡️")
        return run
    }
}
