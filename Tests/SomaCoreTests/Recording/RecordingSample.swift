@testable import SomaCore

/// Recordings to test with.
enum RecordingSample {
    /// A recording of a made-up fleet, with everything that a line can be.
    static func events(transitions: Int = 200, runs: Int = 6, seed: UInt64 = 4) -> [RecordingEvent] {
        var events: [RecordingEvent] = []
        for event in Synthetic(transitions: transitions, runs: runs, bytes: 300, seed: seed, live: 3) {
            events.append(event)
            guard case .transition(let transition) = event, transition.seq % 9 == 0 else { continue }
            events.append(.presence(RecordedPresence(run: transition.run, holder: "one", at: transition.at)))
            events.append(
                .delta(
                    RecordedDelta(
                        run: transition.run,
                        effect: 3,
                        stream: "text",
                        at: transition.at,
                        text: "\"piece\"\n"
                    )
                )
            )
        }
        return events
    }

    static func bytes(_ events: [RecordingEvent], keyframeBytesMin: Int = 4096, isFinished: Bool = true)
        -> [UInt8]
    {
        var writer = RecordingWriter(
            header: RecordingHeader(at: Synthetic.start, program: "test"),
            keyframeBytesMin: keyframeBytesMin
        )
        var bytes: [UInt8] = []
        for event in events {
            writer.append(event)
            bytes += writer.take()
        }
        return isFinished ? bytes + writer.finish() : bytes
    }

    static func transitions(_ events: [RecordingEvent]) -> [Transition] {
        events.compactMap { if case .transition(let transition) = $0 { transition } else { nil } }
    }
}

extension Fleet {
    /// The fleet with the numbers only of the runs that have ended.
    var summarised: Fleet {
        Fleet(runs: runs.map(\.summary), transitions: transitions, gaps: gaps, lastAt: lastAt)
    }
}

/// What differs between two fleets, short enough to read; empty where nothing does. Runs that have ended are
/// compared by what the index keeps.
func difference(_ left: Fleet, _ right: Fleet) -> String {
    let (left, right) = (left.summarised, right.summarised)
    guard left != right else { return "" }
    for (one, two) in zip(left.runs, right.runs) where one != two {
        let parts = zip(Mirror(reflecting: one).children, Mirror(reflecting: two).children)
        return parts.map { ($0.0.label ?? "", "\($0.0.value)", "\($0.1.value)") }.filter { $0.1 != $0.2 }
            .map { "\(one.id) \($0.0): \($0.1) | \($0.2)" }.joined(separator: "\n")
    }
    return "\(left.runs.count), \(left.transitions), \(left.gaps), \(left.lastAt); "
        + "\(right.runs.count), \(right.transitions), \(right.gaps), \(right.lastAt)"
}
