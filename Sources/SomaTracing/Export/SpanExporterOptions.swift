package import SomaHTTP
package import SomaTraces

/// Where spans go, and how.
package struct SpanExporterOptions: Sendable {
    /// How they are written.
    package enum Encoding: String, Sendable, Hashable, CaseIterable {
        case protobuf = "http/protobuf"
        case json = "http/json"
    }

    /// The whole address, `http` or `https`.
    package var address: String
    /// How they are written.
    package var encoding: Encoding = .protobuf
    /// Fields for each request, credentials among them.
    package var headers: HTTPHeaders = [:]
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var authorityFile: String?
    /// What the spans come from.
    package var resource = TraceResource(service: "somad")
    /// What made them.
    package var scope = TraceScope(name: "soma")
    /// How many spans go together.
    package var batch = 512
    /// How long the first of them waits for others.
    package var interval: Duration = .seconds(5)
    /// How many spans may wait.
    package var queue = 8192
    /// How long one request may take.
    package var timeout: Duration = .seconds(10)
    /// How often and after what delays a batch is tried again.
    package var retry = RetryPolicy(
        attemptsMax: 8,
        base: .seconds(1),
        cap: .seconds(30),
        statuses: [429, 502, 503, 504]
    )

    /// Creates options.
    /// - Parameter collector: A collector's address; `/v1/traces` is added to its path unless that is its end already.
    package init(collector: String) {
        let parts = collector.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        while path.hasSuffix("/") { path.removeLast() }
        if !path.hasSuffix("/v1/traces") { path += "/v1/traces" }
        address = String(path) + (parts.count == 2 ? "?" + parts[1] : "")
    }

    /// Where it goes, as it may be shown: what follows `?` may be a credential.
    package var place: String { String(address.prefix { $0 != "?" }) }
}
