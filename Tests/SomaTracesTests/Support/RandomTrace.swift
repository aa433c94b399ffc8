import SomaCore
import SomaTraces

/// Numbers that only look random: the same ones for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Traces of every shape: several services and hosts, orphans, circles, equal ids, missing starts, children anywhere.
enum RandomTrace {
    static func make(_ seed: UInt64) -> Trace {
        var generator = Seeded(seed)
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        var trace = Trace(id: TraceID(high: 1, low: seed))
        trace.set.resources = (0...number(0...3)).map { TraceResource(service: "s\($0)") }
        trace.set.scopes = [TraceScope()]
        let count = number(1...60)
        for index in 0..<count {
            var span = TraceSpan(
                trace: trace.id,
                id: SpanID(UInt64(number(0...30) == 0 ? max(1, index) : index + 1)),
                parent: number(0...9) == 0
                    ? nil : SpanID(UInt64(number(1...(number(0...9) == 0 ? 90 : count)))),
                name: "op\(number(0...4))",
                start: number(0...20) == 0 ? 0 : Int64(number(1000...2000)),
                duration: Int64(number(0...400))
            )
            span.kind = SpanKind(rawValue: UInt8(number(0...5))) ?? .unspecified
            span.status = number(0...4) == 0 ? .error : .unset
            span.follows = number(0...9) == 0
            span.resource = Int32(number(0...(trace.set.resources.count - 1)))
            trace.set.spans.append(span)
        }
        return trace
    }

    /// A trace of nested calls as one has them: each child within its parent.
    static func nested(_ seed: UInt64) -> Trace {
        var generator = Seeded(seed)
        var trace = Trace(id: TraceID(high: 2, low: seed))
        trace.set.resources = [TraceResource(service: "one")]
        trace.set.scopes = [TraceScope()]
        trace.set.spans = [
            TraceSpan(trace: trace.id, id: SpanID(1), name: "root", start: 1000, duration: 100_000)
        ]
        for index in 2...50 {
            let parent = trace.set.spans[Int.random(in: 0..<trace.set.spans.count, using: &generator)]
            let start = Int64.random(in: parent.start...parent.end, using: &generator)
            let end = Int64.random(in: start...parent.end, using: &generator)
            trace.set.spans.append(
                TraceSpan(
                    trace: trace.id,
                    id: SpanID(UInt64(index)),
                    parent: parent.id,
                    name: "op",
                    start: start,
                    duration: end - start
                )
            )
        }
        return trace
    }
}
