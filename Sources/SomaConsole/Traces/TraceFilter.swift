package import SomaCore
import SomaTerminal
package import SomaTraces

/// Which traces are looked for, as typed after `/`. All of its parts must hold; the service is what Jaeger needs.
///
/// ```
/// service:somad           the service that took part
/// op:"POST /v1/runs"      an operation
/// run:c9d1                the run whose id begins so
/// min:1s max:10s          how long a span of it took
/// tag:http.method=GET     a tag that a span of it has
/// since:1h until:10m      when it began, counted back from now
/// limit:100               how many at most, 20 by default
/// error                   a span of it failed
/// checkout                words in the operation or the service
/// ```
package struct TraceFilter: Sendable, Hashable {
    /// As it was typed.
    package private(set) var text = ""
    package private(set) var service: String?
    package private(set) var operation: String?
    /// The beginning of a run's id.
    package private(set) var run: String?
    package private(set) var tags: [Tag] = []
    /// How long a span took at least and at most, in microseconds.
    package private(set) var shortest: Int64?
    package private(set) var longest: Int64?
    /// How long ago it began at most and at least, in microseconds.
    package private(set) var since: Int64?
    package private(set) var until: Int64?
    package private(set) var limit = 20
    /// Words that are looked for in what was found, in lower case.
    package private(set) var words: [String] = []

    package struct Tag: Sendable, Hashable {
        package var key: String
        package var value: String
    }

    /// The most traces that are asked for.
    package static let limitMax = 1_500

    static let fields = ["service", "op", "run", "min", "max", "tag", "since", "until", "limit"]

    package init() {}

    /// Reads a filter.
    /// - Throws: `FilterError` with the place.
    package init(_ text: String) throws(FilterError) {
        self.text = text
        var words = FilterWords(text)
        while words.next() {
            let (offset, word) = (words.offset, try words.word())
            let plain = word.text
            if word.isQuoted {
                self.words.append(plain.lowercased())
            } else if plain == "error" || plain == "errors" {
                tags.append(Tag(key: "error", value: "true"))
            } else if let colon = plain.firstIndex(of: ":") {
                try take(String(plain[..<colon]), String(plain[plain.index(after: colon)...]), offset)
            } else {
                self.words.append(plain.lowercased())
            }
        }
        if let shortest, let longest, shortest > longest {
            throw FilterError(0, "nothing is longer than min: and shorter than max: at once")
        }
        if let since, let until, until > since {
            throw FilterError(0, "nothing began after since: and before until:")
        }
    }

    private mutating func take(_ name: String, _ value: String, _ offset: Int) throws(FilterError) {
        guard Self.fields.contains(name) else {
            let near = NearestName.find(name, in: Self.fields)
            let hint =
                near.map { "did you mean \($0):?" } ?? "there are \(Self.fields.joined(separator: ", "))"
            throw FilterError(offset, "there is no field \"\(name)\"; \(hint)")
        }
        // What is begun and not ended, as while typing, counts for nothing yet.
        guard !value.isEmpty else { return }
        switch name {
        case "service": service = value
        case "op": operation = value
        case "run": run = value
        case "min": shortest = try Self.length(value, name, offset)
        case "max": longest = try Self.length(value, name, offset)
        case "since": since = try Self.length(value, name, offset)
        case "until": until = try Self.length(value, name, offset)
        case "limit":
            guard let number = Int(value), (1...Self.limitMax).contains(number) else {
                throw FilterError(offset, "limit: wants a number from 1 to 1,500, as limit:100")
            }
            limit = number
        default:
            guard let sign = value.firstIndex(of: "="), sign > value.startIndex else {
                throw FilterError(offset, "tag: wants a name and a value, as tag:http.status_code=500")
            }
            tags.append(
                Tag(key: String(value[..<sign]), value: String(value[value.index(after: sign)...]))
            )
        }
    }

    private static func length(_ text: String, _ name: String, _ offset: Int) throws(FilterError) -> Int64 {
        guard let seconds = FilterNumber.read(text[...], .duration), seconds >= 0, seconds < 4_000_000_000
        else {
            throw FilterError(offset, "\(name): wants a span of time, as \(name):250ms or \(name):1h30m")
        }
        return Int64(seconds * 1_000_000)
    }

    /// The filter as far as Jaeger is asked by it.
    package var question: TraceFilter {
        var question = self
        question.words = []
        question.text = ""
        return question
    }

    /// The question to Jaeger.
    /// - Parameters:
    ///   - service: Which service, where the filter names none.
    ///   - run: The whole id of the run that the filter names.
    ///   - now: What `since` and `until` are counted back from.
    package func query(service: String, run: String?, now: Timestamp) -> JaegerQuery {
        var tags = tags.map { ($0.key, $0.value) }
        if let run = run ?? self.run { tags.append(("soma.run.id", run)) }
        return JaegerQuery(
            service: self.service ?? service,
            operation: operation ?? "",
            tags: tags,
            durationMin: shortest,
            durationMax: longest,
            start: since.map { now.microseconds - $0 },
            end: until.map { now.microseconds - $0 },
            limit: limit
        )
    }

    /// Whether a trace that was found has the words.
    package func matches(_ trace: FoundTrace) -> Bool {
        guard !words.isEmpty else { return true }
        let text = "\(trace.service) \(trace.operation) \(trace.id)".lowercased()
        return words.allSatisfy { text.contains($0) }
    }
}
