/// Is told what becomes of spans. Must be quick.
package protocol SpanExportObserver: Sendable {
    /// The collector has taken spans.
    func exported(_ count: Int)
    /// Spans were left out.
    func dropped(_ count: Int, _ reason: SpanDropReason)
    /// Spans can't be sent just now, or for good, and why; nothing that is secret.
    func hasTrouble(_ words: String)
}

/// Why spans were left out.
package enum SpanDropReason: String, Sendable, Hashable, CaseIterable {
    /// More came than could be sent, and the queue was full.
    case queue
    /// No collector answered, or none that could take them now, for as long as it was tried.
    case unavailable
    /// The collector refused the request.
    case refused
    /// The collector took the request, and not these.
    case rejected
    /// The process had to end.
    case shutdown
    /// A run's log could not be read, so that its spans are not known.
    case log
}

/// Takes no notice.
package struct SilentExportObserver: SpanExportObserver {
    /// Creates an observer.
    package init() {}
    /// Takes no notice.
    package func exported(_ count: Int) {}
    /// Takes no notice.
    package func dropped(_ count: Int, _ reason: SpanDropReason) {}
    /// Takes no notice.
    package func hasTrouble(_ words: String) {}
}
