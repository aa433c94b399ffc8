import SomaCore
import SomaTracing
import Testing

@Suite("What is made durable and is to become spans")
struct TransitionInboxTests {
    private let facts = CommitFacts(at: Timestamp(microseconds: 1), took: .milliseconds(1), groups: 1)

    private func transition(_ place: String) -> Transition {
        Transition(
            run: RunID(String(place.prefix(1))),
            seq: Int(place.dropFirst()) ?? 0,
            at: Timestamp(microseconds: 1),
            kind: .nodeEntered
        )
    }

    @Test(
        "a commit's transitions come by run, in the order of the runs and of each run's own",
        arguments: [
            ([], []), (["a1"], [["a1"]]), (["a1", "a2", "b1"], [["a1", "a2"], ["b1"]]),
            (["a1", "b1", "b2", "a2", "c1", "a3"], [["a1", "a2", "a3"], ["b1", "b2"], ["c1"]]),
        ] as [([String], [[String]])]
    )
    func portions(places: [String], expected: [[String]]) {
        let commit = TransitionInbox.Commit(transitions: places.map(transition), facts: facts)
        #expect(commit.portions.map { $0.map { "\($0.run)\($0.seq)" } } == expected)
    }

    @Test("an inbox that is half full is not waited for")
    func half() async {
        let inbox = TransitionInbox(most: 4)
        inbox.add(TransitionInbox.Commit(transitions: ["a1", "a2"].map(transition), facts: facts))
        await inbox.fill(atMost: .seconds(600))
        #expect(inbox.take().commits.count == 1)
    }

    @Test("who waits for an inbox to fill is woken when it is half full")
    func filling() async {
        let inbox = TransitionInbox(most: 4)
        async let isFull: Void = inbox.fill(atMost: .seconds(600))
        for seq in 1...2 {
            inbox.add(TransitionInbox.Commit(transitions: [transition("a\(seq)")], facts: facts))
        }
        await isFull
        #expect(inbox.take().commits.count == 2)
    }
}
