import SomaLoop

/// A number for each time that somebody has a connection for itself.
typealias LeaseID = UInt64

/// A caller's statements on their way to the loop.
final class PostgresRequest: Sendable {
    struct Statement: Sendable {
        let sql: String
        let parameters: WireParameters
        let key: StatementKey
        /// What was bound, to be kept out of errors.
        let values: [PostgresValue]

        /// Texts that a server could quote.
        var texts: [String] { values.flatMap(\.texts) }
    }

    let statements: [Statement]
    /// The connection that the caller has for itself; `nil` for any.
    let lease: LeaseID?
    /// A text of several commands, sent by the simple protocol.
    let isScript: Bool
    let reply = Reply<[[PostgresRow]]>()

    /// Encodes the parameters; called on the caller's task.
    init(_ statements: [PostgresStatement], lease: LeaseID?, isScript: Bool = false) throws(PostgresError) {
        var encoded: [Statement] = []
        encoded.reserveCapacity(statements.count)
        for statement in statements {
            let parameters = try WireParameters(statement.parameters)
            encoded.append(
                Statement(
                    sql: statement.sql,
                    parameters: parameters,
                    key: StatementKey(sql: statement.sql, types: parameters.types),
                    values: statement.parameters
                )
            )
        }
        self.statements = encoded
        self.lease = lease
        self.isScript = isScript
    }
}

extension PostgresValue {
    /// Texts that a server could quote; of arrays a few, since an error quotes one element at most.
    fileprivate var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .textArray(let texts): texts.count > 64 ? [] : texts
        case .optionalTextArray(let texts): texts.count > 64 ? [] : texts.compactMap { $0 }
        default: []
        }
    }
}

/// A caller's wish for a connection of its own.
final class PostgresLeaseRequest: Sendable {
    let id: LeaseID
    let reply = Reply<Void>()
    /// Answered once the connection has been brought back into order, or is gone.
    let release = Reply<Void>()

    init(id: LeaseID) { self.id = id }
}
