import HTTPTypes
import HummingbirdCore
import SomaCore

/// What every request must fulfil.
enum RequestChecks {
    private static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// Refuses what is too large, speaks another version, or comes from a web page.
    static func check(
        _ request: HummingbirdCore.Request,
        options: GatewayOptions,
        checksHost: Bool
    ) throws(Problem) {
        var bytes = request.head.path?.utf8.count ?? 0
        for field in request.headers { bytes += field.name.rawName.utf8.count + field.value.utf8.count + 4 }
        guard bytes <= options.headerBytesMax else { throw Refusals.header }
        if checksHost { try checkOrigin(request) }
        try checkVersion(request)
    }

    /// A page in a browser may be made to reach loopback under another name (DNS rebinding): the name gives it
    /// away, and so does the page's origin.
    private static func checkOrigin(_ request: HummingbirdCore.Request) throws(Problem) {
        guard let host = request.head.authority, loopbackNames.contains(name(of: host[...])) else {
            throw Problem(
                421,
                "host.refused",
                "Requests must name localhost.",
                hint: "Use http://127.0.0.1:PORT."
            )
        }
        guard let origin = request.headers[.origin] else { return }
        let parts = origin.split(separator: "/")
        guard parts.count == 2, loopbackNames.contains(name(of: parts[1])) else {
            throw Problem(403, "origin.refused", "Requests from web pages of other origins are refused.")
        }
    }

    private static func name(of authority: Substring) -> String {
        let name: Substring
        if authority.hasPrefix("[") {
            name = authority.firstIndex(of: "]").map { authority[...$0] } ?? authority
        } else {
            name = authority.prefix { $0 != ":" }
        }
        return name.lowercased()
    }

    private static func checkVersion(_ request: HummingbirdCore.Request) throws(Problem) {
        guard let name = HTTPField.Name(SomaVersion.header), let text = request.headers[name] else { return }
        guard let peer = SomaVersion.peer(text), peer.api == SomaVersion.api else {
            let client = SomaVersion.peer(text) ?? SomaVersion.Peer(api: 0, product: "unknown")
            throw Problem(
                426,
                "version.mismatch",
                SomaVersion.mismatch(daemon: SomaVersion.own, client: client)
            )
        }
    }

    /// Answers a method that a path doesn't have.
    static func otherMethod(_ method: String, allowed: [String], trace: String) -> Answer {
        var answer: Answer
        if method == "OPTIONS" {
            answer = Answer(204, bytes: [])
            answer.headers[.contentType] = nil
        } else {
            var problem = Problem(
                405,
                "method.wrong",
                "This path takes \(allowed.joined(separator: ", "))."
            )
            problem.trace = trace
            answer = Answer(problem)
        }
        answer.headers[.allow] = allowed.joined(separator: ", ")
        return answer
    }
}
