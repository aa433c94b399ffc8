/// What a prepared statement is known by: its text and the types of its parameters.
struct StatementKey: Hashable, Sendable {
    let sql: String
    let types: [UInt32]
}

/// The statements prepared on one connection; bounded, the one used longest ago goes first.
struct StatementCache {
    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    let capacity: Int
    private var entries: [StatementKey: Entry] = [:]
    private var clock: UInt64 = 0
    private var lastName: UInt64 = 0

    init(capacity: Int) { self.capacity = max(capacity, 0) }

    var count: Int { entries.count }

    /// The name that a statement has on the server, and notes its use.
    mutating func name(of key: StatementKey) -> String? {
        clock += 1
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].lastUse = clock
        return entries.values[index].name
    }

    /// Gives a statement a name that was never used before; returns the name to drop for it, if the cache was full.
    mutating func insert(_ key: StatementKey) -> (name: String, evicted: String?) {
        clock += 1
        lastName += 1
        var evicted: String?
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            evicted = oldest.value.name
            entries[oldest.key] = nil
        }
        let name = "soma_\(lastName)"
        entries[key] = Entry(name: name, lastUse: clock)
        return (name, evicted)
    }

    mutating func remove(_ key: StatementKey) { entries[key] = nil }

    /// Forgets all, as after `DEALLOCATE ALL`.
    mutating func removeAll() { entries = [:] }
}
