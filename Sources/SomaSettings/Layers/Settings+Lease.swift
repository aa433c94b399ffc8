/// A process that stands still may hold rows of its runs in Postgres: no longer than until others take those runs over.
extension Settings {
    private static let statement = "postgres.statement_timeout"
    private static let idle = "postgres.idle_in_transaction_timeout"

    /// How long a Postgres server works on one statement: as set, but at most four fifths of a lease.
    public var postgresStatementTimeout: Duration { min(duration(Self.statement), withinLease) }

    /// How long a Postgres server keeps a transaction open in which nothing happens: as set, but at most four fifths of a lease.
    public var postgresIdleTimeout: Duration { min(duration(Self.idle), withinLease) }

    private var withinLease: Duration { clusterLease * 4 / 5 }

    /// Says which times somebody has set that don't count, because a lease leaves no room for them.
    var beyondLease: [String] {
        [Self.statement, Self.idle].map(entry).compactMap { entry in
            guard entry.origin != .builtIn, case .duration(let wanted) = entry.value, wanted > withinLease
            else {
                return nil
            }
            let most = SettingValue.duration(withinLease)
            return
                "\(entry.definition.key) (\(entry.origin)): \(entry.value) is more than four fifths of cluster.lease, "
                + "which is \(SettingValue.duration(clusterLease)), so that \(most) counts. Raise cluster.lease with it."
        }
    }
}
