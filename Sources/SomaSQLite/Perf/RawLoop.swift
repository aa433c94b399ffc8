import Glibc
public import SomaEngine

/// The least that could be done: a loop that inserts rows into the store's tables, with nothing around it.
///
/// What the engine reaches is stated as a part of what this reaches, on the same disk, with the same bytes and the
/// same indexes. Prepare the rows beforehand; nothing but inserting is measured.
public enum RawLoop {
    /// What one iteration inserts: an event and, where there are any, words.
    public struct Row: Sendable {
        /// Which run it belongs to, from 1.
        public var run: Int
        /// Its seq in the run, from 1.
        public var seq: Int
        /// The event's bytes.
        public var event: [UInt8]
        /// The name of the words, 16 bytes; empty for none.
        public var contentID: [UInt8]
        /// The words.
        public var words: [UInt8]

        /// Creates a row.
        public init(run: Int, seq: Int, event: [UInt8], contentID: [UInt8] = [], words: [UInt8] = []) {
            self.run = run
            self.seq = seq
            self.event = event
            self.contentID = contentID
            self.words = words
        }
    }

    /// What it reached.
    public struct Result: Sendable {
        /// Rows.
        public var rows: Int
        /// From the first insert to the end of the last commit.
        public var elapsed: Duration
        /// How long each commit took, from BEGIN on, in order of length.
        public var commits: [Duration]

        /// Rows in a second.
        public var rowsPerSecond: Double { Double(rows) / (elapsed / .seconds(1)) }

        /// The commit that a part of all don't exceed: 0.5 for the median.
        public func commit(_ quantile: Double) -> Duration {
            guard !commits.isEmpty else { return .zero }
            return commits[min(commits.count - 1, Int(quantile * Double(commits.count)))]
        }
    }

    /// Inserts rows into a new file, and removes it.
    ///
    /// - Parameters:
    ///   - path: The file. Must not be there.
    ///   - rows: What to insert.
    ///   - rowsPerCommit: How many rows a transaction has.
    ///   - durability: As the store's.
    public static func run(
        path: String,
        rows: [Row],
        rowsPerCommit: Int,
        durability: StoreOptions.Durability = .full
    ) async throws(StoreError) -> Result {
        try await Blocking.run { () throws(StoreError) in
            try StoreFile.prepare(path)
            defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
            let connection = try Connection(
                path: path,
                purpose: .write,
                readOnly: false,
                durability: durability
            )
            var options = StoreOptions()
            options.durability = durability
            let result = try connection.performAndWait("write to") { session in
                _ = try Schema.prepare(session, path: path, options: options)
                // As SQLite does when nobody tells it otherwise: this loop has no other connection.
                try session.run("PRAGMA wal_autocheckpoint=\(options.checkpointPages)")
                return try insert(rows, rowsPerCommit: max(rowsPerCommit, 1), session)
            }
            try connection.close()
            return result
        }
    }

    private static func insert(_ rows: [Row], rowsPerCommit: Int, _ session: SQLSession) throws -> Result {
        let event = try session.prepare(
            "INSERT INTO transition(position, run, seq, checksum, event) VALUES(?, ?, ?, ?, ?)"
        )
        let content = try session.prepare(
            "INSERT INTO content(id, subject, checksum, words) VALUES(?, ?, ?, ?)"
        )
        let clock = ContinuousClock()
        let start = clock.now
        var commits: [Duration] = []
        var last = start
        var position: Int64 = 0
        for first in stride(from: 0, to: rows.count, by: rowsPerCommit) {
            try session.writing {
                for row in rows[first..<min(first + rowsPerCommit, rows.count)] {
                    position += 1
                    try event.run([.int(position), .int(row.run), .int(row.seq), .int(0), .utf8(row.event)])
                    guard !row.contentID.isEmpty else { continue }
                    try content.run([.blob(row.contentID), .text("local"), .int(0), .blob(row.words)])
                }
            }
            let now = clock.now
            commits.append(now - last)
            last = now
        }
        return Result(rows: rows.count, elapsed: last - start, commits: commits.sorted())
    }
}
