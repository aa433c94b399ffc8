import SomaConsole
import SomaCore
import SomaTesting
import Testing

@Suite("Sentences")
struct LinearTextTests {
    @Test("a run's story is told in sentences that say what to type")
    func story() {
        let run = Stories.needsApproval()
        let told = run.transitions.flatMap { LinearText.sentences($0, words: run.words) }
        #expect(
            told == [
                "operator started: rotate the api key on staging", "planned 4 steps",
                "step 1: make a new key, until the vault lists it",
                "step 2: put it on staging, until the health check is green",
                "step 3: restart three pods, until all are ready",
                "step 4: revoke the old key, until the old one is refused",
                "waits for you: it wants to run shell: vault kv put secret/api key=new. "
                    + "Reason: step 2 of the plan puts the new key there. Risk: changes staging. Answer with: "
                    + "soma approve 7f3a91/\(run.state.openQuestion?.question ?? 0), or "
                    + "soma reject 7f3a91/\(run.state.openQuestion?.question ?? 0) -m WHY",
            ]
        )
    }

    @Test("failures and doubts are told with their reasons")
    func troubles() {
        func last(_ run: RunBuilder) -> String? {
            run.transitions.flatMap { LinearText.sentences($0, words: run.words) }.last
        }
        #expect(last(Stories.failed()) == "failed, verify.rejected: verify rejected twice")
        #expect(last(Stories.done()) == "done: report.md, 41 lines")
        #expect(last(Stories.doubtful())?.hasPrefix("in doubt: a call was started") == true)
    }

    @Test("a plan is told step by step with its criteria, when it is made, changed, and asked for")
    func plans() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        run.plan([("list deploys", "there is a window of 30 minutes"), ("reproduce", "")])
        run.plan([("reproduce\u{1B}[2J", "p95 moves back")], revision: 2)
        let told = run.transitions.suffix(2).flatMap { LinearText.sentences($0, words: run.words) }
        #expect(
            told == [
                "planned 2 steps", "step 1: list deploys, until there is a window of 30 minutes",
                "step 2: reproduce", "planned anew, revision 2: 1 step",
                "step 1: reproduce␛[2J, until p95 moves back",
            ]
        )
        #expect(
            LinearText.plan(run.state, words: run.state.plan.words.flatMap { run.words[$0] }) == [
                "abcabc has a plan of 1 step, revision 2, 0 finished.",
                "step 1, to come: reproduce␛[2J, until p95 moves back",
            ]
        )
        let bare = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        #expect(LinearText.plan(bare.state, words: nil) == ["abcabc has no plan yet."])
        run.plan(Array(repeating: ("again", ""), count: 45), revision: 3)
        let long = LinearText.sentences(run.transitions[run.transitions.count - 1], words: run.words)
        #expect(long.count == 42)
        #expect(long.last == "and 5 more steps; soma show abcabc tells all")
    }

    @Test("budgets are told with what is used up, what to type, and what was set")
    func budgets() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        run.add(.runPaused, ["reason": "budget:tokens", "by": "budget"])
        run.add(.budgetChanged, ["limits": ["tokens": 50_000, "microdollars": 2_500_000], "by": "ada"])
        run.add(.runPaused, ["reason": "person", "by": "ada"])
        let transitions = run.transitions.suffix(3)
        #expect(
            transitions.flatMap { LinearText.sentences($0, words: [:]) } == [
                "waits for you: it has used up its tokens. Give it more with: "
                    + "soma budget abcabc --tokens 50000",
                "may use in all: 50.0k tokens, $2.50, set by ada", "paused by ada",
            ]
        )
        #expect(
            transitions.first.map { LinearText.sentences($0, words: [:], typed: true) } == [
                "waits for you: it has used up its tokens. Give it more with: "
                    + "budget abcabc and what it may use in all, such as 50k tokens"
            ]
        )
    }

    @Test("nothing that came from elsewhere reaches the terminal as it is", arguments: Stories.mix.indices)
    func hostile(index: Int) {
        let run = Stories.mix[index]
        let words = run.words.mapValues { _ in "\u{1B}[2J\u{7}\u{202E}x" }
        for transition in run.transitions {
            for sentence in LinearText.sentences(transition, words: words) {
                #expect(
                    sentence.unicodeScalars.allSatisfy {
                        $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x7F
                    }
                )
            }
        }
        #expect(!LinearText.standing(run.state, words: words).contains("\u{1B}"))
    }

    @Test(
        "the start says how many runs there are and what they need",
        arguments: [
            (0, "No runs yet. Start one elsewhere: soma run \"survey .\""),
            (1, "1 run, 0 unfinished, 0 need you."),
        ]
    )
    func summary(count: Int, text: String) {
        #expect(LinearText.summary(Fleet(runs: Array(repeating: Stories.done().state, count: count))) == text)
        #expect(
            LinearText.summary(Fleet(runs: Stories.mix.map(\.state))) == "7 runs, 5 unfinished, 2 need you."
        )
    }
}
