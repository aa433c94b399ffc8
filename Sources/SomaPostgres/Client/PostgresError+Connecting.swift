extension PostgresError {
    /// An error from what libpq says when it can't connect; `words` may have a line for each host.
    static func connecting(_ words: String, options: PostgresOptions) -> PostgresError {
        var words = words
        // libpq doesn't print passwords; this makes sure of it.
        if let password = options.keywords["password"], !password.isEmpty {
            words = words.replacing(password, with: "…")
        }
        // What a server adds, as one does that isn't ready yet, is not why it refused.
        let additions = ["LOCATION:", "DETAIL:", "HINT:", "CONTEXT:"]
        let lines = words.split(separator: "\n").map(String.init).filter { line in
            !additions.contains { line.hasPrefix($0) }
        }
        // The last host's is the one that decided; the states are the server's, the other texts libpq's own.
        let line = ErrorWords.oneLine(
            lines.last { $0.contains(": ") } ?? lines.last ?? "the server didn't say why"
        )
        if let match = line.firstMatch(of: /(?:FATAL|ERROR|PANIC|[A-Z]+):\s+([0-9A-Z]{5}): (.*)/) {
            let state = String(match.1)
            return refused(state: state, words: String(match.2), at: options)
        }
        // Names stand in quotes, and say nothing about the cause.
        let text = line.replacing(/"[^"]*"/, with: "").lowercased()
        // libpq's own words for what it was given; nobody was asked.
        if text.hasPrefix("invalid ") {
            return PostgresError(
                .invalidOptions,
                message: "\(options.address): \(line)",
                hint:
                    "correct it in \(PostgresSetting.url), or in libpq's variables (PGSSLMODE, PGCONNECT_TIMEOUT …)"
            )
        }
        // libpq's words for a first answer that no Postgres gives.
        if text.contains("invalid response to ssl negotiation")
            || text.contains("expected authentication request")
        {
            return PostgresError(
                .invalidOptions,
                message: "\(options.address): what answers there is no Postgres",
                hint: "check host and port in \(PostgresSetting.url)"
            )
        }
        if text.contains("ssl") || text.contains("certificate") {
            return PostgresError(.tls, message: "\(options.address): \(line)", hint: tlsHint(text))
        }
        if text.contains("translate host name") || text.contains("name or service not known") {
            return PostgresError(
                .connectionFailed,
                message: "\(options.address): the host's name has no address",
                hint: "check the host in \(PostgresSetting.url)"
            )
        }
        if text.contains("no password supplied") || text.contains("authentication") {
            return PostgresError(
                .authentication,
                message: "\(options.address): \(line)",
                hint:
                    "check user and password in \(PostgresSetting.url), or the password in PGPASSWORD or ~/.pgpass"
            )
        }
        return PostgresError(
            .connectionFailed,
            message: "\(options.address): \(line)",
            hint: "check that the server runs, and host and port in \(PostgresSetting.url)"
        )
    }

    private static func refused(state: String, words: String, at options: PostgresOptions) -> PostgresError {
        let kind = kind(of: state)
        let isTLS = state == "28000" && words.contains("no encryption")
        return PostgresError(
            isTLS ? .tls : kind,
            sqlState: state,
            message: "\(options.address): \(ErrorWords.oneLine(words))",
            hint: isTLS
                ? "the server wants TLS: set sslmode=verify-full in \(PostgresSetting.url)"
                : hint(for: kind, state)
        )
    }

    private static func tlsHint(_ text: String) -> String {
        if text.contains("does not support ssl") {
            return "switch TLS on at the server, or, where nobody can listen in, "
                + "set sslmode=disable in \(PostgresSetting.url)"
        }
        if text.contains("root certificate file") {
            return "name the authority's certificate with sslrootcert in \(PostgresSetting.url)"
        }
        if text.contains("does not match host name") {
            return "use the host name of the server's certificate in \(PostgresSetting.url)"
        }
        if text.contains("certificate verify failed") || text.contains("expired") {
            return
                "the server's certificate has another authority than sslrootcert in \(PostgresSetting.url), "
                + "or has expired: renew it"
        }
        return "check sslmode, sslrootcert, sslcert and sslkey in \(PostgresSetting.url)"
    }

    /// A host that accepted, or didn't even refuse, and then said nothing.
    static func silent(_ host: PostgresOptions.Host, options: PostgresOptions) -> PostgresError {
        PostgresError(
            .connectionFailed,
            message: "\(options.address): no answer within \(options.connectTimeout)",
            hint: "check host and port in \(PostgresSetting.url) and the network, or raise "
                + PostgresSetting.connectTimeout
        )
    }

    /// The oldest version that Soma works with.
    static let oldestServer = 140_000

    /// An error for a server that is too old; `version` as libpq counts it, 150018 being 15.18.
    static func tooOld(version: Int) -> PostgresError? {
        guard version < oldestServer else { return nil }
        return PostgresError(
            .serverTooOld,
            message:
                "the server is version \(version / 10_000), and \(oldestServer / 10_000) is the oldest that works",
            hint: "upgrade the server, or name another one in \(PostgresSetting.url)"
        )
    }
}
