import SomaCore
package import SomaHTTP

/// Scrapes endpoints and asks Prometheus servers, over the program's one HTTP client.
///
/// Failures are ``MetricsError``, or `CancellationError` when the task was cancelled.
package struct MetricsClient: Sendable {
    private let http: HTTPClient

    package init(_ http: HTTPClient) { self.http = http }

    /// What a scrape gave.
    package struct Scrape: Sendable {
        package let exposition: Exposition
        /// The address that answered, after redirects.
        package let url: String
        /// Bytes of the text, decompressed.
        package let bytes: Int
    }

    /// Scrapes an endpoint, and reads what it gives in the format that it says.
    ///
    /// - Parameter format: Reads it as this whatever the answer says.
    package func scrape(_ target: MetricsTarget, as format: Exposition.Format? = nil) async throws -> Scrape {
        let response = try await send(target.request(target.url, accept: Exposition.accept), target)
        guard response.head.isSuccess else { throw Self.status(response.head) }
        let chosen: Exposition.Format
        if let format {
            chosen = format
        } else {
            chosen = try Exposition.format(contentType: response.headers["Content-Type"])
        }
        var limits = ExpositionLimits()
        limits.bytesMax = max(limits.bytesMax, target.bodyBytesMax)
        return Scrape(
            exposition: try Exposition.parse(response.body, as: chosen, limits: limits),
            url: response.head.url,
            bytes: response.body.count
        )
    }

    /// Asks for the value of an expression at a moment, or now.
    ///
    /// - Parameter target: The server's address, to which `/api/v1/...` is added.
    package func query(
        _ target: MetricsTarget,
        _ expression: String,
        at time: MetricTimestamp? = nil
    ) async throws -> QueryAnswer {
        var fields = [("query", expression)]
        if let time { fields.append(("time", Self.text(time))) }
        return try QueryAnswer(try await ask(target, "query", fields))
    }

    /// Asks for the values of an expression over time.
    ///
    /// - Parameter step: Between two values; Prometheus gives 11,000 at most.
    package func queryRange(
        _ target: MetricsTarget,
        _ expression: String,
        from start: MetricTimestamp,
        to end: MetricTimestamp,
        step: Duration
    ) async throws -> QueryAnswer {
        let milliseconds = max(1, step.inMilliseconds)
        let fields = [
            ("query", expression), ("start", Self.text(start)), ("end", Self.text(end)),
            ("step", "\(Double(milliseconds) / 1_000)"),
        ]
        return try QueryAnswer(try await ask(target, "query_range", fields))
    }

    /// Asks for the alerts that are pending or firing.
    ///
    /// - Returns: Those that can be read, and why others can't.
    package func alerts(_ target: MetricsTarget) async throws
        -> (alerts: [PrometheusAlert], unread: [MetricsError])
    {
        try PrometheusAlert.readable(try await ask(target, "alerts", []))
    }

    /// Asks for the names of all labels.
    package func labels(_ target: MetricsTarget) async throws -> [String] {
        try NamesAnswer.list(try await ask(target, "labels", []))
    }

    private func ask(
        _ target: MetricsTarget,
        _ path: String,
        _ fields: [(String, String)]
    ) async throws -> JSON {
        let base = target.url.hasSuffix("/") ? String(target.url.dropLast()) : target.url
        let form = fields.map { "\($0)=\(FormText.encode($1))" }.joined(separator: "&")
        let url = "\(base)/api/v1/\(path)"
        // A long expression doesn't fit into an address everywhere; a redirect would lose a body.
        let isLong = form.utf8.count > 4_096
        var request = target.request(
            isLong || form.isEmpty ? url : "\(url)?\(form)",
            accept: "application/json"
        )
        if isLong {
            request.method = .post
            request.body = Array(form.utf8)
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.isIdempotent = true
        }
        let response = try await send(request, target)
        let json: JSON
        do throws(MetricsError) {
            json = try PromQLAnswer.document(response.body)
        } catch {
            throw response.head.isSuccess ? error : Self.status(response.head)
        }
        // Prometheus explains its errors in the body, with statuses 400, 422 and 503; others have a status of their own in it.
        guard response.head.isSuccess || json["status"]?.string == "error" else {
            throw Self.status(response.head)
        }
        return json
    }

    private func send(_ request: HTTPRequest, _ target: MetricsTarget) async throws -> HTTPResponse {
        do {
            return try await http.send(request)
        } catch let error as HTTPError {
            guard error.kind == .bodyTooLarge else {
                throw MetricsError(.transport(error.kind), "\(error)")
            }
            throw MetricsError(
                .tooLarge,
                "\(error.url): the answer has more than the \(target.bodyBytesMax) bytes that are read",
                hint: "expose or ask for less, or raise the limit"
            )
        }
    }

    private static func status(_ head: HTTPResponseHead) -> MetricsError {
        let hint: String
        switch head.status {
        case 300..<400: hint = "more redirects than are followed, or one without an address"
        case 401: hint = "check the token, or the name and the password"
        case 403: hint = "the credentials lack the permission"
        case 404: hint = "check the path; metrics are often at /metrics"
        case 500...599: hint = "the endpoint's own fault; its log says more"
        default: hint = ""
        }
        // A query may have a token in it.
        let url = String(head.url.prefix { $0 != "?" })
        return MetricsError(
            .status(head.status),
            "\(SafeQuote.harmless(url, max: 300)) answered with status \(head.status)",
            hint: hint
        )
    }

    private static func text(_ time: MetricTimestamp) -> String {
        let milliseconds = time.inMilliseconds
        let rest = milliseconds.magnitude % 1_000
        let digits = String(rest)
        return (milliseconds < 0 ? "-" : "") + "\(milliseconds.magnitude / 1_000)."
            + String(repeating: "0", count: 3 - digits.count) + digits
    }
}

/// The encoding of forms and queries, byte by byte.
enum FormText {
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result.append(UInt8(ascii: "%"))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
