/// A statement with its parameters.
///
/// The text is one of a program's few fixed ones: it is prepared once on each connection, and it is what errors may
/// quote. Values belong into the parameters.
package struct PostgresStatement: Sendable, Hashable {
    package let sql: String
    package let parameters: [PostgresValue]

    /// Makes a statement; its parameters are `$1`, `$2` … in the text.
    package init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// What runs statements: a pool, or one connection of it.
package protocol PostgresExecutor: Sendable {
    /// Runs one statement in one round trip; outside a transaction it is committed when this returns.
    ///
    /// When the task is cancelled, the server is asked to stop, and the outcome is what the server then says.
    @discardableResult
    func query(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError) -> [PostgresRow]

    /// Runs statements in one round trip and, outside a transaction, as one transaction: all of them or none.
    ///
    /// Returns the rows of each.
    @discardableResult
    func pipeline(_ statements: [PostgresStatement]) async throws(PostgresError) -> [[PostgresRow]]
}

extension PostgresExecutor {
    /// Runs one statement without parameters.
    @discardableResult
    package func query(_ sql: String) async throws(PostgresError) -> [PostgresRow] {
        try await query(sql, [])
    }

    /// Runs one statement.
    @discardableResult
    package func query(_ statement: PostgresStatement) async throws(PostgresError) -> [PostgresRow] {
        try await query(statement.sql, statement.parameters)
    }
}
