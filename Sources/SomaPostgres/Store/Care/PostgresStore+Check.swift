import SomaCore
package import SomaEngine

/// What a look at the server and the log found.
package struct PostgresReport: Sendable {
    /// What is wrong, a sentence each; empty when all is well.
    package var problems: [String] = []
    /// What may surprise later, a sentence each.
    package var warnings: [String] = []
    /// The schema's version.
    package var schema = 0
    /// Runs, and transitions.
    package var runs = 0
    package var transitions = 0
    /// Bytes of all tables with their indexes.
    package var bytes = 0

    /// The most problems that are listed.
    package static let problemsMax = 100
}

extension PostgresStore {
    /// Looks at what the server promises and at whether the log is whole: gaps in runs, heads that are not where the
    /// log ends, bytes that have changed.
    ///
    /// - Parameter isThorough: Whether every transition and all words are read; else only what indexes tell.
    package func check(
        isThorough: Bool = false,
        clock: any WallClock = SystemWallClock()
    ) async throws(StoreError) -> PostgresReport {
        var report = PostgresReport()
        report.schema = try await Migrator(pool: pool, program: options.version).version()
        try await settings(&report)
        if let warning = try await clockWarning(clock) { report.warnings.append(warning) }
        try await counts(&report)
        try await heads(&report)
        if isThorough {
            try await bytes(&report)
            try await words(&report)
        }
        report.problems = Array(report.problems.prefix(PostgresReport.problemsMax))
        return report
    }

    private func settings(_ report: inout PostgresReport) async throws(StoreError) {
        let found = try await asking("check") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT name, setting FROM pg_settings
                WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'max_prepared_transactions')
                """
            )
            var found: [String: String] = [:]
            for row in rows { found[try row.text(0)] = try row.text(1) }
            return found
        }
        for name in ["fsync", "full_page_writes", "synchronous_commit"] where found[name] == "off" {
            report.warnings.append(
                "The server has \(name) = off: what was acknowledged may be lost when it crashes. Set it to on."
            )
        }
        if let holder = try await horizonHolder(), holder.seconds > 60 {
            report.warnings.append("The \(holder).")
        }
    }

    /// What to say where the server's clock and this machine's are apart; nothing rests on their being the same.
    package func clockWarning(_ clock: any WallClock = SystemWallClock()) async throws(StoreError) -> String?
    {
        let (skew, took) = try await asking("check") { () async throws(PostgresError) in
            let asked = ContinuousClock.now
            let row = try await pool.query("SELECT extract(epoch FROM clock_timestamp())::float8").first
            let took = (ContinuousClock.now - asked) / .seconds(1)
            // The server looked at its clock some time between, most likely in the middle.
            let here = Double(clock.now.microseconds) / 1_000_000 - took / 2
            return (try (row?.float8(0) ?? here) - here, took)
        }
        guard abs(skew) > 5 + took / 2 else { return nil }
        return
            "The clock of the server at \(address) (setting store) is \(Int(abs(skew).rounded())) s "
            + "\(skew > 0 ? "ahead of" : "behind") this machine's. Leases go by the server's, and hold; times of runs and "
            + "in logs go by this machine's. Set both by NTP: timedatectl shows which of them isn't."
    }

    /// What to say where the server gives this process fewer connections than it wants. All goes on with those that
    /// there are, and more slowly.
    package func shortageWarning() async throws(StoreError) -> String? {
        let health = try await asking("check") { () async throws(PostgresError) in try await pool.health() }
        // Too many connections, says the server, for itself, the database or the user.
        guard health.open > 0, let failure = health.lastFailure, failure.sqlState == "53300" else {
            return nil
        }
        return
            "The server at \(address) (setting store) gives this process \(health.open) of up to "
            + "\(pool.options.poolSize) connections (postgres.pool_size): \(failure.message). "
            + "All goes on, more slowly. \(StoreError.sentence(failure.hint) ?? "")"
    }

    private func counts(_ report: inout PostgresReport) async throws(StoreError) {
        let counts = try await asking("check") { () async throws(PostgresError) in
            let row = try await pool.query(
                """
                SELECT (SELECT count(*) FROM soma.run), (SELECT count(*) FROM soma.transition)
                """
            ).first
            return (Int(try row?.int8(0) ?? 0), Int(try row?.int8(1) ?? 0))
        }
        (report.runs, report.transitions) = counts
        report.bytes = try await bytes()
    }

    private func heads(_ report: inout PostgresReport) async throws(StoreError) {
        report.problems += try await asking("check") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT r.id, r.seq, coalesce(t.rows, 0), coalesce(t.first, 1), coalesce(t.last, 0)
                FROM soma.run r LEFT JOIN (
                  SELECT run, count(*) AS rows, min(seq) AS first, max(seq) AS last FROM soma.transition GROUP BY run
                ) t ON t.run = r.number
                WHERE t.run IS NULL OR r.seq <> t.last OR t.rows <> t.last - t.first + 1
                LIMIT 100
                """
            )
            var problems: [String] = []
            for row in rows {
                problems.append(
                    "Run \(try row.text(0)) should have transitions up to \(try row.int8(1)), and has "
                        + "\(try row.int8(2)) from \(try row.int8(3)) to \(try row.int8(4))."
                )
            }
            return problems
        }
        report.problems += try await asking("check") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT DISTINCT t.run FROM soma.transition t
                WHERE NOT EXISTS (SELECT FROM soma.run r WHERE r.number = t.run AND r.day = t.day) LIMIT 100
                """
            )
            var problems: [String] = []
            for row in rows {
                problems.append("Transitions belong to run number \(try row.int8(0)), which isn't there.")
            }
            return problems
        }
    }

    /// Reads every transition again and compares its bytes with their checksum.
    private func bytes(_ report: inout PostgresReport) async throws(StoreError) {
        var last: Int64 = 0
        while report.problems.count < PostgresReport.problemsMax {
            let after = last
            let page = try await asking("check") { () async throws(PostgresError) in
                let rows = try await pool.query(
                    "SELECT place, seq, checksum, event FROM soma.tail($1, $2)",
                    [.int8(after), .int4(Int32(Self.pageRowsMax))]
                )
                var page: [RawTransition] = []
                for row in rows { page.append(try RawTransition(row)) }
                return page
            }
            guard let end = page.last else { return }
            for row in page {
                do throws(StoreError) {
                    _ = try row.decoded(of: nil, at: address)
                } catch {
                    report.problems.append(error.message)
                }
            }
            last = end.position
        }
    }

    private func words(_ report: inout PostgresReport) async throws(StoreError) {
        var last: [UInt8] = []
        while report.problems.count < PostgresReport.problemsMax {
            let after = last
            let (end, damaged) = try await asking("check") { () async throws(PostgresError) in
                let rows = try await pool.query(
                    "SELECT id, checksum, words FROM soma.content WHERE id > $1 ORDER BY id LIMIT 256",
                    [.bytea(after)]
                )
                var damaged: [String] = []
                for row in rows
                where Checksum.of(try row.bytea(2)) != Int64(checksum: try row.int4(1)) {
                    let id = try row.withBytea(0) { ContentID(hash: $0) }
                    damaged.append("The bytes of content \(id) have changed.")
                }
                return (try rows.last?.bytea(0), damaged)
            }
            report.problems += damaged
            guard let end else { return }
            last = end
        }
    }
}
