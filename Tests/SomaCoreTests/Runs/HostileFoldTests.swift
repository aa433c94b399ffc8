import SomaCore
import SomaTesting
import Testing

/// What could stand in a log that a stranger wrote: any kind of any version, members of any type or none, numbers
/// and depths at the edge of what can be read.
struct HostileEvents {
    private var generator: SeededGenerator
    private var seq = 0

    init(seed: UInt64) { generator = SeededGenerator(seed) }

    private static let values = [
        "null", "true", "-0", "0", "1", "2", "3", "9223372036854775807", "-9223372036854775808",
        "99999999999999999999", "-1e308", "1e308", "5e-324", "0.1", "\"\"", "\"\\ud800\"",
        "\"\\udfff\\ud800\"",
        "\"\\u0000\\u001b[2J\"", "\"\u{202E}\u{200F}\"", "\"run\"", "\"Plan\"", "\"crash\"", "\"clock\"",
        "\"once\"",
        "\"model\"", "\"tool\"", "\"approved\"", "\"answered\"", "\"completed\"", "[]", "{}", "[[[]]]",
        "{\"words\":\"9f86d081884c7d659a2feaa0c55ad015\"}", "{\"tokens\":9223372036854775807,\"steps\":-5}",
        "{\"node\":\"Plan\",\"branches\":[{\"fork\":1,\"index\":0,\"count\":2}],\"branch\":{\"fork\":1,\"index\":0,\"count\":2}}",
        "[{\"node\":\"Plan\"},{\"index\":0,\"state\":\"done\",\"tries\":9223372036854775807},7]",
    ]

    /// A value nested as deeply as a line may hold beside what is around it.
    private mutating func nested() -> String {
        let depth = Int.random(in: 1...530, using: &generator)
        return generator.happens(50)
            ? String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            : String(repeating: "{\"k\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }

    private mutating func value() -> String {
        if generator.happens(2) { return nested() }
        guard generator.happens(20) else { return generator.pick(Self.values) }
        let members = (0..<Int.random(in: 0...4, using: &generator)).map { _ in member() }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func member() -> String {
        "\"\(generator.pick(RandomTransitions.keys))\":\(generator.pick(Self.values))"
    }

    private mutating func body() -> String {
        let keys = RandomTransitions.keys.shuffled(using: &generator)
            .prefix(Int.random(in: 0...12, using: &generator))
        return "{" + keys.map { "\"\($0)\":\(value())" }.joined(separator: ",") + "}"
    }

    mutating func next() -> String {
        seq += generator.happens(3) ? Int.random(in: 0...3, using: &generator) : 1
        let kinds = TransitionKind.known.map(\.name) + ["new.thing", "run", ""]
        let kind = seq == 1 ? "run.started" : generator.pick(kinds)
        // Ends come seldom, so that most of what follows still moves the run.
        let isEnd = ["run.completed", "run.failed", "run.cancelled"].contains(kind)
        let name = isEnd && generator.happens(95) ? "node.entered" : kind
        let version = generator.happens(95) ? 1 : generator.pick([0, 2, 99])
        var data = ["\"body\":\(generator.happens(97) ? body() : "{}")"]
        if generator.happens(80) {
            data.append("\"node\":\"\(generator.pick(["Plan", "\\ud800", "", "漢"]))\"")
        }
        if generator.happens(40) {
            data.append("\"attempt\":\(generator.pick(["1", "2", "9223372036854775807", "-4"]))")
        }
        if generator.happens(20) {
            data.append("\"more\":\(generator.pick(["1", "-1", "9223372036854775807", "\"x\""]))")
        }
        if generator.happens(30) { data.append("\"later\":\(value())") }
        let time = generator.pick([
            "2026-01-05T08:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
            "1969-12-31T23:59:59Z",
        ])
        return "{\"id\":\"run/\(max(seq, 1))\",\"type\":\"soma.\(name).v\(version)\",\"time\":\"\(time)\","
            + "\"data\":{\(data.shuffled(using: &generator).joined(separator: ","))}}"
    }
}

@Suite("Hostile logs")
struct HostileFoldTests {
    @Test("Whatever a log holds, its fold is a state, the same each time, that can be kept and asked")
    func folds() throws {
        var kinds: Set<String> = []
        var unreadable = 0
        for seed in 0..<2000 as Range<UInt64> {
            var events = HostileEvents(seed: seed)
            let lines = (0..<40).map { _ in Array(events.next().utf8) }
            var log: [Transition] = []
            for line in lines {
                guard let transition = try? Transition(cloudEvent: line) else {
                    unreadable += 1
                    continue
                }
                kinds.insert(transition.kind.name)
                // What was read can be written, and is the same when it is read again.
                #expect(try Transition(cloudEvent: transition.cloudEvent()) == transition)
                log.append(transition)
            }
            var state = RunState(id: RunID("run"))
            var fleet = Fleet()
            for transition in log {
                state.apply(transition)
                fleet.apply(transition)
                Self.ask(state)
            }
            let again = log.reduce(into: RunState(id: RunID("run"))) { $0.apply($1) }
            #expect(state == again)
            #expect(fleet[RunID("run")] == state)
            // A snapshot in the middle changes nothing.
            var resumed = log.prefix(20).reduce(into: RunState(id: RunID("run"))) { $0.apply($1) }
            resumed = RunState(record: try JSON.parse(resumed.record.bytes()))
            for transition in log.dropFirst(20) { resumed.apply(transition) }
            #expect(resumed == state)
        }
        #expect(kinds.isSuperset(of: TransitionKind.known.map(\.name)))
        #expect(unreadable > 0)
    }

    /// Asks what people and the engine ask of a state: none of it may overflow, or be a time before it began.
    private static func ask(_ state: RunState) {
        let spans = [state.lastAt, Timestamp(microseconds: .min), Timestamp(microseconds: .max)]
            .map { state.worked(at: $0) }
        #expect(spans.allSatisfy { $0 >= .zero })
        #expect(state.visits.allSatisfy { $0.count >= 0 })
        #expect(state.unsettled.count <= RunState.unsettledMax)
        _ = (state.waits, state.isHeld, state.budget.available, state.budget.fractionUsed)
        _ = state.budget.shortage(for: Usage(tokens: .max, microdollars: .max, steps: .max))
    }
}
