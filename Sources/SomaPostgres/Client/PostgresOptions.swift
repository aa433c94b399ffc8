internal import CPostgres
import SomaLoop

/// How to reach a database, and how its sessions behave.
package struct PostgresOptions: Sendable {
    /// Connections at most, without those that listen for notifications.
    package var poolSize = 8
    /// Statements that may be on their way on one connection before others wait.
    package var pipelineDepth = 16
    /// Callers that may wait for a connection; the next one is refused at once.
    package var maximumWaiting = 4_096
    /// How long a caller waits for a connection.
    package var acquireTimeout: Duration = .seconds(10)
    /// How long one host may take to accept a connection, with TLS and password.
    package var connectTimeout: Duration = .seconds(5)
    /// The server ends a statement that takes longer; zero lets it run for ever.
    package var statementTimeout: Duration = .seconds(30)
    /// The server ends a session that holds a transaction open without doing anything; zero lets it.
    package var idleInTransactionTimeout: Duration = .seconds(10)
    /// How long a cancelled statement may go on before its connection is given up.
    package var cancelTimeout: Duration = .seconds(5)
    /// A connection that was idle for longer is asked whether it still works.
    package var healthInterval: Duration = .seconds(30)
    /// Prepared statements kept on each connection; the one used longest ago goes first.
    package var preparedStatements = 128
    /// The name shown in the server's `pg_stat_activity`.
    package var applicationName = "soma"

    /// libpq's keywords and values; among them the password, so they are shown nowhere.
    private(set) var keywords: [String: String]

    /// Reads `postgres://user:password@host:port,host2:port/database?sslmode=…` or `host=… dbname=…`, by libpq's own
    /// rules, and of what it leaves open libpq's environment variables (`PGPASSWORD`, `PGSSLMODE` …).
    ///
    /// A host that is not this machine is only spoken to with TLS unless `sslmode` says otherwise.
    package init(url: String) throws(PostgresError) {
        keywords = try Self.parse(url)
        if let name = keywords["application_name"], !name.isEmpty { applicationName = name }
        if let seconds = keywords["connect_timeout"].flatMap(Int.init), seconds > 0 {
            connectTimeout = .seconds(seconds)
        }
    }

    /// The same for another database of the server.
    func with(database: String) -> PostgresOptions {
        var other = self
        other.keywords["dbname"] = database
        return other
    }

    /// Where the connections lead, without user and password: `host:port,host2:port/database`.
    package var address: String {
        let hosts = hostList.map { "\($0.host.isEmpty ? $0.address : $0.host):\($0.port)" }
        return "\(hosts.joined(separator: ","))/\(keywords["dbname"] ?? "")"
    }
}

extension PostgresOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { address }
    package var debugDescription: String { address }
    /// Dumps show the address and nothing else.
    package var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

// MARK: Parsing

extension PostgresOptions {
    /// Never quotes the text: a password could be anywhere in a malformed one. libpq's own message does.
    private static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard !url.utf8.contains(0), let parsed = PQconninfoParse(url, &message) else {
            if let message { PQfreemem(message) }
            throw PostgresError(
                .invalidOptions,
                message: "\(PostgresSetting.url) can't be read",
                hint: "write postgres://user:password@host:port/database?sslmode=verify-full, and / @ : % "
                    + "in a password as %2F %40 %3A %25"
            )
        }
        defer { PQconninfoFree(parsed) }
        var keywords = values(in: parsed)
        // libpq looks it up later and behind what is given here, so that its sslmode would not count.
        guard keywords["service"] == nil else {
            throw PostgresError(
                .invalidOptions,
                message: "\(PostgresSetting.url) names a service, which only PGSERVICE may",
                hint: "write host, database and sslmode in \(PostgresSetting.url), or set PGSERVICE"
            )
        }
        // What the text leaves open: the environment's and libpq's own.
        if let defaults = PQconndefaults() {
            defer { PQconninfoFree(defaults) }
            keywords.merge(values(in: defaults)) { given, _ in given }
        }
        try check(keywords)
        return keywords
    }

    private static func values(in list: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = list
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// Finds early, and without quoting, what libpq would quote.
    private static func check(_ keywords: [String: String]) throws(PostgresError) {
        for port in (keywords["port"] ?? "").split(separator: ",") where UInt16(port).map({ $0 > 0 }) != true
        {
            throw PostgresError(
                .invalidOptions,
                message: "a port in \(PostgresSetting.url) is not a number from 1 to 65535",
                hint: "write / @ : % in a password as %2F %40 %3A %25"
            )
        }
    }

    // MARK: Hosts

    struct Host: Hashable {
        var host: String
        var address: String
        var port: String
    }

    /// libpq's three lists side by side; a single port is everybody's.
    var hostList: [Host] {
        func list(_ keyword: String) -> [String] {
            let value = keywords[keyword] ?? ""
            return value.isEmpty
                ? [] : value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(hosts.count, addresses.count, 1)
        return (0..<count).map { index in
            Host(
                host: index < hosts.count ? hosts[index] : "",
                address: index < addresses.count ? addresses[index] : "",
                port: index < ports.count && !ports[index].isEmpty
                    ? ports[index] : ports.count == 1 ? ports[0] : "5432"
            )
        }
    }

    private func isLocal(_ host: Host) -> Bool {
        let name = host.address.isEmpty ? host.host : host.address
        return name.isEmpty || name.hasPrefix("/") || name.hasPrefix("@") || name == "localhost"
            || name == "::1"
            || name.hasPrefix("127.")
    }

    /// Every keyword for connecting to `hosts`: the given ones, and what they leave open.
    func connectionKeywords(to hosts: [Host]) -> [(keyword: String, value: String)] {
        var all = keywords.filter { !$0.value.isEmpty }
        all["host"] = hosts.contains { !$0.host.isEmpty } ? hosts.map(\.host).joined(separator: ",") : nil
        all["hostaddr"] =
            hosts.contains { !$0.address.isEmpty } ? hosts.map(\.address).joined(separator: ",") : nil
        all["port"] = hosts.map(\.port).joined(separator: ",")
        all["application_name"] = applicationName
        all["client_encoding"] = "UTF8"
        all["options"] = ((all["options"].map { [$0] } ?? []) + sessionSettings).joined(separator: " ")
        // A peer that vanished without a word is noticed within about 20 s, also in the middle of a statement.
        for (keyword, value) in [
            ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
        ] where all[keyword] == nil {
            all[keyword] = value
        }
        if !saysSSLMode, !hosts.allSatisfy(isLocal) { all["sslmode"] = "require" }
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// `prefer` is libpq's default and as good as silence: whoever cuts TLS out of the conversation gets the password.
    private var saysSSLMode: Bool { keywords["sslmode"].map { $0 != "prefer" } ?? false }

    /// As the session starts, so that `RESET ALL` comes back to them.
    private var sessionSettings: [String] {
        [
            "-c statement_timeout=\(statementTimeout.millisecondsRoundedUp)",
            "-c idle_in_transaction_session_timeout=\(idleInTransactionTimeout.millisecondsRoundedUp)",
        ]
    }
}
