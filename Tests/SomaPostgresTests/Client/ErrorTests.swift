import Testing

@testable import SomaPostgres

/// What errors say, and what they keep to themselves.
@Suite("Postgres: errors")
struct ErrorTests {
    @Test(
        "Each class of SQLSTATE has its kind",
        arguments: [
            ("08006", PostgresError.Kind.connectionLost), ("0A000", .schema), ("0B000", .transactionState),
            ("20000", .schema), ("21000", .constraint), ("22012", .invalidData), ("23505", .constraint),
            ("24000", .transactionState), ("25P02", .transactionState), ("25P03", .timeout),
            ("26000", .schema),
            ("27000", .constraint), ("28P01", .authentication), ("28000", .authentication),
            ("2B000", .schema),
            ("2D000", .transactionState), ("2F004", .schema), ("34000", .transactionState),
            ("38001", .schema),
            ("39001", .schema), ("3B001", .transactionState), ("3D000", .missingDatabase), ("3F000", .schema),
            ("40001", .conflict), ("40P01", .conflict), ("42601", .schema), ("42501", .missingRights),
            ("44000", .constraint), ("53300", .resources), ("54001", .limit), ("55000", .objectState),
            ("55P03", .conflict), ("57014", .cancelled), ("57P01", .operatorIntervention),
            ("57P05", .timeout),
            ("58030", .system), ("F0000", .configuration), ("HV000", .raised), ("P0001", .raised),
            ("SOMA1", .raised), ("XX001", .internal),
        ]
    )
    func classes(state: String, kind: PostgresError.Kind) {
        let error = PostgresError(sqlState: state, words: "words")
        #expect(error.kind == kind)
        #expect(error.sqlState == state)
        #expect("\(error)".contains(state))
    }

    @Test(
        "What answers and is no Postgres isn't taken for one with another TLS or password, and its bytes aren't shown",
        arguments: [
            "received invalid response to SSL negotiation: H",
            "expected authentication request from server, but received S",
        ]
    )
    func stranger(answer: String) throws {
        let words = "connection to server at \"127.0.0.1\", port 80 failed: \(answer)"
        let options = try PostgresOptions(url: "postgres://u@127.0.0.1:80/db")
        let error = PostgresError.connecting(words, options: options)
        #expect(error.kind == .invalidOptions)
        #expect(error.message == "127.0.0.1:80/db: what answers there is no Postgres")
        #expect(error.hint == "check host and port in the setting store")
    }

    @Test("A password that is wrong or missing leads to each place that it may come from")
    func password() throws {
        let options = try PostgresOptions(url: "postgres://u@127.0.0.1/db")
        let missing = PostgresError.connecting("fe_sendauth: no password supplied", options: options)
        for error in [missing, PostgresError(sqlState: "28P01", words: "password authentication failed")] {
            #expect(error.kind == .authentication)
            for place in ["setting store", "PGPASSWORD", "~/.pgpass"] { #expect(error.hint.contains(place)) }
        }
    }

    @Test("What may succeed later says so, and nothing else does")
    func retryable() {
        let retryable = Set(PostgresError.Kind.allCases.filter { PostgresError($0, message: "").isRetryable })
        #expect(
            retryable == [
                .connectionFailed, .connectionLost, .poolExhausted, .timeout, .conflict, .resources,
                .operatorIntervention,
            ]
        )
    }

    @Test(
        "Quoted values and numbers of class 22 are left out",
        arguments: [
            (
                "invalid input syntax for type integer: \"my secret\"",
                "invalid input syntax for type integer: \"…\""
            ),
            (
                "invalid input syntax for type json: \"a \" b\" c\"",
                "invalid input syntax for type json: \"…\""
            ),
            (
                "setseed parameter 47.11 is out of allowed range [-1,1]",
                "setseed parameter … is out of allowed range [-…,…]"
            ),
            (
                "incorrect binary data format in bind parameter 3",
                "incorrect binary data format in bind parameter 3"
            ),
        ]
    )
    func invalidData(words: String, cleaned: String) {
        #expect(PostgresError(sqlState: "22P02", words: words).message == cleaned)
    }

    @Test("Names stay where they help, and bound texts are taken out wherever they stand")
    func names() {
        let known = PostgresError(sqlState: "42P01", words: "relation \"soma_meta\" does not exist")
        #expect(known.message == "relation \"soma_meta\" does not exist")
        let bound = PostgresError(
            sqlState: "42P01",
            words: "relation \"hunter2\" does not exist",
            values: ["hunter2", ""]
        )
        #expect(bound.message == "relation \"…\" does not exist")
        let raised = PostgresError(sqlState: "P0001", words: "two\nlines\u{1B}[2J")
        #expect(raised.message == "two lines [2J")
    }

    @Test("A server before version 14 is refused, naming both versions")
    func tooOld() {
        #expect(PostgresError.tooOld(version: 140_000) == nil)
        #expect(PostgresError.tooOld(version: 180_001) == nil)
        let error = PostgresError.tooOld(version: 130_022)
        #expect(error?.kind == .serverTooOld)
        #expect(error?.message == "the server is version 13, and 14 is the oldest that works")
        #expect(error?.isPermanent == true)
    }

    @Test("What libpq can't use is not taken for a server that is away")
    func unusable() throws {
        let options = try PostgresOptions(url: "postgres://u:hunter22@127.0.0.1:1/x")
        for words in [
            "invalid integer value \"x\" for connection option \"keepalives\"\n",
            "invalid sslmode value: \"hunter22\"\n",
        ] {
            let error = PostgresError.connecting(words, options: options)
            #expect(error.isPermanent && !error.isRetryable)
            #expect(error.message.contains("invalid"))
            #expect(error.hint.contains("setting store"))
            #expect(!error.description.contains("hunter22"))
        }
        let away = PostgresError.connecting(
            "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running?\n",
            options: options
        )
        #expect(away.isRetryable)
    }

    @Test(
        "A host's name is not taken for the reason",
        arguments: ["ssl.example.org", "certificate", "authentication.example.org"]
    )
    func names(host: String) throws {
        let options = try PostgresOptions(url: "postgres://u@\(host)/x")
        for words in [
            "connection to server at \"\(host)\" (10.0.0.1), port 5432 failed: Connection refused\n",
            "could not translate host name \"\(host)\" to address: Name or service not known\n",
        ] {
            #expect(PostgresError.connecting(words, options: options).kind == .connectionFailed)
        }
    }

    @Test("An outcome that nobody knows is told in words")
    func mayHaveHappened() {
        let error = PostgresError.lost.with(mayHaveHappened: true)
        #expect("\(error)".contains("it may have been done all the same"))
        #expect(!"\(PostgresError.lost)".contains("it may have been done"))
    }
}
