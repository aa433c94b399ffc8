extension RunState {
    /// The trace that the run and all that it delegates belong to.
    public var traceID: TraceID { TraceIdentity.trace(of: id, in: trace) }

    /// The context of one try of an effect, for whoever is asked for it: its span is the try's, where the state is the one
    /// with which it began, and the run's where it is a later one.
    /// - Parameters:
    ///   - effect: The seq of `effect.requested`.
    ///   - sampling: What is exported.
    public func traceContext(ofEffect effect: Int, _ sampling: TraceSampling) -> TraceContext? {
        let trace = traceID
        let hasJustBegun = request(effect).map { $0.state == .started && $0.since == lastAt } ?? false
        return TraceContext(
            trace: trace,
            span: TraceIdentity.span(of: id, seq: hasJustBegun ? seq : 0),
            isSampled: sampling.includes(trace, caller: isTraceSampled)
        )
    }
}
