import CCurl

/// A URL as libcurl itself understands it, so that what is checked is what is connected to.
struct RequestURL: Hashable, Sendable {
    /// The normalised URL, without fragment.
    let text: String
    let scheme: String
    let host: String
    let port: Int

    /// Parses an absolute URL, or one relative to `base`.
    init(_ text: String, relativeTo base: RequestURL? = nil) throws(HTTPError) {
        func refused(_ reason: String, _ hint: String = "") -> HTTPError {
            HTTPError(.invalidRequest, url: text, reason: reason, hint: hint)
        }
        guard !text.isEmpty else { throw refused("the URL is empty") }
        guard text.utf8.count <= HTTPLimits.urlBytes else {
            throw refused("the URL is longer than \(HTTPLimits.urlBytes) bytes")
        }
        // A NUL would end the C string early: what was checked would not be what is used.
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw refused("the URL contains a control character")
        }
        guard let handle = curl_url() else {
            throw HTTPError(.internalFailure, url: text, reason: "out of memory")
        }
        defer { curl_url_cleanup(handle) }
        if let base { _ = curl_url_set(handle, CURLUPART_URL, base.text, 0) }
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_DISALLOW_USER)
        let code = curl_url_set(handle, CURLUPART_URL, text, flags)
        guard code == CURLUE_OK else {
            if code == CURLUE_USER_NOT_ALLOWED {
                throw refused("the URL carries user information", "put credentials into a header")
            }
            throw refused(
                "not a valid URL: " + String(cString: curl_url_strerror(code)),
                "give it as http(s)://host/path"
            )
        }
        _ = curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)

        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard soma_curl_url_get(handle, part, &value, UInt32(flags)) == CURLUE_OK, let value else {
                return nil
            }
            defer { curl_free(value) }
            return String(cString: value)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https" else {
            throw refused("only http and https are spoken")
        }
        guard let host = part(CURLUPART_HOST)?.lowercased(), !host.isEmpty,
            let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ Int($0) }),
            (1...65535).contains(port),
            let normalised = part(CURLUPART_URL)
        else { throw refused("the URL has no usable host and port") }
        self.text = normalised
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// Whether credentials meant for one may be shown to the other.
    func hasSameOrigin(as other: RequestURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }
}
