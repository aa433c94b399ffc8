package import SomaCore
package import SomaTraces

extension TraceSpan {
    /// The methods that HTTP knows: whatever else a client sends is one name, so that names stay few.
    private static let methods: Set = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    ]
    /// The longest text of a client's that is kept.
    private static let textBytesMax = 256

    /// The span of a request, by OpenTelemetry's conventions for HTTP servers.
    ///
    /// Of what a client sends, only what is printable ASCII and not too long is in it, and of paths only those that have a
    /// route; queries never are. What the server couldn't do (5xx) has failed; what the client did wrong is no failure here.
    package init(_ facts: RequestFacts) {
        let isKnown = Self.methods.contains(facts.method)
        let method = isKnown ? facts.method : "_OTHER"
        let duration = facts.took.components
        self.init(
            trace: facts.trace,
            id: facts.span,
            parent: facts.parent,
            name: [isKnown ? method : "HTTP", facts.route].compactMap(\.self).joined(separator: " "),
            start: Self.nanoseconds(max(0, facts.start.microseconds), 1000, 0),
            duration: Self.nanoseconds(
                duration.seconds,
                1_000_000_000,
                duration.attoseconds / 1_000_000_000
            )
        )
        kind = .server
        traceState = facts.traceState
        attributes = [Attribute("http.request.method", .string(method))]
        func add(_ name: String, _ value: AttributeValue?) {
            if let value { attributes.append(Attribute(name, value)) }
        }
        func text(_ text: String?) -> AttributeValue? {
            text.flatMap { Self.isPlain($0) ? .string($0) : nil }
        }
        if !isKnown { add("http.request.method_original", text(facts.method)) }
        add("url.scheme", .string("http"))
        add("url.path", text(facts.path))
        add("http.route", facts.route.map { .string($0) })
        add("http.response.status_code", .int(Int64(facts.status)))
        add("network.protocol.version", .string("1.1"))
        switch facts.door {
        case .unix: add("network.transport", .string("unix"))
        case .tcp(let address, let port):
            add("network.transport", .string("tcp"))
            add("server.address", .string(address))
            add("server.port", .int(Int64(port)))
        }
        add("user_agent.original", text(facts.agent))
        add("soma.run.id", facts.run.map { .string($0.rawValue) })
        add("gen_ai.conversation.id", facts.conversation.map { .string($0.rawValue) })
        guard facts.status >= 500 else { return }
        status = .error
        add("error.type", .string("\(facts.status)"))
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...textBytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func nanoseconds(_ whole: Int64, _ factor: Int64, _ rest: Int64) -> Int64 {
        let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
        let (sum, isOver) = product.addingReportingOverflow(rest)
        return overflow || isOver ? .max : sum
    }
}
