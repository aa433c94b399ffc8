import SomaConsole
import SomaCore
import SomaTesting
import Testing

@Suite("Sentences")
struct LinearTextTests {
    @Test("a run's story is told in sentences that say what to type")
    func story() {
        let run = Stories.needsApproval()
        let told = run.transitions.compactMap { LinearText.sentence($0, words: run.words) }
        #expect(
            told == [
                "operator started: rotate the api key on staging", "planned 4 steps",
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
            run.transitions.compactMap { LinearText.sentence($0, words: run.words) }.last
        }
        #expect(last(Stories.failed()) == "failed, verify.rejected: verify rejected twice")
        #expect(last(Stories.done()) == "done: report.md, 41 lines")
        #expect(last(Stories.doubtful())?.hasPrefix("in doubt: a call was started") == true)
    }

    @Test("nothing that came from elsewhere reaches the terminal as it is", arguments: Stories.mix.indices)
    func hostile(index: Int) {
        let run = Stories.mix[index]
        let words = run.words.mapValues { _ in "\u{1B}[2J\u{7}\u{202E}x" }
        for transition in run.transitions {
            guard let sentence = LinearText.sentence(transition, words: words) else { continue }
            #expect(
                sentence.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x7F
                }
            )
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
