/// Why a request was refused: a problem document (RFC 9457).
package struct Problem: Error, Sendable, Hashable, Codable {
    /// The media type of a problem document.
    package static let mediaType = "application/problem+json"
    /// What every `type` starts with.
    package static let typePrefix = "urn:soma:problem:"

    /// What is wrong, stable for programs: `urn:soma:problem:run.missing`.
    package var type: String
    /// What is wrong in general, in a few words.
    package var title: String
    /// The HTTP status.
    package var status: Int
    /// What is wrong here, in a sentence.
    package var detail: String
    /// What to do; empty where there is nothing to do.
    package var hint: String?
    /// The trace id of the request.
    package var trace: String?
    /// The run ids that a prefix may mean.
    package var candidates: [String]?
    /// After how many seconds the same request may succeed.
    package var retryAfter: Int?

    /// Creates a problem.
    package init(
        _ status: Int,
        _ code: String,
        _ detail: String,
        hint: String? = nil,
        candidates: [String]? = nil,
        retryAfter: Int? = nil
    ) {
        type = Problem.typePrefix + code
        title = Problem.title(status)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.candidates = candidates
        self.retryAfter = retryAfter
    }

    /// The last part of `type`: `run.missing`.
    package var code: String {
        type.hasPrefix(Problem.typePrefix) ? String(type.dropFirst(Problem.typePrefix.count)) : type
    }

    /// The detail and the hint.
    package var message: String {
        guard let hint, !hint.isEmpty else { return detail }
        return "\(detail) \(hint)"
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "The request makes no sense"
        case 403: "Refused"
        case 404: "Not there"
        case 405: "Wrong method"
        case 408: "Too slow"
        case 409: "Too late, or ambiguous"
        case 410: "No longer there"
        case 413: "Too large"
        case 414: "Too long"
        case 415: "Wrong media type"
        case 421: "Wrong host"
        case 422: "Can't be done"
        case 426: "Versions don't match"
        case 429: "Too many"
        case 431: "Header too large"
        case 503: "Not now"
        case 507: "No room"
        default: "The daemon failed"
        }
    }
}
