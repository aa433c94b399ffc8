import HTTPTypes
import HummingbirdCore
import NIOCore
import SomaCore

/// What a handler answers.
struct Answer: Sendable {
    /// A body.
    enum Body: Sendable {
        /// All of it.
        case bytes([UInt8])
        /// Written as it comes.
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    /// The status.
    var status: Int
    /// The header, without its length.
    var headers: HTTPFields
    /// The body.
    var body: Body
    /// The run that it is about, where that isn't in the request.
    var run: RunID?
    /// Whether the request has begun that run.
    var hasBegun = false

    /// Creates an answer.
    init(_ status: Int = 200, type: String = "application/json", bytes: [UInt8]) {
        self.status = status
        headers = [.contentType: type]
        body = .bytes(bytes)
    }

    /// Creates an answer of a document.
    init(_ status: Int = 200, _ document: some Encodable) throws(Problem) {
        do {
            self.init(status, bytes: try JSON(encoding: document).bytes() + [0x0A])
        } catch {
            throw Problem(500, "internal", "The answer could not be written.")
        }
    }

    /// Creates the answer to a refused request.
    init(_ problem: Problem) {
        self.init(problem.status, type: Problem.mediaType, bytes: problem.bytes)
        if let seconds = problem.retryAfter { headers[.retryAfter] = "\(seconds)" }
    }

    /// The length where it is known.
    var length: Int? {
        if case .bytes(let bytes) = body { return bytes.count }
        return nil
    }
}

extension Problem {
    /// The problem as a document.
    var bytes: [UInt8] { ((try? JSON(encoding: self).bytes()) ?? []) + [0x0A] }
}

/// Refusals that don't depend on the request.
enum Refusals {
    /// The head is too large.
    static let header = Problem(
        431,
        "header.large",
        "The request's header is too large.",
        hint: "Send fewer or shorter header fields."
    )

    /// The head dribbles in.
    static let slowHead = Problem(
        408,
        "header.slow",
        "The request's header took too long to arrive.",
        hint: "Send it at once."
    )

    /// The body is too large.
    static func body(_ limit: Int) -> Problem {
        Problem(
            413,
            "body.large",
            "The request's body is larger than \(limit) bytes.",
            hint: "Put long texts into a file of the workspace, and name the file."
        )
    }

    /// The daemon isn't ready.
    ///
    /// - Parameter what: What it is doing: `taking up runs`; may end with a sentence of its own.
    static func starting(_ what: String) -> Problem {
        Problem(
            503,
            "starting",
            "The daemon is \(what)\(what.hasSuffix(".") ? "" : ".")",
            hint: "Try again.",
            retryAfter: 1
        )
    }

    /// There are too many of something.
    static func many(_ code: String, _ what: String, seconds: Int) -> Problem {
        Problem(
            429,
            code,
            "Too many \(what) at the same time.",
            hint: "Try again in \(seconds) s.",
            retryAfter: seconds
        )
    }
}
