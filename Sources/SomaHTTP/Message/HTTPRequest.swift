/// A request, with the limits it runs under.
///
/// The defaults are the safe ones: only public addresses, no redirects, no proxy, verified TLS.
public struct HTTPRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// An absolute `http` or `https` URL without user information.
    public var url: String
    /// Header fields. Framing fields (`Content-Length`, `Transfer-Encoding`, `Connection`, `Upgrade`, `Expect`)
    /// are the client's business and refused, as are line breaks and NUL.
    public var headers: HTTPHeaders
    /// The body; `nil` sends none.
    public var body: [UInt8]?
    /// Connects to this unix socket instead of the URL's host and port; at most ``HTTPLimits/socketPathBytes`` bytes.
    public var unixSocketPath: String?
    /// Time limits.
    public var timeouts: HTTPTimeouts
    /// Decoded body bytes accepted; `nil` means ``HTTPLimits/sendBodyBytes`` for ``HTTPClient/send(_:)``
    /// and no limit for streams.
    public var maxBodyBytes: Int?
    /// Redirects followed; 0 hands a redirect to the caller like any other response.
    public var redirectsMax: Int
    /// The addresses that may be connected to; doesn't concern a unix socket.
    public var addressPolicy: AddressPolicy
    /// Whether the proxy variables of the environment are obeyed; needs ``AddressPolicy/any``, because
    /// behind a proxy the address that is really reached can't be checked.
    public var usesEnvironmentProxy: Bool
    /// Opens a connection of its own. On a kept connection that turns out to be dead the request is sent
    /// again by itself; on a fresh one it never is.
    public var needsFreshConnection: Bool
    /// A PEM file of certificate authorities to trust instead of the system's.
    public var certificateAuthorityFile: String?
    /// Whether the request may be repeated; `nil` means the method or an `Idempotency-Key` field decides.
    public var isIdempotent: Bool?

    /// Addresses for host names, each `HOST:PORT:ADDRESS`, used before asking a resolver.
    package var pinnedNames: [String] = []

    /// Makes a request with the given limits.
    public init(
        _ method: HTTPMethod = .get,
        _ url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil,
        unixSocketPath: String? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        maxBodyBytes: Int? = nil,
        redirectsMax: Int = 0,
        addressPolicy: AddressPolicy = .publicOnly,
        usesEnvironmentProxy: Bool = false,
        needsFreshConnection: Bool = false,
        certificateAuthorityFile: String? = nil,
        isIdempotent: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.unixSocketPath = unixSocketPath
        self.timeouts = timeouts
        self.maxBodyBytes = maxBodyBytes
        self.redirectsMax = redirectsMax
        self.addressPolicy = addressPolicy
        self.usesEnvironmentProxy = usesEnvironmentProxy
        self.needsFreshConnection = needsFreshConnection
        self.certificateAuthorityFile = certificateAuthorityFile
        self.isIdempotent = isIdempotent
    }

    /// Whether sending the request twice does no harm.
    public var mayBeRepeated: Bool {
        isIdempotent ?? (method.isIdempotent || headers["Idempotency-Key"] != nil)
    }
}
