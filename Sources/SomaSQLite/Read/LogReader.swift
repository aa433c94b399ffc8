import SomaCore
import SomaEngine

extension RawTransition {
    /// What to select, in the order that is read.
    static let columns = "position, seq, checksum, event"

    init(_ row: SQLStatement) {
        self.init(position: row.int(0), seq: Int(row.int(1)), checksum: row.int(2), bytes: row.bytes(3))
    }
}

/// Reads pieces of the log. Each piece is a read transaction of its own, because a long one would keep the
/// write-ahead log from starting anew.
enum LogReader {
    /// The most rows and bytes that one read transaction takes.
    static let pageRowsMax = 4096
    static let pageBytesMax = 8 << 20

    static let ofRun = """
        SELECT \(RawTransition.columns) FROM transition
        WHERE run = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?
        """
    static let ofAll = """
        SELECT \(RawTransition.columns) FROM transition WHERE position > ? ORDER BY position LIMIT ?
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
