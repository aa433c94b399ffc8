import HTTPTypes
import SomaCore

/// One row of the table that the router and `/openapi.json` are made from.
struct Route: Sendable {
    /// What clients may do with a path.
    enum Method: String, Sendable {
        case get, post
    }

    /// Something in the query.
    struct Parameter: Sendable {
        let name: String
        let meaning: String
        let schema: JSON

        static func text(_ name: String, _ meaning: String) -> Parameter {
            Parameter(name: name, meaning: meaning, schema: ["type": "string"])
        }

        static func number(_ name: String, _ meaning: String, in range: ClosedRange<Int>) -> Parameter {
            let schema: JSON = [
                "type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound),
            ]
            return Parameter(name: name, meaning: meaning, schema: schema)
        }
    }

    /// What an answer is.
    enum Reply: Sendable {
        /// A document, by the name of its schema.
        case document(Int, Schema)
        /// Something else, by its media type.
        case text(String)
    }

    typealias Handler = @Sendable (Exchange) async throws(Problem) -> Answer
    typealias Admission = @Sendable () async throws(Problem) -> Void

    let method: Method
    /// The path; open parts are in braces.
    let pattern: String
    let summary: String
    let query: [Parameter]
    let request: Schema?
    let reply: Reply
    /// The statuses of refusals beyond those that every route has.
    let refusals: [Int]
    /// Whether the answer depends on the runs having been taken up.
    let needsRuns: Bool
    /// Refuses where there is no room just now. That is no answer to the request: nothing was begun, and it may be made again,
    /// with the same key too.
    let admission: Admission
    let handler: Handler
    let parts: [Substring]

    init(
        _ method: Method,
        _ pattern: String,
        _ summary: String,
        query: [Parameter] = [],
        request: Schema? = nil,
        reply: Reply,
        refusals: [Int] = [],
        needsRuns: Bool = true,
        admission: @escaping Admission = {},
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.summary = summary
        self.query = query
        self.request = request
        self.reply = reply
        self.refusals = refusals
        self.needsRuns = needsRuns
        self.admission = admission
        self.handler = handler
        parts = pattern.split(separator: "/")
    }

    /// Whether somebody asks all the time, to see what is there: how the process is doing, and streams.
    var isLook: Bool {
        if case .text("text/event-stream") = reply { return true }
        return !pattern.hasPrefix("/v1/") || Self.looks.contains(pattern)
    }

    private static let looks: Set = ["/v1/daemon", "/v1/replicas"]

    /// The open parts of a path, or `nil` where it is another one's.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, value) in zip(parts, path) {
            if part.hasPrefix("{") {
                parameters[String(part.dropFirst().dropLast())] = value
            } else if part != value {
                return nil
            }
        }
        return parameters
    }

    /// The names of the open parts.
    var openParts: [String] { parts.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) } }
}
