import PostgresFixture
import ServerFixture
import Testing

@testable import SomaPostgres

/// libpq's own TLS modes against servers with and without it.
@Suite("Postgres: TLS", .serialized)
struct TLSTests {
    @Test(
        "A server without TLS is refused where TLS is demanded, and the error says what to do",
        arguments: [
            "require", "verify-ca", "verify-full",
        ]
    )
    func notOffered(mode: String) async throws {
        let server = try await blocking { try TestServer.shared.get() }
        let error = try await refusal(server.url(query: "sslmode=\(mode)&sslrootcert=/nonexistent.crt"))
        #expect(error?.kind == .tls)
        #expect(error?.hint.contains("the setting store") == true)
        #expect(error?.isRetryable == false)
    }

    @Test(
        "verify-full accepts the right certificate, and neither a wrong host, a stranger's nor an expired one"
    )
    func certificates() async throws {
        let server = try await TestServer.start()
        for line in [
            authority("good", end: "20991231235959Z"), authority("expired", end: "20200102000000Z"),
            authority("stranger", end: "20991231235959Z"),
            "printf \"ssl=on\\nssl_cert_file='$PWD/good.crt'\\nssl_key_file='$PWD/good.key'\\n\" >>$PGDATA/postgresql.conf",
            "sed -i 's/^host /hostssl /' $PGDATA/pg_hba.conf",
        ] {
            try await server.run(line)
        }
        try await server.stop()
        try await server.start()
        func url(_ host: String, root: String, mode: String = "verify-full") -> String {
            server.url(query: "sslmode=\(mode)&sslrootcert=\(server.folder)/\(root).crt")
                .replacing("127.0.0.1", with: host)
        }
        let pool = try PostgresPool(PostgresOptions(url: url("localhost", root: "good")))
        #expect(try await pool.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0].bool(0))
        // A cancelled statement ends here too, although libpq's request to cancel goes without TLS.
        let task = Task {
            await failure { () throws(PostgresError) in try await pool.query("SELECT pg_sleep(60)") }
        }
        #expect(try await eventually { try await pool.health().idle == 0 })
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        await pool.close()

        let wrongHost = try await refusal(url("127.0.0.1", root: "good"))
        #expect(wrongHost?.kind == .tls)
        #expect(wrongHost?.hint.contains("use the host name of the server's certificate") == true)
        #expect(try await refusal(url("127.0.0.1", root: "good", mode: "verify-ca")) == nil)
        let stranger = try await refusal(url("localhost", root: "stranger"))
        #expect(stranger?.kind == .tls)
        #expect(stranger?.message.contains("certificate verify failed") == true)
        let missing = try await refusal(url("localhost", root: "missing"))
        #expect(missing?.kind == .tls)
        #expect(missing?.hint.contains("sslrootcert") == true)
        let plain = try await refusal(server.url(query: "sslmode=disable"))
        #expect(plain?.kind == .tls)
        #expect(plain?.hint.contains("the server wants TLS") == true)

        try await server.run("cp expired.crt good.crt && cp expired.key good.key")
        try await server.stop()
        try await server.start()
        let expired = try await refusal(url("localhost", root: "expired"))
        #expect(expired?.kind == .tls)
        #expect(expired?.hint.contains("has expired: renew it") == true)
    }

    @Test("An answer is read to its end, however the server cuts it into TLS records")
    func records() async throws {
        let server = try await WholeAnswers.start()
        var options = try PostgresOptions(url: "postgres://u@127.0.0.1:\(server.port)/x?sslmode=require")
        options.poolSize = 1
        options.preparedStatements = 0
        options.statementTimeout = .seconds(1)
        let pool = try PostgresPool(options)
        for count in 1...300 {
            #expect(try await pool.query("SELECT \(count)").count == count)
        }
        await pool.close()
    }

    private func refusal(_ url: String) async throws -> PostgresError? {
        let pool = try PostgresPool(PostgresOptions(url: url))
        let error = await failure { () throws(PostgresError) in try await pool.check() }
        await pool.close()
        return error
    }

    /// A self-signed certificate for `localhost` that ends when it is told to.
    private func authority(_ name: String, end: String) -> String {
        """
        mkdir \(name) && cd \(name) && printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=i\\nnew_certs_dir=.\\nserial=s\\n\
        default_md=sha256\\npolicy=p\\ncopy_extensions=copy\\n[p]\\ncommonName=supplied\\n' >c && : >i && echo 01 >s && \
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ../\(name).key -out r -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost && openssl ca -batch -config c -selfsign -keyfile ../\(name).key -in r \
        -out ../\(name).crt -startdate 20200101000000Z -enddate \(end) -notext
        """
    }
}
