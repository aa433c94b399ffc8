/// One request to one URL, checked and ready for libcurl.
struct TransferPlan: Sendable {
    let url: RequestURL
    let method: HTTPMethod
    /// `Name: value` lines as libcurl wants them.
    let headerLines: [String]
    let body: [UInt8]?
    let unixSocketPath: String?
    let connectTimeout: Duration
    let firstByteTimeout: Duration?
    let idleTimeout: Duration?
    let deadline: ContinuousClock.Instant?
    let maxBodyBytes: Int?
    let addressPolicy: AddressPolicy
    let usesEnvironmentProxy: Bool
    let needsFreshConnection: Bool
    let certificateAuthorityFile: String?
    let pinnedNames: [String]

    /// Checks a request; throws ``HTTPError`` of kind `invalidRequest` and sends nothing.
    init(
        _ request: HTTPRequest,
        url: RequestURL,
        deadline: ContinuousClock.Instant?,
        userAgent: String
    ) throws(HTTPError) {
        func refused(_ reason: String, _ hint: String = "") -> HTTPError {
            HTTPError(.invalidRequest, url: url.text, reason: reason, hint: hint)
        }
        guard request.method.rawValue.isToken else { throw refused("the method is not a token") }
        if let path = request.unixSocketPath {
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw refused("the socket's path is not usable")
            }
            guard path.utf8.count <= HTTPLimits.socketPathBytes else {
                throw refused(
                    "the socket's path is longer than \(HTTPLimits.socketPathBytes) bytes",
                    "use a shorter folder"
                )
            }
        }
        if request.usesEnvironmentProxy, !request.addressPolicy.isUnrestricted {
            throw refused(
                "an address policy can't be kept through a proxy",
                "use no proxy or the policy .any"
            )
        }
        if let file = request.certificateAuthorityFile, file.isEmpty || file.utf8.contains(0) {
            throw refused("the path of the certificate authorities is not usable")
        }
        var lines: [String] = []
        for field in request.headers.fields {
            guard field.name.isToken else { throw refused("a header's name is not a token") }
            guard field.value.isFieldValue else {
                throw refused("the value of header \(field.name) contains a control character")
            }
            guard !Self.framingFields.contains(field.name.lowercased()) else {
                throw refused("header \(field.name) can't be set", "the client frames messages itself")
            }
            // libcurl drops "Name:" and sends "Name;" as an empty field.
            lines.append(field.value.isEmpty ? field.name + ";" : "\(field.name): \(field.value)")
        }
        if request.headers["User-Agent"] == nil, userAgent.isFieldValue {
            lines.append("User-Agent: \(userAgent)")
        }
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        lines.append("Expect:")

        self.url = url
        method = request.method
        headerLines = lines
        body = request.body
        unixSocketPath = request.unixSocketPath
        connectTimeout = request.timeouts.connect
        firstByteTimeout = request.timeouts.firstByte
        idleTimeout = request.timeouts.idle
        self.deadline = deadline
        maxBodyBytes = request.maxBodyBytes
        addressPolicy = request.addressPolicy
        usesEnvironmentProxy = request.usesEnvironmentProxy
        needsFreshConnection = request.needsFreshConnection
        certificateAuthorityFile = request.certificateAuthorityFile
        pinnedNames = request.pinnedNames
    }

    private static let framingFields: Set<String> = [
        "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer",
        "keep-alive",
        "proxy-connection", "http2-settings",
    ]
}

extension String {
    /// Whether it is a token of RFC 9110, 5.6.2.
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: Self.tokenMarks.contains(byte)
                }
            }
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)

    /// Whether it may stand in a header line: nothing that ends the line or the string.
    var isFieldValue: Bool { utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F } }
}
