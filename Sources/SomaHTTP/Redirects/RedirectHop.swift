/// A request on its way through redirects: decides whether, where to and with what it goes on.
///
/// libcurl could follow by itself, but would then reuse kept connections without asking and show custom
/// header fields (such as API keys) to the next host.
struct RedirectHop {
    let request: HTTPRequest
    let url: RequestURL
    private let followed: Int

    init(request: HTTPRequest, url: RequestURL) {
        self.init(request: request, url: url, followed: 0)
    }

    private init(request: HTTPRequest, url: RequestURL, followed: Int) {
        self.request = request
        self.url = url
        self.followed = followed
    }

    /// The next hop, or `nil` when this response is the one to hand to the caller.
    func following(_ head: HTTPResponseHead) throws(HTTPError) -> RedirectHop? {
        guard request.redirectsMax > 0, [301, 302, 303, 307, 308].contains(head.status),
            let location = head.headers["Location"]
        else { return nil }
        func refused(_ reason: String, _ hint: String = "") -> HTTPError {
            HTTPError(.redirectRefused, url: url.text, reason: reason, hint: hint)
        }
        guard followed < request.redirectsMax else {
            throw refused(
                "more than \(request.redirectsMax) redirects",
                "the server may be sending in circles"
            )
        }
        let target: RequestURL
        do {
            target = try RequestURL(location, relativeTo: url)
        } catch {
            throw refused("redirects to \(error.url): \(error.reason)")
        }
        guard url.scheme == "http" || target.scheme == "https" else {
            throw refused(
                "redirects from https to http",
                "ask for the address it names, if plain text is meant"
            )
        }
        var next = request
        if !target.hasSameOrigin(as: url) {
            guard request.unixSocketPath == nil else {
                throw refused("redirects from a unix socket to another host")
            }
            next.headers = next.headers.filter { Self.harmlessFields.contains($0.name.lowercased()) }
        }
        if head.status == 303 && request.method != .head
            || (head.status == 301 || head.status == 302) && request.method == .post
        {
            next.method = .get
            next.body = nil
            next.headers = next.headers.filter { !$0.name.lowercased().hasPrefix("content-") }
        }
        return RedirectHop(request: next, url: target, followed: followed + 1)
    }

    /// The only fields shown to another origin; any other may be a credential.
    private static let harmlessFields: Set<String> = [
        "accept", "accept-language", "user-agent", "content-type", "range", "if-none-match",
        "if-modified-since",
        "traceparent", "tracestate",
    ]
}
