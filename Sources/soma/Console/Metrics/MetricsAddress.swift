import SomaMetrics
import SomaTerminal

/// An address of metrics as people give it: with or without a scheme, with a name and a password, copied from a browser.
struct MetricsAddress: Sendable {
    /// What is asked there.
    enum Purpose: String, Sendable {
        /// The text of metrics itself.
        case endpoint = "--metrics"
        /// A Prometheus, to whose address the paths of its interface are added.
        case server = "--prometheus"
    }

    /// Without name, password and fragment; a server's without query and trailing slash, too.
    let url: String
    /// The name and the password that stood in front of the host.
    let credentials: MetricsTarget.Credentials
    /// What people may see: the address without anything that may be secret.
    let shown: String

    /// The pages of Prometheus that an address may have been copied from.
    private static let pages = ["/graph", "/query", "/alerts", "/targets", "/rules", "/status", "/api/v1"]

    /// - Throws: `CommandFailure` for what is no address of the web, without quoting what may be a password.
    init(_ text: String, for purpose: Purpose) throws(CommandFailure) {
        func refused(_ found: String) -> CommandFailure {
            let example = purpose == .server ? "http://127.0.0.1:9090" : "http://127.0.0.1:9100/metrics"
            return CommandFailure(
                .usage,
                "\(purpose.rawValue): expected an address such as \(example), found \(found).",
                hint: "Only http:// and https:// are asked."
            )
        }
        let found = text.contains("@") ? "one with a name or password in it" : "\"\(SafeText.line(text))\""
        var scheme = "http"
        var rest = Substring(text)
        if let separator = text.firstRange(of: "://") {
            scheme = text[..<separator.lowerBound].lowercased()
            rest = text[separator.upperBound...]
        }
        guard scheme == "http" || scheme == "https" else { throw refused(found) }
        rest = rest.prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var host = authority
        var credentials = MetricsTarget.Credentials.none
        if let sign = authority.lastIndex(of: "@") {
            host = authority[authority.index(after: sign)...]
            let parts = authority[..<sign].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let user = Self.decoded(parts[0]),
                let password = Self.decoded(parts.count > 1 ? parts[1] : "")
            else { throw refused(found) }
            credentials = .basic(user: user, password: password)
        }
        let isClean = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard !host.isEmpty, host.first != ":", isClean, Self.hasPort(host) else { throw refused(found) }
        var path = String(rest[authority.endIndex...].prefix { $0 != "?" })
        // The end of a password with a slash in it, which had to be written as %2F, would be shown.
        guard !path.contains("@") else { throw refused(found) }
        let query = String(rest[authority.endIndex...].dropFirst(path.count))
        switch purpose {
        case .endpoint:
            if path.isEmpty || path == "/" { path = "/metrics" }
        case .server:
            while path.hasSuffix("/") { path.removeLast() }
            if let page = Self.pages.first(where: { path.hasSuffix($0) }) { path.removeLast(page.count) }
        }
        shown = "\(scheme)://\(host)\(path)"
        url = shown + (purpose == .endpoint ? query : "")
        self.credentials = credentials
    }

    /// Whether what follows the host's name is a port, or nothing.
    private static func hasPort(_ host: Substring) -> Bool {
        guard let colon = host.lastIndex(of: ":"), host.last != "]" else { return true }
        return (UInt16(host[host.index(after: colon)...]) ?? 0) > 0
    }

    /// Text with its percent signs made good; `nil` where one stands for nothing, or a byte isn't text.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, let value = UInt8(digits, radix: 16), digits.first != "+" else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
