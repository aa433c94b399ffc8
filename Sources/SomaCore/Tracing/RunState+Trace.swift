extension RunState {
    /// The trace that the run and all that it delegates belong to.
    public var traceID: TraceID { TraceIdentity.trace(of: id, in: trace) }

    /// The context of one try of an effect, for whoever is asked for it: its span is the try's, where the state is the one
    /// with which it began, and the run's where it is a later one.
    /// - Parameters:
    ///   - effect: The seq of `effect.requested`.
    ///   - sampling: What is exported.
    public func traceContext(ofEffect effect: Int, _ sampling: TraceSampling) -> TraceContext? {
        context(TraceIdentity.span(of: id, seq: beganTry(of: effect) ? seq : 0), sampling)
    }

    /// The same for whoever only hears of it, as on Kafka. Where traces aren't exported, only of a run that was started in
    /// somebody's trace, and marked as not recorded.
    /// - Parameter sampling: What is exported; `nil` where nothing is.
    package func traceContext(ofEffect effect: Int, heardOf sampling: TraceSampling?) -> TraceContext? {
        guard isTraceTold(sampling) else { return nil }
        return context(TraceIdentity.span(of: id, seq: beganTry(of: effect) ? seq : 0), sampling)
    }

    /// The context of the run itself, for whoever only hears of it.
    /// - Parameter sampling: What is exported; `nil` where nothing is.
    package func traceContext(heardOf sampling: TraceSampling?) -> TraceContext? {
        guard isTraceTold(sampling) else { return nil }
        return context(TraceIdentity.span(of: id), sampling)
    }

    private func isTraceTold(_ sampling: TraceSampling?) -> Bool {
        sampling != nil || trace.map { TraceIdentity.isTrace($0) } ?? false
    }

    private func beganTry(of effect: Int) -> Bool {
        request(effect).map { $0.state == .started && $0.since == lastAt } ?? false
    }

    private func context(_ span: SpanID, _ sampling: TraceSampling?) -> TraceContext? {
        let trace = traceID
        return TraceContext(
            trace: trace,
            span: span,
            isSampled: sampling?.includes(trace, caller: isTraceSampled) ?? false,
            state: traceState ?? ""
        )
    }
}
