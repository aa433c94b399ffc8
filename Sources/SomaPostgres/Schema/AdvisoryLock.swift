/// The server's advisory locks that a store uses; they belong to one database.
enum AdvisoryLock: Int32 {
    /// "soma" in ASCII: keeps our locks apart from those of other programs on the same database.
    static let space: Int32 = 0x736F_6D61

    /// Held by whoever uses the store: alone by one daemon, or shared by the replicas of a cluster.
    case use = 1
    /// Held while a day's partition is made (inside the schema's own function).
    case day = 2
    /// Held while the schema is changed.
    case schema = 3
    /// Held by the process that sends transitions on to Kafka; others stand by.
    case relay = 10

    var values: [PostgresValue] { [.int4(Self.space), .int4(rawValue)] }
}
