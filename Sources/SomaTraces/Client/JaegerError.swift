public import SomaHTTP

/// Why Jaeger gave no answer that can be used.
public enum JaegerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The exchange failed: no connection, a time limit, too large a body, another status.
    case http(HTTPError)
    /// Jaeger has no such trace.
    case notFound(trace: String)
    /// Jaeger refused the question or failed at it, in its own words.
    case refused(status: Int, message: String)
    /// Jaeger's address leads to another, such as that of a login page, which gives none of Jaeger's answers.
    case redirected(from: String, to: String)
    /// The answer is none of Jaeger's query API.
    case unreadable(url: String, TraceReadError)
    /// The answer is one of Jaeger's, but to another question.
    case unexpected(url: String, wanted: String)
    /// The question was given up.
    case cancelled

    /// What failed, on what, and what to do.
    public var description: String {
        switch self {
        case .http(let error):
            switch error.kind {
            case .unexpectedStatus:
                "Jaeger: \(error.url): \(error.reason).\(Self.advice(error.response?.status ?? 0))"
            case .redirectRefused: "Jaeger: \(error).\(Self.advice(302))"
            default: "Jaeger: \(error)"
            }
        case .notFound(let trace):
            "Jaeger has no trace \(trace). It may not be stored yet, or is no longer kept; try again in some seconds."
        case .refused(let status, let message):
            "Jaeger answered \(status)\(message.isEmpty ? "" : ": ")\(message.prefix(512))"
                + (message.hasSuffix(".") ? "" : ".") + Self.advice(status)
        case .redirected(let from, let to): "Jaeger: \(from) leads to \(to).\(Self.advice(302))"
        case .unreadable(let url, let error):
            "\(url): the answer is none of Jaeger's query API: \(error). Check that the address is Jaeger's query service."
        case .cancelled: "Jaeger: the question was given up."
        case .unexpected(let url, let wanted):
            "\(url): the answer holds no \(wanted). Check that the address is Jaeger's query service."
        }
    }

    /// What to change after a status, with the space before it; empty where there is nothing to be done.
    private static func advice(_ status: Int) -> String {
        switch status {
        case 300..<400:
            " That may be a page to log in at, and Soma doesn't log in there: name in --jaeger or jaeger.url the query "
                + "service itself, often at port 16686."
        case 401, 403, 407:
            " Soma has no login for Jaeger: name in --jaeger or jaeger.url an address of the query service that wants none, "
                + "often at port 16686."
        case 404:
            " Check --jaeger or jaeger.url: the query service's address, with its base path where it has one."
        case 500: " The fault is Jaeger's own, or its storage's: its log says more."
        case 502, 503, 504:
            " What answers there doesn't reach Jaeger now, or Jaeger its storage: see that both run."
        default: ""
        }
    }
}
