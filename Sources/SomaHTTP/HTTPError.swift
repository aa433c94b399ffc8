/// Why an exchange failed: what, on which URL, and what can be done.
///
/// A task's cancellation is a `CancellationError`, not one of these.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A part of the exchange with a time limit of its own.
    public enum Phase: String, Hashable, Sendable {
        /// Resolving, connecting, handshake.
        case connect
        /// Waiting for the response to begin.
        case firstByte
        /// Waiting for more of the response.
        case idle
        /// The whole.
        case total
    }

    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// The request can't be sent as it is; nothing left this machine.
        case invalidRequest
        /// The policy forbids the address; nothing was sent to it.
        case addressRefused
        /// The host's name has no address.
        case nameNotResolved
        /// No connection could be made.
        case connectFailed
        /// The peer could not be authenticated or speaks no acceptable TLS.
        case tlsFailed
        /// A time limit passed.
        case timedOut(Phase)
        /// The decoded body exceeds the request's limit.
        case bodyTooLarge
        /// The header fields exceed ``HTTPLimits/headBytes``.
        case headTooLarge
        /// Too many redirects, or one to where none may lead.
        case redirectRefused
        /// The connection broke before the response was complete.
        case connectionLost
        /// The peer's bytes are not HTTP, or their encoding is broken.
        case invalidResponse
        /// The status is not the one needed; see ``HTTPError/response``.
        case unexpectedStatus
        /// An event or a line of an event stream exceeds its limit.
        case eventTooLarge
        /// The client was shut down.
        case closed
        /// libcurl failed in a way that points to a defect or to missing memory.
        case internalFailure
    }

    /// What went wrong.
    public let kind: Kind
    /// The URL without user information, query and fragment.
    public let url: String
    /// What happened, in a sentence fragment.
    public let reason: String
    /// What the caller can do about it; empty when there is nothing sensible to say.
    public let hint: String
    /// libcurl's code, 0 when the failure isn't libcurl's.
    public let curlCode: Int
    /// The response that was not acceptable, its body cut to ``HTTPLimits/errorBodyBytes``.
    public let response: HTTPResponse?

    /// Makes an error; the URL is stripped of its secrets here.
    public init(
        _ kind: Kind,
        url: String,
        reason: String,
        hint: String = "",
        curlCode: Int = 0,
        response: HTTPResponse? = nil
    ) {
        self.kind = kind
        self.url = redactedURL(url)
        self.reason = printable(reason)
        self.hint = hint
        self.curlCode = curlCode
        self.response = response
    }

    /// Whether the same request may succeed later; says nothing about whether repeating it is harmless.
    public var isRetryable: Bool {
        switch kind {
        case .nameNotResolved, .connectFailed, .timedOut, .connectionLost: true
        case .unexpectedStatus: response.map { RetryPolicy.transientStatuses.contains($0.status) } ?? false
        default: false
        }
    }

    /// Whether the request may have reached the peer; `false` makes repeating it harmless.
    public var mayHaveBeenSent: Bool {
        switch kind {
        case .invalidRequest, .addressRefused, .nameNotResolved, .connectFailed, .tlsFailed,
            .timedOut(.connect):
            false
        default: true
        }
    }

    /// One line: where, what, and what to do.
    public var description: String {
        (url.isEmpty ? "" : "\(url): ") + reason + (hint.isEmpty ? "" : " (\(hint))")
    }

    static func unexpectedStatus(_ response: HTTPResponse) -> HTTPError {
        HTTPError(
            .unexpectedStatus,
            url: response.head.url,
            reason: "answered with status \(response.status)",
            hint: hint(forStatus: response.status),
            response: HTTPResponse(
                head: response.head,
                body: Array(response.body.prefix(HTTPLimits.errorBodyBytes))
            )
        )
    }

    private static func hint(forStatus status: Int) -> String {
        switch status {
        case 401: "check the token"
        case 403: "the token lacks the permission"
        case 404: "check the path"
        case 429: "slow down, then try again"
        case 500...599: "the server's fault; try again later"
        default: ""
        }
    }
}

/// A reason may quote the peer: control characters end here.
private func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }
        )
    )
}

/// The URL without user information, query and fragment, and without control characters.
///
/// Works on text that is not a valid URL too, since errors are about such text.
func redactedURL(_ url: String) -> String {
    var scalars = url.unicodeScalars.prefix { $0 != "?" && $0 != "#" }.prefix(300).map { scalar in
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar
    }
    // Up to the last "@", whatever the slashes say: a password may hold a slash when the URL is malformed.
    if let at = scalars.lastIndex(of: "@") {
        let scheme = scalars.firstIndex(of: ":").map { $0 + 1 } ?? 0
        let start = scalars[scheme...].prefix { $0 == "/" }.endIndex
        if start <= at { scalars.removeSubrange(start...at) }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
}
