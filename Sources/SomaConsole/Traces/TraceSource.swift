package import SomaCore
package import SomaTraces

/// Where the trace views get what no log of a run has: a Jaeger's query service, and files.
package protocol TraceSource: Sendable {
    /// Jaeger's address without a `/` at its end; `nil` where none is named, and nothing can be asked.
    var address: String? { get }
    /// What it tells, until it is closed; one reader.
    var news: AsyncStream<TraceNews> { get }
    /// Asks something. Never waits.
    func send(_ request: TraceRequest)
    /// Ends all questions, and the news.
    func close()
}

/// What a source of traces tells.
package enum TraceNews: Sendable {
    /// The services that Jaeger knows, sorted; it can be asked.
    case services([String])
    /// What the search of a number found.
    case found(Int, [FoundTrace])
    /// The trace that was opened under a number, arranged.
    case opened(Int, TraceWaterfall)
    /// Jaeger can't be asked; the reason says what to do. Questions are asked again by themselves.
    case lost(String)
    /// A question has no answer, and won't get one by being asked again.
    case failed(Int, String)
    /// What became of an export.
    case exported(Notice)
}

/// What the console wants of a source of traces. A number is given once: late answers of an earlier question are
/// nobody's concern.
package enum TraceRequest: Sendable, Hashable {
    /// Traces are in sight, or no longer: services are asked for now and then while they are.
    case watch(Bool)
    case search(Int, JaegerQuery)
    case open(Int, TraceID)
    /// The answer to a question isn't wanted any more.
    case stop(Int)
    /// A trace is written into a new file, as OTLP in JSON.
    case export(String, Trace)
}

/// What a waterfall of spans is about.
package enum TraceSubject: Sendable, Hashable {
    /// A run, drawn from its own log and from those of the runs below it.
    case run(RunID)
    /// A trace that Jaeger has.
    case trace(TraceID)
}

extension TraceID {
    /// Reads an id as it is always written: 32 hexadecimal digits.
    init?(whole text: String) {
        guard text.utf8.count == 32 else { return nil }
        self.init(text)
    }
}
