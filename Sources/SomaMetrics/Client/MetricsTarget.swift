import SomaCore
import SomaHTTP

/// An endpoint of metrics, or a Prometheus server: where, with what credentials, within what limits.
package struct MetricsTarget: Sendable {
    /// What the endpoint wants to see.
    package enum Credentials: Sendable {
        case none
        /// A bearer token.
        case bearer(String)
        /// A name and a password.
        case basic(user: String, password: String)
    }

    /// An `http` or `https` address without user information.
    package var url: String
    package var credentials: Credentials
    /// From the first byte sent to the last one received, redirects included.
    package var timeout: Duration
    /// Decoded bytes of an answer; more are an error and not waited for.
    package var bodyBytesMax: Int
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorityFile: String?
    /// A unix socket to connect to in place of the address's host.
    package var unixSocketPath: String?

    /// Bytes of an answer where nothing else is said.
    package static let bodyBytes = 64 * 1024 * 1024
    /// Redirects followed; only to http and https, and never from https to http.
    package static let redirectsMax = 5

    package init(
        _ url: String,
        credentials: Credentials = .none,
        timeout: Duration = .seconds(10),
        bodyBytesMax: Int = MetricsTarget.bodyBytes,
        certificateAuthorityFile: String? = nil,
        unixSocketPath: String? = nil
    ) {
        self.url = url
        self.credentials = credentials
        self.timeout = timeout
        self.bodyBytesMax = bodyBytesMax
        self.certificateAuthorityFile = certificateAuthorityFile
        self.unixSocketPath = unixSocketPath
    }

    func request(_ url: String, accept: String) -> HTTPRequest {
        var headers: HTTPHeaders = ["Accept": accept]
        switch credentials {
        case .none: break
        case .bearer(let token): headers["Authorization"] = "Bearer \(token)"
        case .basic(let user, let password):
            headers["Authorization"] = "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
        }
        return HTTPRequest(
            .get,
            url,
            headers: headers,
            unixSocketPath: unixSocketPath,
            timeouts: HTTPTimeouts(
                connect: min(timeout, .seconds(5)),
                firstByte: timeout,
                idle: timeout,
                total: timeout
            ),
            maxBodyBytes: bodyBytesMax,
            redirectsMax: Self.redirectsMax,
            addressPolicy: .any,
            certificateAuthorityFile: certificateAuthorityFile
        )
    }
}
