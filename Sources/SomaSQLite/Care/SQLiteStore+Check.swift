import SomaCore
public import SomaEngine

extension SQLiteStore {
    /// Looks for damage: SQLite's own check of every page and index, gaps in runs, heads that are not where the
    /// log ends, events and words whose bytes have changed, and stored states that are not the fold of the log.
    ///
    /// Reads all of the file, on a connection of its own; a daemon at work goes on meanwhile, and its
    /// write-ahead log grows until the check is over.
    ///
    /// - Parameter states: How many stored states to compare, the latest started runs first.
    /// - Returns: A report; damage is in its `problems`.
    /// - Throws: `.unavailable` where the file can't be read at all.
    public func check(states: Int = 100) async throws(StoreError) -> StoreReport {
        let path = path
        let connection = try await Blocking.run { () throws(StoreError) in
            try Connection(path: path, purpose: .check, readOnly: true, durability: .full)
        }
        var report = StoreReport()
        do throws(StoreError) {
            report = try await connection.perform("check") {
                try StoreCheck(session: $0, path: path).report()
            }
            report.statistics = try await statistics()
            try await compareStates(states, &report)
        } catch {
            guard error.kind == .corrupt else { throw error }
            report.problems.append(error.message)
        }
        try await Blocking.run { () throws(StoreError) in try connection.close() }
        report.problems = Array(report.problems.prefix(StoreReport.problemsMax))
        return report
    }

    private func compareStates(_ count: Int, _ report: inout StoreReport) async throws(StoreError) {
        let stored = try await reader.perform("check") { session in
            try session.rows(
                """
                SELECT \(RawRun.columns) FROM snapshot s JOIN run r ON r.number = s.run
                ORDER BY r.started DESC LIMIT ?
                """,
                [.int(count)]
            ) { RawRun($0) }
        }
        for raw in stored {
            do throws(StoreError) {
                guard let state = try raw.storedState(at: path) else { continue }
                report.statesCompared += 1
                var folded = RunState(id: raw.id)
                while folded.seq < state.seq {
                    let rows = try await page(
                        of: raw.number,
                        after: folded.seq,
                        through: state.seq,
                        limit: .max
                    )
                    guard !rows.isEmpty else { break }
                    try folded.fold(rows, at: path)
                }
                if folded != state {
                    report.problems.append("The stored state of run \(raw.id) is not the fold of its log.")
                }
            } catch {
                report.problems.append(error.message)
            }
        }
    }
}

/// The part of a check that is done within one connection.
private struct StoreCheck {
    let session: SQLSession
    let path: String

    func report() throws -> StoreReport {
        var report = StoreReport()
        report.schema = Int(try Schema.check(session, path: path))
        for (key, place) in [("created_by", \StoreReport.createdBy), ("written_by", \StoreReport.writtenBy)] {
            let text = try session.first("SELECT value FROM meta WHERE key = ?", [.text(key)]) { $0.text(0) }
            report[keyPath: place] = text ?? ""
        }
        let structure = try session.rows("PRAGMA integrity_check(\(StoreReport.problemsMax))") { $0.text(0) }
        report.problems += structure.filter { $0 != "ok" }.map { "SQLite finds: \($0)." }
        report.problems += try runProblems()
        report.problems += try rowProblems()
        return report
    }

    private func runProblems() throws -> [String] {
        let heads = try session.rows(
            """
            SELECT r.id, r.seq, count(t.seq), coalesce(min(t.seq), 1), coalesce(max(t.seq), 0)
            FROM run r LEFT JOIN transition t ON t.run = r.number GROUP BY r.number
            HAVING r.seq <> coalesce(max(t.seq), 0) OR count(t.seq) <> r.seq - coalesce(min(t.seq), 1) + 1
                OR (coalesce(min(t.seq), 1) <> 1 AND instr((SELECT f.event FROM transition f
                    WHERE f.run = r.number ORDER BY f.seq LIMIT 1), 'soma.run.forked.v1') = 0)
            LIMIT \(StoreReport.problemsMax)
            """
        ) { row in
            "Run \(row.text(0)) should have transitions 1 to \(row.int(1)), and has \(row.int(2)) "
                + "from \(row.int(3)) to \(row.int(4))."
        }
        let strays = try session.rows(
            """
            SELECT DISTINCT run FROM transition WHERE run NOT IN (SELECT number FROM run)
            UNION SELECT run FROM snapshot WHERE run NOT IN (SELECT number FROM run)
            LIMIT \(StoreReport.problemsMax)
            """
        ) { "Rows belong to run number \($0.int(0)), which isn't there." }
        return heads + strays
    }

    /// Reads every row again and compares its bytes with their checksum.
    private func rowProblems() throws -> [String] {
        var problems: [String] = []
        let events = try session.prepare(
            """
            SELECT t.position, t.seq, t.checksum, t.event, r.id
            FROM transition t LEFT JOIN run r ON r.number = t.run ORDER BY t.position
            """
        )
        defer { events.reset() }
        while problems.count < StoreReport.problemsMax, try events.step() {
            let run = events.isNull(4) ? nil : RunID(events.text(4))
            do throws(StoreError) {
                _ = try RawTransition(events).decoded(of: run, at: path)
            } catch {
                problems.append(error.message)
            }
        }
        let words = try session.prepare("SELECT number, checksum, words FROM content")
        defer { words.reset() }
        while problems.count < StoreReport.problemsMax, try words.step() {
            guard Checksum.of(words.bytes(2)) != words.int(1) else { continue }
            problems.append("The bytes of content number \(words.int(0)) have changed.")
        }
        return problems
    }
}
