/// How to reach a Redis server, and how long to wait for it.
package struct RedisOptions: Sendable {
    /// Where it is.
    package enum Place: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package let place: Place
    /// Who logs in; nil for the server's default user.
    package let user: String?
    /// The number of the database.
    package let database: Int
    package let usesTLS: Bool
    /// The file of the certificates that the server's must be signed by.
    package var authorities: String?
    /// What the server knows the connection as (`CLIENT LIST`).
    package var name = "soma"
    /// How long a call waits for its answer.
    package var timeout: Duration = .milliseconds(100)
    /// How long connecting may take, with TLS and password.
    package var connectTimeout: Duration = .seconds(2)
    /// Calls that may wait for an answer; the next one is refused at once.
    package var waitingMax = 4_096
    /// The first and the longest time between two attempts to connect.
    package var backoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(3)
    private let secret: Password

    /// Reads `redis://[USER@]HOST[:PORT][/DATABASE]`, `rediss://…` for TLS, or `unix:PATH`.
    package init(url: String, password: String? = nil) throws(RedisError) {
        secret = Password(value: password)
        if url.hasPrefix("unix:") {
            let path = String(url.dropFirst("unix:".count))
            guard path.hasPrefix("/"), path.utf8.count < 108, !path.utf8.contains(0) else {
                throw Self.unreadable
            }
            (place, user, database, usesTLS) = (.unix(path: path), nil, 0, false)
            return
        }
        guard let scheme = ["redis://", "rediss://"].first(where: { url.hasPrefix($0) }) else {
            throw Self.unreadable
        }
        usesTLS = scheme == "rediss://"
        let rest = url.dropFirst(scheme.count)
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = try Authority(parts[0])
        user = authority.user
        place = .tcp(host: authority.host, port: authority.port)
        let number = parts.count > 1 && !parts[1].isEmpty ? Int(parts[1]) : 0
        guard let number, (0...65_535).contains(number) else { throw Self.unreadable }
        database = number
    }

    /// Where the connection leads, as people are shown it.
    package var address: String {
        switch place {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    var password: String? { secret.value }

    /// Never quotes the text: a password could be in it.
    private static let unreadable = RedisError(
        .invalidOptions,
        "redis.url can't be read",
        hint: "write redis://HOST:PORT, rediss://HOST:PORT for TLS, or unix:PATH; "
            + "the password belongs behind redis.password"
    )

    /// `USER@HOST:PORT`.
    private struct Authority {
        var user: String?
        var host: String
        var port = 6379

        init(_ text: Substring) throws(RedisError) {
            var rest = text
            if let at = text.lastIndex(of: "@") {
                let name = text[..<at]
                guard !name.contains(":"), !name.isEmpty else { throw RedisOptions.unreadable }
                user = String(name)
                rest = text[text.index(after: at)...]
            }
            var number: Substring?
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                host = String(rest[rest.index(after: rest.startIndex)..<end])
                let tail = rest[rest.index(after: end)...]
                guard tail.isEmpty || tail.hasPrefix(":") else { throw RedisOptions.unreadable }
                number = tail.isEmpty ? nil : tail.dropFirst()
            } else {
                let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count <= 2 else { throw RedisOptions.unreadable }
                host = String(parts[0])
                number = parts.count == 2 ? parts[1] : nil
            }
            let isName = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%\\".utf8.contains($0) }
            guard !host.isEmpty, isName else { throw RedisOptions.unreadable }
            guard let number else { return }
            guard let port = Int(number), (1...65_535).contains(port) else { throw RedisOptions.unreadable }
            self.port = port
        }
    }
}

extension RedisOptions: CustomStringConvertible, CustomReflectable {
    package var description: String { address }
    /// Dumps show the address and nothing else.
    package var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

/// Keeps a password out of dumps of what holds it.
private struct Password: Sendable, CustomReflectable {
    let value: String?
    var customMirror: Mirror { Mirror(self, children: []) }
}
