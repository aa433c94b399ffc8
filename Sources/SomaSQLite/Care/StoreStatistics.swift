public import SomaEngine

/// How much a store holds.
public struct StoreStatistics: Sendable, Hashable {
    /// Runs.
    public var runs = 0
    /// Runs that have not ended.
    public var unfinishedRuns = 0
    /// Transitions.
    public var transitions = 0
    /// Words that are stored once.
    public var content = 0
    /// Memories.
    public var memories = 0
    /// The place of the last transition.
    public var head = Position.start
    /// Bytes of the file.
    public var fileBytes = 0
    /// Bytes of the write-ahead log beside it.
    public var logBytes = 0

    /// Bytes of both, by transition; 0 where there are none.
    public var bytesPerTransition: Double {
        transitions > 0 ? Double(fileBytes + logBytes) / Double(transitions) : 0
    }
}

extension SQLiteStore {
    /// Counts what is there: one pass over the narrowest index of each table.
    public func statistics() async throws(StoreError) -> StoreStatistics {
        var statistics = try await reader.perform("read") { session in
            var statistics = StoreStatistics()
            statistics.runs = Int(try session.number("SELECT count(*) FROM run"))
            statistics.unfinishedRuns = Int(
                try session.number("SELECT count(*) FROM run WHERE ended IS NULL")
            )
            statistics.transitions = Int(try session.number("SELECT count(*) FROM transition"))
            statistics.content = Int(try session.number("SELECT count(*) FROM content"))
            statistics.memories = Int(try session.number("SELECT count(*) FROM memory"))
            statistics.head = Position(
                try session.number("SELECT coalesce(max(position), 0) FROM transition")
            )
            return statistics
        }
        statistics.fileBytes = StoreFile.bytes(path)
        statistics.logBytes = StoreFile.bytes(path + "-wal")
        return statistics
    }
}
