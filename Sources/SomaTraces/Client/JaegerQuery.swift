import SomaCore

/// Which traces a search is for (`GET /api/traces`).
public struct JaegerQuery: Sendable, Hashable {
    /// The service; Jaeger needs one.
    public var service: String
    /// The operation; empty for any.
    public var operation: String
    /// Tags that a span of the trace must have, all of them: `error` = `true`, `http.status_code` = `500`.
    public var tags: [(key: String, value: String)] {
        get { pairs.map { ($0.key, $0.value) } }
        set { pairs = newValue.map { Pair(key: $0.key, value: $0.value) } }
    }
    private var pairs: [Pair]
    /// The shortest duration of a span, in microseconds.
    public var durationMin: Int64?
    /// The longest duration of a span, in microseconds.
    public var durationMax: Int64?
    /// From when on a trace must have begun, in microseconds since 1970.
    public var start: Int64?
    /// Until when a trace must have begun, in microseconds since 1970.
    public var end: Int64?
    /// The most traces; 1 to 1,500, as Jaeger's console has it.
    public var limit: Int

    private struct Pair: Sendable, Hashable {
        var key: String
        var value: String
    }

    /// Creates a search.
    public init(
        service: String,
        operation: String = "",
        tags: [(key: String, value: String)] = [],
        durationMin: Int64? = nil,
        durationMax: Int64? = nil,
        start: Int64? = nil,
        end: Int64? = nil,
        limit: Int = 20
    ) {
        self.service = service
        self.operation = operation
        pairs = tags.map { Pair(key: $0.key, value: $0.value) }
        self.durationMin = durationMin
        self.durationMax = durationMax
        self.start = start
        self.end = end
        self.limit = limit
    }

    /// The query of the URL, without `?`. Tags are sent as one JSON object (`tags=`), which holds any text.
    var text: String {
        var items = [("service", service)]
        if !operation.isEmpty { items.append(("operation", operation)) }
        if !pairs.isEmpty {
            let object = JSONObject(pairs.map { ($0.key, .string($0.value)) })
            items.append(("tags", JSON.object(object).text()))
        }
        if let durationMin { items.append(("minDuration", "\(max(0, durationMin))us")) }
        if let durationMax { items.append(("maxDuration", "\(max(0, durationMax))us")) }
        if let start { items.append(("start", "\(start)")) }
        if let end { items.append(("end", "\(end)")) }
        items.append(("limit", "\(min(max(1, limit), 1500))"))
        return items.map { "\($0.0)=\(URLText.encode($0.1))" }.joined(separator: "&")
    }
}

/// Text in a URL.
enum URLText {
    /// Percent-encodes all but unreserved characters (RFC 3986, 2.3).
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                output.append(byte)
            default: output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
