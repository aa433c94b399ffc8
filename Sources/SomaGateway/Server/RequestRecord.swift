import HTTPTypes
import HummingbirdCore
import NIOCore
import SomaCore
import SomaEngine

/// What is known of a request while it is under way, for its span.
struct RequestRecord: Sendable {
    /// The longest path and name of a client that are kept.
    private static let textBytesMax = 256

    var trace: RequestTrace
    var route: Route?
    var parameters: [String: String] = [:]
    private let head: HTTPRequest
    private let start: Timestamp
    private let began: ContinuousClock.Instant

    /// Begins where the head is there.
    init(_ request: HummingbirdCore.Request, _ trace: RequestTrace, at began: ContinuousClock.Instant) {
        head = request.head
        self.trace = trace
        self.began = began
        start = SystemWallClock().now
    }

    /// All of it, once it is answered.
    func facts(_ answer: Answer, _ channel: any Channel) -> RequestFacts {
        var facts = RequestFacts(
            trace: trace.id,
            span: trace.span,
            parent: trace.caller?.span,
            method: head.method.rawValue,
            route: route?.pattern,
            status: answer.status,
            start: start,
            took: ContinuousClock.now - began,
            door: Self.door(channel)
        )
        facts.traceState = trace.caller?.state ?? ""
        facts.agent = head.headerFields[.userAgent].map { String($0.prefix(Self.textBytesMax)) }
        guard let route else { return facts }
        facts.path = head.path.map { String($0.prefix { $0 != "?" }.prefix(Self.textBytesMax)) }
        let id = parameters["id"].flatMap { RunID.isWellFormed($0) ? $0 : nil }
        facts.run = answer.run ?? (route.pattern.hasPrefix("/v1/runs/") ? id.map { RunID($0) } : nil)
        facts.conversation =
            route.pattern.hasPrefix("/v1/conversations/") ? id.map { ConversationID($0) } : nil
        return facts
    }

    /// The same later, when its stream has ended.
    func lasting(_ facts: RequestFacts) -> RequestFacts {
        var facts = facts
        facts.took = ContinuousClock.now - began
        return facts
    }

    private static func door(_ channel: any Channel) -> RequestFacts.Door {
        guard let address = channel.localAddress, let name = address.ipAddress, let port = address.port else {
            return .unix
        }
        return .tcp(address: name, port: port)
    }
}

extension RunID {
    /// Whether a text is a whole name as new ones are, and no beginning of one.
    fileprivate static func isWellFormed(_ text: String) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { alphabet.contains($0) }
    }
}
