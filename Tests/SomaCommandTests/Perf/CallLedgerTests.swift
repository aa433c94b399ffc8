import SomaCore
import Testing

@testable import soma

@Suite("What the witness of crashes notices")
struct CallLedgerTests {
    private static let run = RunID("abcdefabcdefabc")
    private static let arguments = ContentID(high: 7, low: 7)

    /// A step of a story.
    enum Event: Sendable {
        case request, start, finish(Bool), doubt, settle(Bool), crash, enter, end, skip
    }

    /// The log of a run that makes one call.
    private static func log(_ events: [Event]) -> [Transition] {
        var seq = 1
        var effect = 0
        var log = [Transition(run: run, seq: 1, at: Timestamp(microseconds: 0), kind: .runStarted)]
        func add(_ kind: TransitionKind, _ body: JSONObject, _ content: [ContentReference] = []) {
            log.append(
                Transition(
                    run: run,
                    seq: seq,
                    at: Timestamp(microseconds: 0),
                    kind: kind,
                    body: body,
                    content: content
                )
            )
        }
        for event in events {
            seq += 1
            switch event {
            case .request:
                effect = seq
                add(.effectRequested, ["name": "append_line"], [ContentReference("arguments", arguments)])
            case .start: add(.effectStarted, ["effect": JSON(effect)])
            case .finish(let succeeded):
                add(.effectFinished, ["effect": JSON(effect), "ok": .bool(succeeded)])
            case .doubt: add(.effectInDoubt, ["effect": JSON(effect), "reason": "crash"])
            case .settle(let happened):
                add(.effectSettled, ["effect": JSON(effect), "happened": .bool(happened)])
            case .crash: add(.runResumed, ["after": "crash"])
            case .enter: add(.nodeEntered, [:])
            case .end: add(.runCompleted, [:])
            case .skip: break
            }
        }
        return log
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [Event]
        /// How often the call's line is in the file.
        let lines: Int
        var doubts = 0
        var missing = 0
        /// Part of what is found; `nil` where nothing is.
        var finding: String?
    }

    static let stories: [Story] = [
        Story(testDescription: "a call", events: [.request, .start, .finish(true), .enter, .end], lines: 1),
        Story(
            testDescription: "a doubt that had happened",
            events: [.request, .start, .crash, .doubt, .settle(true), .enter, .end],
            lines: 1,
            doubts: 1
        ),
        Story(
            testDescription: "a doubt that had not happened",
            events: [.request, .start, .crash, .doubt, .settle(false), .start, .finish(true), .end],
            lines: 1,
            doubts: 1
        ),
        Story(
            testDescription: "a doubt that stays open",
            events: [.request, .start, .crash, .doubt, .crash],
            lines: 1,
            doubts: 1
        ),
        Story(
            testDescription: "a crash before the call was started",
            events: [.request, .crash, .start, .finish(true), .end],
            lines: 1
        ),
        Story(
            testDescription: "started again on a guess",
            events: [.request, .start, .crash, .start, .finish(true), .end],
            lines: 2,
            missing: 1,
            finding: "starts a call that is started"
        ),
        Story(
            testDescription: "started again after it had ended",
            events: [.request, .start, .finish(true), .start],
            lines: 1,
            missing: 1,
            finding: "starts a call that is finished"
        ),
        Story(
            testDescription: "gone on in silence",
            events: [.request, .start, .crash, .enter, .end],
            lines: 1,
            missing: 2
        ),
        Story(
            testDescription: "ended in silence",
            events: [.request, .start, .crash, .end],
            lines: 0,
            missing: 2
        ),
        Story(
            testDescription: "a doubt about nothing",
            events: [.request, .start, .finish(true), .doubt],
            lines: 1,
            doubts: 1,
            finding: "doubts a call that is finished"
        ),
        Story(
            testDescription: "a line lost",
            events: [.request, .start, .finish(true), .end],
            lines: 0,
            finding: "is in the file 0 times"
        ),
        Story(
            testDescription: "a line too many",
            events: [.request, .start, .crash, .doubt, .settle(true), .end],
            lines: 2,
            doubts: 1,
            finding: "is in the file 2 times"
        ),
        Story(
            testDescription: "a line before its call",
            events: [.request],
            lines: 1,
            finding: "is in the file 1 times"
        ),
        Story(
            testDescription: "a transition lost",
            events: [.request, .skip, .start, .finish(true)],
            lines: 1,
            finding: "comes after 2"
        ),
    ]

    @Test("each story is judged right", arguments: stories)
    func judged(story: Story) {
        var ledger = CallLedger(tool: "append_line")
        for transition in Self.log(story.events) { ledger.take(transition) }
        ledger.compare(line: { $0 == Self.arguments ? "line" : nil }, count: { _ in story.lines })
        #expect(ledger.doubts == story.doubts)
        #expect(ledger.doubtsMissing == story.missing)
        if let finding = story.finding {
            #expect(ledger.findings.contains { $0.contains(finding) }, "\(ledger.findings)")
        } else {
            #expect(ledger.findings.isEmpty, "\(ledger.findings)")
        }
    }
}
