/// How a store is opened.
package struct PostgresStoreOptions: Sendable {
    /// Who else may use the database meanwhile.
    package enum Use: Sendable, Equatable {
        /// Nobody: one daemon that works on all runs.
        case alone
        /// Other replicas of the cluster of this name, each on the runs that it holds.
        case shared(cluster: String)
        /// Anybody: for tools, which hold no runs.
        case open

        /// Whether others may hold runs.
        package var isShared: Bool { if case .shared = self { true } else { false } }
    }

    /// Who else may use the database.
    package var use = Use.alone
    /// The program's version, kept with what it changes about the schema.
    package var version = "0.1.0"
    /// Whether an older schema is brought up to date. Where it isn't, it is refused.
    package var migrates = true
    /// How long a server that is away, or a lock that others hold, is waited for before a call fails.
    package var patience: Duration = .seconds(60)
    /// How long a reader of the log waits for transactions that keep its end back.
    package var horizonWait: Duration = .milliseconds(500)
    /// How many rows one append has at most.
    package var appendRowsMax = 8192
    /// How many bytes one append has at most: beyond 1 GiB the server cuts the connection.
    package var appendBytesMax = 256 << 20
    /// The largest transition, state or words that are taken, in bytes.
    package var valueBytesMax = 64 << 20

    /// The defaults.
    package init() {}
}
