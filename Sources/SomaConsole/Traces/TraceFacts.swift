package import SomaCore
package import SomaTraces

/// What the console knows of a Jaeger.
package struct TraceFacts: Sendable {
    /// Jaeger's address; `nil` where none is named: then only runs' own logs are drawn, and the list says how to
    /// name one.
    package var address: String?
    /// The services that it knows; `nil` before it has answered.
    package var services: [String]?
    /// Why Jaeger can't be asked, and since when.
    package var lost: (reason: String, since: Timestamp)?
    /// What searches found, by their numbers.
    package var found: [Int: [FoundTrace]] = [:]
    /// Traces that have come and no view has taken yet.
    package var opened: [Int: TraceWaterfall] = [:]
    /// Why questions have no answer.
    package var failed: [Int: String] = [:]
    var isWatched = false
    /// How many questions were asked.
    var asked = 0
    /// The numbers of questions whose answers are wanted.
    var awaited: Set<Int> = []
    /// What arranged views ask of the source; sent when everything is settled.
    var wishes: [TraceRequest] = []

    package init() {}

    /// Takes in what the source told; answers that nobody waits for are dropped.
    mutating func take(_ news: TraceNews, now: Timestamp) {
        switch news {
        case .services(let names):
            services = names
            lost = nil
        case .found(let number, let traces):
            guard awaited.contains(number) else { return }
            found[number] = traces
            failed[number] = nil
            lost = nil
        case .opened(let number, let waterfall):
            guard awaited.contains(number) else { return }
            opened[number] = waterfall
            failed[number] = nil
            lost = nil
        case .lost(let reason): lost = (reason, lost?.since ?? now)
        case .failed(let number, let reason): if awaited.contains(number) { failed[number] = reason }
        case .exported: break
        }
    }

    /// Asks something under a number of its own.
    mutating func ask(_ request: (Int) -> TraceRequest) -> Int {
        asked += 1
        awaited.insert(asked)
        wishes.append(request(asked))
        return asked
    }

    /// Forgets questions whose answers nobody wants any more.
    mutating func keep(_ wanted: Set<Int>) {
        for number in awaited.subtracting(wanted).sorted() {
            wishes.append(.stop(number))
            found[number] = nil
            opened[number] = nil
            failed[number] = nil
        }
        awaited.formIntersection(wanted)
    }

    /// The page of a trace in Jaeger's own console; `nil` where no Jaeger is named.
    package func page(of trace: TraceID, span: SpanID? = nil) -> String? {
        address.map { "\($0)/trace/\(trace)" + (span.map { "?uiFind=\($0)" } ?? "") }
    }
}
