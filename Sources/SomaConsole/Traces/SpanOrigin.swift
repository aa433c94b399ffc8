package import SomaCore
package import SomaTraces

/// The place in a run's log that a span stands for.
package struct SpanOrigin: Sendable, Hashable {
    package var run: RunID
    /// The seq of the transition that it began with; `nil` for the run itself.
    package var seq: Int?

    package init(run: RunID, seq: Int? = nil) {
        self.run = run
        self.seq = seq
    }
}

extension TraceSpan {
    /// The run and the transition that it says it is of.
    package var origin: SpanOrigin? {
        guard let run = attributes["soma.run.id"]?.text, (1...64).contains(run.utf8.count) else { return nil }
        let seq: Int? =
            switch attributes["soma.seq"] {
            case .int(let number): Int(exactly: number)
            case .string(let text): Int(text)
            default: nil
            }
        return SpanOrigin(run: RunID(run), seq: seq.flatMap { $0 > 0 ? $0 : nil })
    }
}

extension TraceWaterfall {
    /// How far out of a span its run is looked for; it is asked for with each frame.
    private static let originLevelsMax = 256

    /// The run and the transition of a span, or of the nearest around it that has them.
    package func origin(of span: Int) -> SpanOrigin? {
        var place = Int32(span)
        var levels = 0
        while place >= 0, levels < Self.originLevelsMax {
            levels += 1
            if let origin = trace.spans[Int(place)].origin { return origin }
            place = tree.parents[Int(place)]
        }
        return nil
    }

    /// The place of a span among the trace's; the first of those with that id.
    package func place(of id: SpanID) -> Int? { trace.spans.firstIndex { $0.id == id } }
}
