import SomaCore
import Testing

@testable import soma

@Suite("What chaos is judged by")
struct ChaosAuditTests {
    private static let run = RunID("abcdefabcdefabc")
    private static let arguments = ContentID(high: 7, low: 7)

    /// A run that makes one call, as it is stored and heard, and what its call left behind.
    struct Story {
        var stored: [Transition]
        var heard: [Transition]
        var lines = ["a line"]
        var acknowledged = 4

        init() {
            let start = Timestamp(microseconds: 0)
            func transition(_ seq: Int, _ kind: TransitionKind, _ body: JSONObject = [:]) -> Transition {
                Transition(run: run, seq: seq, at: start, kind: kind, body: body)
            }
            var request = transition(2, .effectRequested, ["name": "append_line"])
            request = Transition(
                run: run,
                seq: 2,
                at: start,
                kind: .effectRequested,
                body: request.body,
                content: [ContentReference("arguments", arguments)]
            )
            stored = [
                transition(1, .runStarted), request, transition(3, .effectStarted, ["effect": 2]),
                transition(4, .effectFinished, ["effect": 2, "ok": true]), transition(5, .runCompleted),
            ]
            heard = stored
        }

        var findings: [String] {
            var audit = ChaosAudit(tool: "append_line")
            for transition in stored { audit.stored(transition, transition.cloudEvent()) }
            audit.acknowledged(run, acknowledged)
            audit.expectEnds()
            audit.expectCalls(lines: lines) { $0 == arguments ? "a line" : nil }
            for transition in heard {
                audit.heard(key: Array(transition.run.rawValue.utf8), value: transition.cloudEvent())
            }
            audit.expectHeard()
            return audit.findings
        }
    }

    /// Something wrong, and part of what must be found.
    struct Wrong: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let finding: String
        let change: @Sendable (inout Story) -> Void

        init(_ description: String, _ finding: String, _ change: @escaping @Sendable (inout Story) -> Void) {
            (testDescription, self.finding, self.change) = (description, finding, change)
        }
    }

    static let wrongs = [
        Wrong("the end of the log is lost", "was acknowledged up to 5, and its log ends at 3") {
            $0.acknowledged = 5
            $0.stored.removeLast(2)
            $0.heard.removeLast(2)
        },
        Wrong("one in the middle of the log is lost", "comes after 2") { $0.stored.remove(at: 2) },
        Wrong("a run is stuck", "is stuck at 4") {
            $0.stored.removeLast()
            $0.heard.removeLast()
        },
        Wrong("a line is written twice", "was written 2 times") { $0.lines.append("a line") },
        Wrong("a line is missing", "is in the file 0 times") { $0.lines = [] },
        Wrong("Kafka lacks the last one", "ends at 4 in Kafka, and at 5 in Postgres") {
            $0.heard.removeLast()
        },
        Wrong("Kafka lacks one in the middle", "has 4 in Kafka after 2") { $0.heard.remove(at: 2) },
        Wrong("Kafka has two in the wrong order", "has 3 in Kafka after 1") { $0.heard.swapAt(1, 2) },
        Wrong("Kafka has what was never stored", "has 6 in Kafka, and not in Postgres") {
            $0.heard.append(
                Transition(run: run, seq: 6, at: Timestamp(microseconds: 0), kind: .nodeEntered)
            )
        },
        Wrong("Kafka has something else than was stored", "has another 5 in Kafka than in Postgres") {
            $0.heard[4] = Transition(run: run, seq: 5, at: Timestamp(microseconds: 9), kind: .runCompleted)
        },
    ]

    @Test("finds nothing where nothing is wrong, and lets Kafka repeat itself")
    func right() {
        var story = Story()
        #expect(story.findings == [])
        story.heard = Array(story.heard[..<3] + story.heard[1...])
        #expect(story.findings == [])
    }

    @Test("finds what is wrong", arguments: wrongs)
    func wrong(_ wrong: Wrong) {
        var story = Story()
        wrong.change(&story)
        #expect(story.findings.contains { $0.contains(wrong.finding) }, "\(story.findings)")
    }

    @Test("does the same to a cluster for the same seed, and something else for another")
    func plan() {
        let members = ["a", "b", "c"]
        let first = Array(ChaosPlan(seed: 7, members: members).prefix(500))
        #expect(first == Array(ChaosPlan(seed: 7, members: members).prefix(500)))
        #expect(first != Array(ChaosPlan(seed: 8, members: members).prefix(500)))
        #expect(Set(first.map(\.fault)) == Set(ChaosPlan.Fault.allCases))
        #expect(Set(first.map(\.target)).isSuperset(of: members.map { .member($0) }))
    }
}
