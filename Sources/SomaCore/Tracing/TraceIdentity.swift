/// The one place that says which trace and which spans belong to a run.
///
/// Ids are computed and never drawn, so whoever has a run's log (the daemon that exports, the console that draws, a
/// recording on another machine) names the same spans without asking anybody:
///
/// - **Trace.** What the run's first transition carries in `trace` (a caller's `traceparent`, or the parent run's
///   trace), else 128 bits hashed from the id of the run. A delegated run is started with its parent's trace, so that
///   a run and everything below it are one trace. Its `span` is then the one that the run is part of.
/// - **Span.** 64 bits hashed from the run's id and the seq of the transition that began it: 0 for the run itself,
///   `node.entered` for a visit, `effect.started` for a model or tool call (each try has its own), `interrupt.opened`
///   for a wait, `child.spawned` for a delegation, `run.paused` for a pause. Two seqs of one run never have the same
///   span id.
///
/// The hash is FNV-1a with the finaliser of SplitMix64. It spreads well and isn't meant to be secret. It must never
/// change: ids that were exported yesterday are looked for tomorrow.
public enum TraceIdentity {
    /// The trace of a run that nobody gave one.
    public static func trace(of run: RunID) -> TraceID {
        let low = hash(run.rawValue.utf8)
        let high = mix(low ^ 0x736F_6D61_2E74_7261)
        return TraceID(high: high, low: low)
    }

    /// The trace of a run whose first transition is at hand.
    public static func trace(of first: Transition) -> TraceID {
        trace(of: first.run, in: first.trace)
    }

    /// The trace of a run that was started in one.
    /// - Parameter given: 32 hexadecimal digits, not all of them 0; anything else counts as `nil`.
    package static func trace(of run: RunID, in given: String?) -> TraceID {
        given.flatMap(named) ?? trace(of: run)
    }

    /// Whether a text names a trace: 32 hexadecimal digits, not all of them 0.
    package static func isTrace(_ text: String) -> Bool { named(text) != nil }

    private static func named(_ text: String) -> TraceID? {
        guard text.utf8.count == 32, let id = TraceID(text), !id.isZero else { return nil }
        return id
    }

    /// The span that a transition began; seq 0 is the run's own.
    public static func span(of run: RunID, seq: Int = 0) -> SpanID {
        // Each step is one-to-one in seq, so different seqs give different ids; one of 2^64 is 0, which W3C forbids.
        let id = mix(hash(run.rawValue.utf8) &+ UInt64(bitPattern: Int64(seq)) &* 0x9E37_79B9_7F4A_7C15)
        return SpanID(id == 0 ? 1 : id)
    }

    /// The span of the commit that made a transition durable, the last of its run in that commit.
    public static func commit(of run: RunID, seq: Int) -> SpanID {
        // No log is so long that one of its transitions has this seq.
        span(of: run, seq: seq.addingClamped(1 << 40))
    }

    /// The span that whoever reads of a transition goes on from: what it began, else its run's.
    public static func span(for kind: TransitionKind, of run: RunID, seq: Int) -> SpanID {
        switch kind {
        case .nodeEntered, .effectStarted, .interruptOpened, .childSpawned, .runPaused:
            span(of: run, seq: seq)
        default: span(of: run)
        }
    }

    /// The value of a `traceparent` header that continues a span (W3C Trace Context, level 1), marked as sampled or not.
    public static func traceparent(_ trace: TraceID, _ span: SpanID, isSampled: Bool) -> String {
        "00-\(trace)-\(span)-\(isSampled ? "01" : "00")"
    }

    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        func folded(_ bytes: some Sequence<UInt8>) -> UInt64 {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            return hash
        }
        // A text's bytes one by one, each looked for anew, would take four times as long.
        return max(1, mix(bytes.withContiguousStorageIfAvailable { folded($0) } ?? folded(bytes)))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
