import GRDBSQLite
package import SomaCore

/// One question to the views, from its text to its rows.
///
/// The query is read before anything else: what is wrong with it is said at once, and only the views that it names are
/// filled.
///
/// ```swift
/// let query = try SQLQuery("SELECT role, sum(usd) FROM costs GROUP BY role")
/// for transition in log { try query.take(transition) }
/// try query.finish(words: [:])
/// try query.rows(limits: .init()) { row in print(row); return true }
/// ```
///
/// Belongs to one task at a time.
package final class SQLQuery {
    /// How far a query may go.
    package struct Limits: Sendable {
        /// How long it may run, loading not counted.
        package var time: Duration = .seconds(30)
        /// How many rows it may give; `nil`: as many as there are.
        package var rows: Int?
        /// Asked now and then; true ends the query.
        package var isCancelled: @Sendable () -> Bool = { false }

        package init(time: Duration = .seconds(30), rows: Int? = nil) {
            self.time = time
            self.rows = rows
        }
    }

    /// What came of a query.
    package struct Outcome: Sendable, Hashable {
        /// How many rows were given.
        package var rows: Int
        /// Whether there are more rows than the limit lets through.
        package var isCut: Bool
    }

    /// The names of the columns of the result, as the query gives them.
    package let columns: [String]
    private let sql: String
    private let database: SQLDatabase
    private let loader: ViewLoader

    /// Reads a query.
    ///
    /// - Parameters:
    ///   - sql: One statement that reads.
    ///   - since: Only what happened then or later is in the views; runs that did nothing since are not.
    /// - Throws: `SQLProblem` with the place in the query.
    package init(_ sql: String, since: Timestamp? = nil) throws(SQLProblem) {
        self.sql = sql
        database = try SQLDatabase()
        for statement in ViewSchema.statements { try database.run(statement) }
        let watch = SQLGuard()
        let statement = try Self.compile(sql, database, watch)
        columns = (0..<statement.columnCount).map { statement.columnName($0) }
        loader = try ViewLoader(database, needs: .init(columns: watch.read), since: since)
    }

    /// Takes up runs that were under way before what is read begins.
    package func take(base: Fleet) { loader.take(base: base) }

    /// Takes the next transition of its run; runs may come in any order.
    package func take(_ transition: Transition) throws(SQLProblem) { try loader.take(transition) }

    /// How many transitions were taken.
    package var transitions: Int { loader.count }

    /// The words that the views need, by name.
    package var wanted: Set<ContentID> { loader.wanted }

    /// The fold of what was taken.
    package var stats: FleetStats { loader.stats }

    /// Ends the loading: the views are complete, and from now on nothing is written.
    package func finish(words: [ContentID: String]) throws(SQLProblem) {
        try loader.finish(words: words)
        try database.run("PRAGMA query_only=ON")
    }

    /// Runs the query.
    ///
    /// - Parameter take: Takes a row; `false` ends the query.
    /// - Throws: `SQLProblem` where SQLite refuses, and where the time is up.
    @discardableResult
    package func rows(
        limits: Limits,
        _ take: ([SQLCell]) throws(SQLProblem) -> Bool
    ) throws(SQLProblem) -> Outcome {
        let watch = SQLGuard()
        watch.deadline = .now + limits.time
        watch.isCancelled = limits.isCancelled
        let statement = try Self.compile(sql, database, watch, keepsGuard: true)
        defer {
            // The callbacks have the guard's address: it has to live until they are gone.
            withExtendedLifetime(watch) { SQLGuard.remove(from: database) }
        }
        var outcome = Outcome(rows: 0, isCut: false)
        while true {
            let code = sqlite3_step(statement.pointer)
            if code == SQLITE_DONE { return outcome }
            guard code == SQLITE_ROW else { throw failure(watch, limits) }
            if let most = limits.rows, outcome.rows >= most {
                outcome.isCut = true
                return outcome
            }
            outcome.rows += 1
            guard try take((0..<columns.count).map { statement.cell($0) }) else { return outcome }
        }
    }

    private func failure(_ watch: SQLGuard, _ limits: Limits) -> SQLProblem {
        if watch.isTimedOut {
            return SQLProblem(
                message: "The query took longer than \(limits.time.seconds) s and was ended.",
                hint:
                    "Give it more time with --timeout, or less to do: a narrower WHERE, a join with fewer rows."
            )
        }
        if limits.isCancelled() { return SQLProblem(message: "The query was ended.") }
        if sqlite3_errcode(database.handle) & 0xFF == SQLITE_TOOBIG {
            return SQLProblem(
                message: "A value of the result would be longer than 64 MiB.",
                hint: "Take a part of it: substr(…, 1, 1000)."
            )
        }
        var problem = database.failure()
        if problem.message == "integer overflow" {
            problem.hint = "total(…) adds up as sum(…) does, in real numbers."
        }
        return problem
    }

    /// Prepares a query under a guard.
    private static func compile(
        _ sql: String,
        _ database: SQLDatabase,
        _ watch: SQLGuard,
        keepsGuard: Bool = false
    ) throws(SQLProblem) -> SQLRows {
        let bytes = Array(sql.utf8)
        if let zero = bytes.firstIndex(of: 0) {
            throw SQLProblem(message: "The query has a NUL in it.", place: .init(zero, in: sql))
        }
        watch.install(on: database)
        var pointer: OpaquePointer?
        var used = 0
        let code = (bytes + [0]).withUnsafeBytes { raw -> Int32 in
            let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(database.handle, start, Int32(raw.count), 0, &pointer, &tail)
            if let start, let tail { used = tail - start }
            return code
        }
        let offset = Int(sqlite3_error_offset(database.handle))
        let said = String(cString: sqlite3_errmsg(database.handle))
        if !keepsGuard || code != SQLITE_OK {
            withExtendedLifetime(watch) { SQLGuard.remove(from: database) }
        }
        if code != SQLITE_OK {
            if let refusal = watch.refusal { throw Self.refused(refusal, sql) }
            if said.hasPrefix("cannot modify ") { throw Self.refused("this", sql) }
            throw SQLProblem(sqlite: said, offset: offset, in: sql)
        }
        guard let pointer else {
            throw SQLProblem(message: "There is no query.", hint: "For example: SELECT * FROM runs LIMIT 5")
        }
        let statement = SQLRows(pointer, in: database)
        guard sqlite3_stmt_readonly(pointer) != 0, statement.columnCount > 0 else {
            throw Self.refused("this", sql)
        }
        if sqlite3_bind_parameter_count(pointer) > 0 {
            throw SQLProblem(
                message:
                    "The query has a parameter (?, :name, @name or $name), and there is nothing to put in.",
                hint: "Write the value itself; a text stands in single quotes."
            )
        }
        if let next = Self.statementAfter(used, bytes) {
            throw SQLProblem(
                message: "Only one statement is run, and another one begins here.",
                place: .init(next, in: sql)
            )
        }
        return statement
    }

    /// Where another statement begins; `nil` where only blanks, semicolons and comments follow.
    private static func statementAfter(_ offset: Int, _ bytes: [UInt8]) -> Int? {
        var position = offset
        while position < bytes.count {
            let rest = bytes[position...]
            if rest.starts(with: "--".utf8) {
                position = rest.firstIndex(of: 0x0A) ?? bytes.count
            } else if rest.starts(with: "/*".utf8) {
                let inner = bytes[(position + 2)...]
                let end = inner.indices.first { inner[$0...].starts(with: "*/".utf8) }
                position = end.map { $0 + 2 } ?? bytes.count
            } else if [0x20, 0x09, 0x0A, 0x0D, 0x0C, UInt8(ascii: ";")].contains(bytes[position]) {
                position += 1
            } else {
                return position
            }
        }
        return nil
    }

    private static func refused(_ what: String, _ sql: String) -> SQLProblem {
        let first = SQLWords(sql).first { _ in true }
        let isSchema = what.hasPrefix("PRAGMA")
        return SQLProblem(
            message: what == "this"
                ? "Only queries that read are run." : "Only queries that read are run: \(what) is refused.",
            hint: isSchema
                ? "soma sql --schema lists the views and their columns." : "Begin with SELECT or WITH.",
            place: first.map { .init($0.offset, in: sql) }
        )
    }
}
