import SomaCore
import SomaHTTP

/// Where a daemon answers.
package enum DaemonAddress: Sendable, Hashable, CustomStringConvertible {
    /// A unix socket, by its absolute path.
    case unix(path: String)
    /// An HTTP address without a path: `http://127.0.0.1:8080`.
    case http(String)

    /// Reads `unix:PATH`, an absolute path, or `http://HOST:PORT`; `nil` for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("unix:/") {
            self = .unix(path: String(text.dropFirst(5)))
        } else if text.hasPrefix("/") {
            self = .unix(path: text)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            var base = text
            while base.hasSuffix("/") { base.removeLast() }
            guard base.contains("://") else { return nil }
            self = .http(base)
        } else {
            return nil
        }
    }

    /// How options write it.
    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .http(let base): base
        }
    }

    /// A request for a path of the daemon, which may have a query.
    func request(_ method: HTTPMethod, _ path: String) -> HTTPRequest {
        var base = "http://soma"
        var socket: String?
        switch self {
        case .unix(let path): socket = path
        case .http(let url): base = url
        }
        return HTTPRequest(
            method,
            base + path,
            headers: [SomaVersion.header: SomaVersion.headerValue],
            unixSocketPath: socket,
            timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(120)),
            // Whoever runs the client has chosen the address.
            addressPolicy: .any
        )
    }
}
