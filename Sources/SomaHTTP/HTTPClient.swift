import CCurl

/// Sends requests over libcurl, all on one thread of its own.
///
/// Safe to use from any task; one for the whole program is best, because connections are kept and shared.
/// Letting go of it lets exchanges under way finish, then ends the thread.
public final class HTTPClient: Sendable {
    let loop: CurlLoop
    private let userAgent: String

    /// Starts the client; throws ``HTTPError`` when its thread can't be started.
    public init(userAgent: String = "soma") throws(HTTPError) {
        loop = try CurlLoop()
        self.userAgent = userAgent
    }

    /// Begins to load libcurl, which takes some milliseconds, on a thread of its own, and doesn't wait.
    ///
    /// For a program that will need a client soon and has other things to do first.
    public static func prepare() { soma_curl_load_soon() }

    /// Sends a request and gathers the whole response, of whatever status.
    ///
    /// Throws ``HTTPError``, or `CancellationError` when the task is cancelled, which ends the transfer.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.maxBodyBytes = request.maxBodyBytes ?? HTTPLimits.sendBodyBytes
        request.timeouts.total = request.timeouts.total ?? HTTPLimits.sendTotal
        let response = try await stream(request)
        var body: [UInt8] = []
        for try await chunk in response.body {
            if body.isEmpty { body = chunk } else { body.append(contentsOf: chunk) }
        }
        return HTTPResponse(head: response.head, body: body)
    }

    /// Sends a request and returns as soon as the response's head is there, of whatever status.
    ///
    /// Throws ``HTTPError``, or `CancellationError` when the task is cancelled, which ends the transfer.
    public func stream(_ request: HTTPRequest) async throws -> HTTPStreamingResponse {
        let deadline = request.timeouts.total.map { ContinuousClock.now + $0 }
        var hop = RedirectHop(request: request, url: try RequestURL(request.url))
        while true {
            try Task.checkCancellation()
            let plan = try TransferPlan(hop.request, url: hop.url, deadline: deadline, userAgent: userAgent)
            let transfer = loop.start(plan)
            let head = try await transfer.head()
            guard let next = try hop.following(head) else {
                return HTTPStreamingResponse(head: head, body: HTTPBodyStream(transfer: transfer))
            }
            transfer.cancel()
            hop = next
        }
    }

    /// Fails what is under way with ``HTTPError/Kind-swift.enum/closed`` and returns when every handle is freed.
    public func shutdown() async { await loop.stop() }

    /// Times that the client's thread woke up; stands still while nothing is under way.
    package var turns: Int { loop.turns }
}
