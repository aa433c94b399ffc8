public import SomaCore
public import SomaHTTP

/// Asks a Jaeger query service (its HTTP JSON API, version 1 and 2 of Jaeger alike).
public struct JaegerClient: Sendable {
    private let http: HTTPClient
    /// The address without a `/` at its end: `http://localhost:16686`, with a base path where Jaeger has one.
    public let base: String
    private let headers: HTTPHeaders
    private let timeouts: HTTPTimeouts
    private let maxBodyBytes: Int

    /// Creates a client.
    /// - Parameters:
    ///   - http: What sends requests.
    ///   - base: Jaeger's address, with or without `/` or `/search` at its end, as people copy it.
    ///   - headers: Fields for each request, such as `Authorization`.
    ///   - timeout: How long an answer may take to begin, and to go on.
    ///   - maxBodyBytes: The largest answer that is read.
    public init(
        _ http: HTTPClient,
        base: String,
        headers: HTTPHeaders = [:],
        timeout: Duration = .seconds(5),
        maxBodyBytes: Int = 512 << 20
    ) {
        self.http = http
        var base = base[...]
        if let query = base.firstIndex(where: { $0 == "?" || $0 == "#" }) { base = base[..<query] }
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix("/search") { base.removeLast(7) }
        self.base = String(base)
        self.headers = headers
        timeouts = HTTPTimeouts(connect: timeout, firstByte: timeout, idle: timeout, total: .seconds(60))
        self.maxBodyBytes = maxBodyBytes
    }

    /// The names of all services, sorted.
    /// - Throws: `JaegerError`.
    public func services() async throws(JaegerError) -> [String] {
        let (document, url) = try await get("/api/services")
        guard case .names(let names) = document.content else {
            guard document.isEmpty else { throw .unexpected(url: url, wanted: "services") }
            return []
        }
        return names.sorted()
    }

    /// The operations of a service, sorted.
    /// - Throws: `JaegerError`.
    public func operations(of service: String) async throws(JaegerError) -> [String] {
        let (document, url) = try await get("/api/services/\(URLText.encode(service))/operations")
        switch document.content {
        case .names(let names): return names.sorted()
        case .operations(let operations): return operations.map(\.name).sorted()
        default:
            guard document.isEmpty else { throw .unexpected(url: url, wanted: "operations") }
            return []
        }
    }

    /// The traces that a search finds, as Jaeger orders them.
    /// - Throws: `JaegerError`.
    public func search(_ query: JaegerQuery) async throws(JaegerError) -> [Trace] {
        let (document, url) = try await get("/api/traces?" + query.text)
        guard case .traces(let traces) = document.content else {
            throw .unexpected(url: url, wanted: "traces")
        }
        return traces
    }

    /// One trace.
    /// - Throws: `JaegerError`; `notFound` where Jaeger has none.
    public func trace(_ id: TraceID) async throws(JaegerError) -> Trace {
        let document: JaegerDocument
        let url: String
        do throws(JaegerError) {
            (document, url) = try await get("/api/traces/\(id)")
        } catch {
            if case .refused(404, _) = error { throw .notFound(trace: "\(id)") }
            throw error
        }
        guard case .traces(let traces) = document.content else {
            throw .unexpected(url: url, wanted: "trace")
        }
        guard let trace = traces.first(where: { $0.id == id }) ?? traces.first else {
            throw .notFound(trace: "\(id)")
        }
        return trace
    }

    private func get(_ path: String) async throws(JaegerError) -> (JaegerDocument, url: String) {
        let request = HTTPRequest(
            .get,
            base + path,
            headers: headers,
            timeouts: timeouts,
            maxBodyBytes: maxBodyBytes,
            redirectsMax: 3,
            addressPolicy: .any
        )
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch let error as HTTPError {
            throw .http(error)
        } catch {
            throw .cancelled
        }
        let url = base + path.prefix { $0 != "?" }
        let document: JaegerDocument
        do throws(TraceReadError) {
            document = try JaegerDocument.read(response.body)
        } catch {
            guard response.head.isSuccess else {
                do throws(HTTPError) {
                    _ = try response.requireSuccess()
                } catch {
                    throw .http(error)
                }
                throw .refused(status: response.status, message: "")
            }
            // What it leads to may have secrets in its query.
            let end = response.head.url.prefix { $0 != "?" }
            guard Self.isSame(String(end), url) else {
                throw .redirected(from: url, to: String(end.prefix(300)))
            }
            throw .unreadable(url: url, error)
        }
        // Jaeger answers a search for a trace that it hasn't with status 200 or 404, and says the code in the body.
        if !response.head.isSuccess || document.content == .nothing, let problem = document.errors.first {
            let status = problem.code > 0 ? Int(problem.code) : response.status
            throw .refused(status: status, message: problem.message)
        }
        guard response.head.isSuccess else { throw .refused(status: response.status, message: "") }
        return (document, url)
    }

    /// Whether two addresses without queries are one, however they are written.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        func plain(_ address: String) -> String {
            let address = address.lowercased()
            let port = address.hasPrefix("https:") ? ":443/" : ":80/"
            return address.replacing(port, with: "/", maxReplacements: 1)
        }
        return plain(left) == plain(right)
    }
}

extension JaegerDocument {
    /// Whether it holds nothing of any kind: an empty list doesn't say of what.
    fileprivate var isEmpty: Bool { content == .nothing || content == .traces([]) }
}
