import SomaCore
import SomaTraces

/// Traces of every shape: orphans, circles, equal ids, missing starts, children anywhere, extreme times.
enum RandomSpans {
    static func trace(_ generator: inout SeededNumbers) -> Trace {
        func number(_ range: ClosedRange<Int>, _ generator: inout SeededNumbers) -> Int {
            Int.random(in: range, using: &generator)
        }
        var trace = Trace(id: TraceID(high: 1, low: generator.next()))
        trace.set.resources = (0...number(0...3, &generator)).map { place in
            TraceResource(
                service: "s\(place)",
                attributes: [Attribute("host.name", .string("h\(place % 2)"))]
            )
        }
        trace.set.scopes = [TraceScope()]
        let count = number(1...60, &generator)
        let isExtreme = number(0...9, &generator) == 0
        for index in 0..<count {
            let isRoot = number(0...9, &generator) == 0
            var span = TraceSpan(
                trace: trace.id,
                id: SpanID(UInt64(number(0...30, &generator) == 0 ? max(1, index) : index + 1)),
                parent: isRoot ? nil : SpanID(UInt64(number(1...(count + count / 8), &generator))),
                name: "op\(number(0...4, &generator))",
                start: number(0...20, &generator) == 0
                    ? 0
                    : Int64(number(1_000...2_000, &generator))
                        * (isExtreme ? 4_000_000_000_000_000 : 1_000_000),
                duration: Int64(number(0...400, &generator))
                    * (isExtreme ? 10_000_000_000_000_000 : 1_000_000)
            )
            span.status = number(0...4, &generator) == 0 ? .error : .unset
            span.resource = Int32(number(0...(trace.set.resources.count - 1), &generator))
            if number(0...5, &generator) == 0 {
                span.events = [SpanEvent(at: span.start, name: "e"), SpanEvent(at: .max, name: "late")]
            }
            if number(0...6, &generator) == 0 { span.attributes = [Attribute("soma.run.id", .string("r"))] }
            trace.set.spans.append(span)
        }
        return trace
    }
}
