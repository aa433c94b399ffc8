/// Why something failed at Redis: what, and what to do about it. It never holds a password or what was stored.
package struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Kind: Hashable, Sendable {
        /// The settings can't be used as they are; nothing was sent.
        case invalidOptions
        /// The library, or its part for TLS, is missing on this machine.
        case library
        /// There is no connection, or it was lost before the answer came.
        case away
        /// No answer came in time.
        case timeout
        /// TLS could not be had, or the server's certificate is not acceptable.
        case tls
        /// The server wants another user or password.
        case authentication
        /// The server doesn't know something that Soma asks of it.
        case serverTooOld
        /// The server refused the command; the word that it gives for that, such as `OOM`.
        case refused(String)
        /// What the server sent is not what was expected of it.
        case `protocol`
        /// Too many calls wait for an answer already.
        case overloaded
        /// The task was cancelled.
        case cancelled
        /// The client was closed.
        case closed
    }

    package let kind: Kind
    /// What happened, in a sentence fragment.
    package let message: String
    /// What to do, naming the setting; empty where there is nothing sensible to say.
    package let hint: String

    init(_ kind: Kind, _ message: String, hint: String = "") {
        (self.kind, self.message, self.hint) = (kind, message, hint)
    }

    /// `Redis: <what>. <What to do>.`
    package var description: String {
        "Redis: \(message)." + (hint.isEmpty ? "" : " \(hint.prefix(1).uppercased())\(hint.dropFirst()).")
    }
}

extension RedisError {
    static let closed = RedisError(.closed, "the connection was closed by Soma")
    static let cancelled = RedisError(.cancelled, "the task was cancelled")
    static let lost = RedisError(.away, "the server closed the connection", hint: whereHint)
    static let dialing = RedisError(.away, "the connection is being opened")
    static let unexpected = RedisError(
        .protocol,
        "the server's answers don't fit the questions",
        hint: "see that redis.url names a Redis, and not the port of something else"
    )
    /// Who answers may be something else, or speak TLS.
    static let whereHint = "see that redis.url names a Redis that runs, with rediss:// where it wants TLS"
    static let overloaded = RedisError(.overloaded, "too many calls wait for an answer")

    static func timeout(_ limit: Duration) -> RedisError {
        RedisError(
            .timeout,
            "no answer came within \(limit.milliseconds) ms",
            hint: "see that redis.url names a Redis, and what it is busy with"
        )
    }

    static let tooOld = RedisError(
        .serverTooOld,
        "the server is too old for Soma, or a command is switched off there",
        hint: "name a Redis 5 or later in redis.url, which has its scripts (EVAL) switched on"
    )

    /// Logging in as a user other than the default one came with Redis 6.
    private static let tooOldForUsers = RedisError(
        .serverTooOld,
        "the server is too old to know users",
        hint: "leave the user in redis.url out, or name a Redis 6 or later"
    )

    /// What a server of another age says to what Soma asks; `nil` for any other reply.
    private static func age(_ text: String) -> RedisError? {
        if text.hasPrefix("ERR wrong number of arguments for 'auth'") { return tooOldForUsers }
        // The second is what servers before 5 say to a script that asks for the time and then writes.
        let isOld =
            text.hasPrefix("ERR unknown command")
            || text.contains("Write commands not allowed after non deterministic commands")
        return isOld ? tooOld : nil
    }

    /// What a server's error reply means. Of its words only those are kept that quote nothing that it was sent.
    init(reply text: String) {
        if let age = Self.age(text) {
            self = age
            return
        }
        let code = String(text.prefix { $0.isUppercase && $0.isASCII })
        let words = Self.firstSentence(text.prefix { !"'`\"".contains($0) }.prefix(120))
        switch code {
        case "ERR" where words.contains("without any password"):
            self.init(
                .authentication,
                words,
                hint: "leave redis.password out, or give the server a password (requirepass)"
            )
        case "ERR" where words.contains("DB index"):
            self.init(
                .refused(code),
                "the server has no database of this number",
                hint: "correct the number in redis.url"
            )
        case "NOAUTH", "WRONGPASS":
            self.init(.authentication, words, hint: Self.passwordHint)
        case "NOPERM":
            self.init(.refused(code), words, hint: "give the user of redis.url the right to it (ACL SETUSER)")
        case "OOM":
            self.init(
                .refused(code),
                "the server has used up the memory that it may use",
                hint: "give the server more memory, or a maxmemory-policy that evicts"
            )
        case "READONLY":
            self.init(
                .refused(code),
                "the server is a replica, which takes no writes",
                hint: "name the primary in redis.url, not a replica"
            )
        default: self.init(.refused(code.isEmpty ? "ERR" : code), words)
        }
    }

    /// A server's words up to the end of their first sentence, without its full stop.
    private static func firstSentence(_ words: Substring) -> String {
        let line = words.filter { !$0.isNewline }
        let end = line.firstRange(of: ". ")?.lowerBound ?? line.endIndex
        var sentence = line[..<end]
        while let last = sentence.last, last == "." || last == " " { sentence.removeLast() }
        return String(sentence)
    }

    static let passwordHint = "check the user in redis.url and the password behind redis.password"

    /// Whether the server as a whole is of no use for the time being, so that the connection is better made anew.
    var concernsServer: Bool {
        switch kind {
        case .refused(let code): ["LOADING", "MASTERDOWN", "READONLY", "CLUSTERDOWN"].contains(code)
        case .authentication: true
        default: false
        }
    }

    /// Whether waiting doesn't mend it: somebody has to change a setting or the server.
    var wantsSomebody: Bool {
        switch kind {
        case .authentication, .tls, .serverTooOld, .protocol: true
        case .refused(let code): code != "LOADING"
        default: false
        }
    }
}

extension Duration {
    /// Rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
