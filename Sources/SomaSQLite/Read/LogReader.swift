import SomaCore
import SomaEngine

/// Rows of the log as the file has them, still to be read as transitions.
struct RawTransition: Sendable {
    let position: Int64
    let seq: Int
    let checksum: Int64
    let bytes: [UInt8]

    init(_ row: SQLStatement) {
        position = row.int(0)
        seq = Int(row.int(1))
        checksum = row.int(2)
        bytes = row.bytes(3)
    }

    /// Reads the event, and sees that it is the one that was written.
    func decoded(of run: RunID?, at path: String) throws(StoreError) -> StoredTransition {
        guard Checksum.of(bytes) == checksum else { throw damaged("its bytes have changed", path) }
        let transition: Transition
        do throws(Transition.WireError) {
            transition = try Transition(cloudEvent: bytes)
        } catch {
            throw damaged(error.description, path)
        }
        guard transition.seq == seq, run == nil || transition.run == run else {
            throw damaged("it is \(transition.eventID)", path)
        }
        return StoredTransition(position: Position(position), transition: transition, bytes: bytes)
    }

    private func damaged(_ why: String, _ path: String) -> StoreError {
        StoreError(
            .corrupt,
            "The store at \(path) is damaged: the transition at \(Position(position)) can't be read: \(why).",
            hint: "Run soma doctor, and restore a backup."
        )
    }
}

/// Reads pieces of the log. Each piece is a read transaction of its own, because a long one would keep the
/// write-ahead log from starting anew.
enum LogReader {
    /// The most rows and bytes that one read transaction takes.
    static let pageRowsMax = 4096
    static let pageBytesMax = 8 << 20

    static let ofRun = """
        SELECT position, seq, checksum, event FROM transition
        WHERE run = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?
        """
    static let ofAll = """
        SELECT position, seq, checksum, event FROM transition WHERE position > ? ORDER BY position LIMIT ?
        """

    /// One page of rows: at least one where there is any.
    static func page(_ session: SQLSession, _ sql: String, _ values: [SQLValue]) throws -> [RawTransition] {
        let statement = try session.prepare(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var rows: [RawTransition] = []
        var bytes = 0
        while bytes < pageBytesMax, try statement.step() {
            let row = RawTransition(statement)
            bytes += row.bytes.count
            rows.append(row)
        }
        return rows
    }
}
