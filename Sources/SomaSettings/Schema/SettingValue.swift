/// A setting's checked value.
public enum SettingValue: Sendable, Hashable, CustomStringConvertible {
    /// Not set, and without a default.
    case absent
    /// Text, a word of a choice, a path (absolute), an address or a store.
    case text(String)
    /// A truth value.
    case boolean(Bool)
    /// A whole number.
    case integer(Int)
    /// A length of time.
    case duration(Duration)
    /// A number of bytes.
    case byteSize(ByteSize)
    /// An amount of US dollars.
    case money(Money)
    /// A share of a whole, from 0 to 1.
    case share(Double)
    /// Where to listen.
    case endpoints([Endpoint])
    /// Where a secret is kept.
    case secret(SecretReference)

    /// The value as it may be shown: passwords in addresses are hidden, secrets are their references.
    public var description: String {
        switch self {
        case .absent: "-"
        case .text(let text): Quoted.visible(AddressText.withoutPassword(text))
        case .boolean(let value): String(value)
        case .integer(let value): String(value)
        case .duration(let value): DurationText.format(value)
        case .byteSize(let value): value.description
        case .money(let value): value.description
        case .share(let value): value == 0 || value == 1 ? "\(Int(value))" : "\(value)"
        case .endpoints(let list): list.isEmpty ? "-" : list.map(\.description).joined(separator: ",")
        case .secret(let reference): reference.description
        }
    }
}

/// A place to listen at.
public enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A unix socket, by its absolute path.
    case unix(path: String)
    /// A TCP port; the host is a name or an address (IPv6 without brackets), the port 0 to 65535.
    case tcp(host: String, port: Int)

    /// Reads `HOST:PORT`, `[IPV6]:PORT`, or `:PORT`-less `unix:PATH`.
    /// - Parameters:
    ///   - folder: Where a relative socket path starts.
    ///   - home: What `~/` stands for.
    init?(_ text: String, relativeTo folder: String, home: String?) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
            self = .unix(path: PathText.absolute(path, from: folder, home: home))
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), port <= 65_535
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let isName = host.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || ".-:%_".utf8.contains(byte)
        }
        guard !host.isEmpty, isName else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    /// The writing that reads back.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(Quoted.visible(path))"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// Looks at addresses as text.
enum AddressText {
    /// The address with `***` where a password stands, before the host or among the parameters.
    static func withoutPassword(_ text: String) -> String {
        var shown = ""
        var rest = withoutUserPassword(text)[...]
        while let start = rest.firstIndex(where: { $0 == "?" || $0 == "&" }) {
            shown += rest[...start]
            rest = rest[rest.index(after: start)...]
            let name = rest.prefix { !"=&".contains($0) }
            guard rest[name.endIndex...].first == "=", name.lowercased().hasSuffix("password") else {
                continue
            }
            shown += "\(name)=***"
            rest = rest[name.endIndex...].drop { $0 != "&" }
        }
        return shown + rest
    }

    private static func withoutUserPassword(_ text: String) -> String {
        guard let scheme = text.range(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return text }
        let user = authority[..<at].prefix { $0 != ":" }
        guard user.endIndex != at else { return text }
        return "\(text[..<scheme.upperBound])\(user):***\(rest[at...])"
    }

    static func isWeb(_ text: String) -> Bool {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let scheme = text.range(of: "://")
        else { return false }
        let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let isClean = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        return isClean && !authority.isEmpty && !authority.contains("@")
    }
}

extension String {
    /// The first place of a short text; Foundation has this, and is large.
    fileprivate func range(of needle: String) -> Range<String.Index>? {
        let bytes = Array(needle.utf8)
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: bytes) {
                return start..<utf8.index(start, offsetBy: bytes.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
