import PostgresFixture
import ServerFixture
import Testing

@testable import SomaPostgres

/// What can go wrong before the first statement.
@Suite("Postgres: connecting")
struct ConnectingTests {
    private func server() async throws -> TestServer { try await blocking { try TestServer.shared.get() } }

    /// The error of a first statement at `url`.
    private func refusal(_ url: String, _ change: (inout PostgresOptions) -> Void = { _ in }) async throws
        -> PostgresError?
    {
        var options = try PostgresOptions(url: url)
        change(&options)
        let pool = try PostgresPool(options)
        let error = await failure { () throws(PostgresError) in try await pool.check() }
        await pool.close()
        return error
    }

    @Test("A wrong password names the setting, and neither the wrong nor the right one")
    func wrongPassword() async throws {
        let error = try await refusal(server().url(password: "hunter2"))
        #expect(error?.kind == .authentication)
        #expect(error?.sqlState == "28P01")
        #expect(
            error?.hint
                == "check user and password in the setting store, or the password in PGPASSWORD or ~/.pgpass"
        )
        #expect(error?.isRetryable == false)
        #expect(!"\(String(describing: error))".contains("hunter2"))
    }

    @Test("A database that doesn't exist is told from a wrong password")
    func wrongDatabase() async throws {
        let error = try await refusal(server().url(database: "nowhere"))
        #expect(error?.kind == .missingDatabase)
        #expect(error?.sqlState == "3D000")
        #expect(error?.message.contains("\"nowhere\"") == true)
        #expect(error?.hint.contains("create the database") == true)
    }

    @Test("A host without an address, and a port without a server")
    func nobodyThere() async throws {
        let unknown = try await refusal("postgres://u:p@nowhere.invalid/db?sslmode=disable")
        #expect(unknown?.kind == .connectionFailed)
        #expect(unknown?.message == "nowhere.invalid:5432/db: the host's name has no address")
        let refused = try await refusal("postgres://u:p@127.0.0.1:\(TestServer.freePort())/db")
        #expect(refused?.kind == .connectionFailed)
        #expect(refused?.message.contains("refused") == true)
        #expect(refused?.isRetryable == true)
        #expect(refused?.hint.contains("check that the server runs") == true)
    }

    @Test("Of what a server says, the line that refuses counts, not what it adds")
    func additions() throws {
        let words = """
            connection to server at "127.0.0.1", port 5432 failed: FATAL:  57P03: the database system is not yet \
            accepting connections
            DETAIL:  Consistent recovery state has not been yet reached.
            LOCATION:  ProcessStartupPacket, postmaster.c:2427
            """
        let error = PostgresError.connecting(
            words,
            options: try PostgresOptions(url: "postgres://u:secret@h/db")
        )
        #expect(error.sqlState == "57P03")
        #expect(error.message == "h:5432/db: the database system is not yet accepting connections")
    }

    @Test("A server that accepts and never answers is given up in time")
    func silent() async throws {
        let silent = try SilentServer()
        let begin = ContinuousClock.now
        let error = try await refusal("postgres://u:p@127.0.0.1:\(silent.port)/db") {
            $0.connectTimeout = .milliseconds(200)
        }
        #expect(error?.kind == .connectionFailed)
        #expect(error?.message.contains("no answer within") == true)
        #expect(error?.hint.contains("postgres.connect_timeout") == true)
        #expect(ContinuousClock.now - begin < .seconds(3))
    }

    @Test("Behind a host that is silent, and one that refuses, the next one is tried")
    func severalHosts() async throws {
        let silent = try SilentServer()
        let server = try await server()
        let ports = try "127.0.0.1:\(silent.port),127.0.0.1:\(TestServer.freePort()),127.0.0.1:\(server.port)"
        let password = TestServer.password.replacing(" ", with: "%20")
        var options = try PostgresOptions(url: "postgres://postgres:\(password)@\(ports)/postgres")
        options.connectTimeout = .milliseconds(300)
        let pool = try PostgresPool(options)
        try await pool.check()
        await pool.close()
    }

    @Test("A session that must be writable passes over a standby and says so where there is nothing else")
    func readOnly() async throws {
        let url = try await server().url(query: "target_session_attrs=standby")
        let error = try await refusal(url)
        #expect(error?.kind == .connectionFailed)
        #expect(error?.message.contains("standby") == true)
    }

    @Test("Missing rights name the user's setting")
    func missingRights() async throws {
        let url = try await TestServer.database()
        let admin = try PostgresPool(PostgresOptions(url: url))
        let name = "guest_\(url.split(separator: "_").last ?? "")"
        try await admin.query("CREATE ROLE \(name) LOGIN PASSWORD 'guest'")
        try await admin.query("CREATE TABLE secrets (a int)")
        let options = try PostgresOptions(url: url)
        let database = try #require(options.keywords["dbname"])
        let guestURL = try await server().url(database: database, user: name, password: "guest")
        let guest = try PostgresPool(PostgresOptions(url: guestURL))
        let error = await failure { () throws(PostgresError) in try await guest.query("SELECT * FROM secrets")
        }
        #expect(error?.kind == .missingRights)
        #expect(error?.message == "permission denied for table secrets")
        #expect(error?.hint.contains("grant the right") == true)
        let creating = await failure { () throws(PostgresError) in
            try await guest.query("CREATE TABLE public.t (a int)")
        }
        #expect(creating?.kind == .missingRights)
        await guest.close()
        await admin.close()
    }

    @Test("A server with no connection left says which settings to change")
    func tooMany() async throws {
        let url = try await TestServer.database()
        let admin = try PostgresPool(PostgresOptions(url: url))
        let options = try PostgresOptions(url: url)
        let database = try #require(options.keywords["dbname"])
        let name = "limited_\(database)"
        try await admin.query("CREATE ROLE \(name) LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
        let error = try await refusal(server().url(database: database, user: name, password: "x"))
        #expect(error?.kind == .resources)
        #expect(error?.sqlState == "53300")
        #expect(error?.hint.contains("postgres.pool_size") == true)
        // With some, whoever waits for one more learns why there is none.
        try await admin.query("ALTER ROLE \(name) CONNECTION LIMIT 1")
        var few = try await PostgresOptions(url: server().url(database: database, user: name, password: "x"))
        few.acquireTimeout = .milliseconds(500)
        let pool = try PostgresPool(few)
        try await pool.withConnection { _ throws(PostgresError) in
            let second = await failure { () throws(PostgresError) in try await pool.query("SELECT 1") }
            #expect(second?.kind == .poolExhausted)
            #expect(second?.message.contains("too many connections") == true)
            #expect(second?.hint.contains("max_connections") == true)
        }
        await pool.close()
        await admin.close()
    }
}
