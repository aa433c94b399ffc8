import Testing

@testable import SomaPostgres

/// Connection strings, by libpq's own parser.
@Suite("Postgres: options")
struct OptionsTests {
    @Test("Several hosts, each with its port, are kept in order")
    func hosts() throws {
        let options = try PostgresOptions(url: "postgres://u:p@one:1111,two:2222/soma?sslmode=disable")
        #expect(options.address == "one:1111,two:2222/soma")
        #expect(options.hostList.map(\.host) == ["one", "two"])
        #expect(options.hostList.map(\.port) == ["1111", "2222"])
        let tail = Dictionary(
            uniqueKeysWithValues: options.connectionKeywords(to: [options.hostList[1]]).map { $0 }
        )
        #expect(tail["host"] == "two")
        #expect(tail["port"] == "2222")
        #expect(tail["dbname"] == "soma")
        let pairs = try PostgresOptions(url: "host=a,b hostaddr=127.0.0.1,127.0.0.2 port=7 dbname=x user=u")
        #expect(pairs.hostList.map(\.address) == ["127.0.0.1", "127.0.0.2"])
        #expect(pairs.hostList.map(\.port) == ["7", "7"])
    }

    @Test("A password is shown nowhere, whatever prints the options")
    func secrets() throws {
        let options = try PostgresOptions(url: "postgres://user:hunter2@localhost/db")
        var dumped = ""
        dump(options, to: &dumped)
        for text in ["\(options)", String(reflecting: options), dumped, "\([options])"] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("localhost"))
        }
    }

    @Test(
        "A malformed address is an error that doesn't quote it",
        arguments: [
            "postgres://user:hunter2@[::1/db", "postgres//user:hunter2@host/db", "hunter2",
            "postgres://u:hunter2@h/d?x=y",
            "postgres://user:hunter2:x@host:port/db", "postgres://u:p@h:99999/hunter2",
            "postgres://u:hunter%2@h/d",
            "host=localhost password=hunter2 port=0", "service=hunter2", "postgres:///x?service=hunter2",
        ]
    )
    func malformed(url: String) {
        #expect {
            try PostgresOptions(url: url)
        } throws: { error in
            (error as? PostgresError)?.kind == .invalidOptions && !"\(error)".contains("hunter2")
                && "\(error)".contains(PostgresSetting.url)
        }
    }

    @Test("Another machine is only spoken to with TLS, unless somebody says otherwise")
    func tls() throws {
        func mode(_ url: String) throws -> String? {
            let options = try PostgresOptions(url: url)
            return options.connectionKeywords(to: options.hostList).first { $0.keyword == "sslmode" }?.value
        }
        #expect(try mode("postgres://u@db.example.org/x") == "require")
        #expect(try mode("postgres://u@db.example.org/x?sslmode=prefer") == "require")
        #expect(try mode("postgres://u@db.example.org/x?sslmode=verify-full") == "verify-full")
        #expect(try mode("postgres://u@db.example.org/x?sslmode=disable") == "disable")
        #expect(try mode("postgres://u@127.0.0.1/x") == "prefer")
        #expect(try mode("postgres://u@localhost,other/x") == "require")
        #expect(try mode("postgres://u@%2Frun%2Fpostgresql/x") == "prefer")
    }

    @Test("Time limits go along as the session's own settings, after those of the address")
    func settings() throws {
        var options = try PostgresOptions(
            url: "postgres://u@localhost/x?connect_timeout=7&application_name=me&options=-c%20geqo%3Doff"
        )
        #expect(options.connectTimeout == .seconds(7))
        #expect(options.applicationName == "me")
        options.statementTimeout = .milliseconds(1500)
        options.idleInTransactionTimeout = .zero
        let keywords = Dictionary(
            uniqueKeysWithValues: options.connectionKeywords(to: options.hostList).map { $0 }
        )
        #expect(
            keywords["options"]
                == "-c geqo=off -c statement_timeout=1500 -c idle_in_transaction_session_timeout=0"
        )
        #expect(keywords["application_name"] == "me")
        #expect(keywords["client_encoding"] == "UTF8")
    }
}
