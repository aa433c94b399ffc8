public import SomaHTTP

/// Why Jaeger gave no answer that can be used.
public enum JaegerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The exchange failed: no connection, a time limit, too large a body, another status.
    case http(HTTPError)
    /// Jaeger has no such trace.
    case notFound(trace: String)
    /// Jaeger refused the question or failed at it, in its own words.
    case refused(status: Int, message: String)
    /// The answer is none of Jaeger's query API.
    case unreadable(url: String, TraceReadError)
    /// The answer is one of Jaeger's, but to another question.
    case unexpected(url: String, wanted: String)
    /// The question was given up.
    case cancelled

    /// What failed, on what, and what to do.
    public var description: String {
        switch self {
        case .http(let error): "Jaeger: \(error)"
        case .notFound(let trace):
            "Jaeger has no trace \(trace). It may not be stored yet, or is no longer kept; try again in some seconds."
        case .refused(let status, let message): "Jaeger answered \(status): \(message.prefix(512))"
        case .unreadable(let url, let error):
            "\(url): the answer is none of Jaeger's query API: \(error). Check that the address is Jaeger's query service."
        case .cancelled: "Jaeger: the question was given up."
        case .unexpected(let url, let wanted):
            "\(url): the answer holds no \(wanted). Check that the address is Jaeger's query service."
        }
    }
}
