import SomaCore
import SomaEngine

extension RawTransition {
    /// What to select, in the order that `init` reads.
    static let columns = "t.position, t.seq, t.checksum, t.event"

    init(_ row: PostgresRow, from column: Int = 0) throws(PostgresError) {
        self.init(
            position: try row.int8(column),
            seq: Int(try row.int8(column + 1)),
            checksum: Int64(checksum: try row.int4(column + 2)),
            bytes: try row.bytea(column + 3)
        )
    }
}

/// A run's head and stored state with what happened since, in the rows of one statement: all of one moment.
enum RunRows {
    /// The columns of a head; those of a transition have the run's number, the place, and what a transition has.
    ///
    /// A head's row: number, NULL, seq of the head, checksum, state, start, id, seq of the state.
    static let head = """
        SELECT h.number, NULL::bigint, h.seq, s.checksum, s.state, h.started, h.id, s.seq
        FROM heads h LEFT JOIN soma.snapshot s ON s.run = h.number
        """
    /// A transition's row: its run's number, its place, seq, checksum, event.
    static func tails(from first: String, through last: String, limit: Int) -> String {
        """
        SELECT h.number, t.position, t.seq, t.checksum, t.event, NULL, NULL, NULL
        FROM heads h LEFT JOIN soma.snapshot s ON s.run = h.number
        CROSS JOIN LATERAL (
          SELECT t.position, t.seq, t.checksum, t.event FROM soma.transition t
          WHERE t.day = h.day AND t.run = h.number AND t.seq > \(first) AND t.seq <= \(last)
          ORDER BY t.seq LIMIT \(limit)) t
        """
    }

    /// The runs, in the order of their heads' rows.
    static func read(_ rows: [PostgresRow]) throws(PostgresError) -> [RawRun] {
        var runs: [RawRun] = []
        var places: [Int64: Int] = [:]
        for row in rows where try row.isNull(1) {
            let number = try row.int8(0)
            places[number] = runs.count
            runs.append(
                RawRun(
                    number: number,
                    id: RunID(try row.text(6)),
                    seq: Int(try row.int8(2)),
                    started: try row.int8(5),
                    snapshotSeq: Int(try row.int8OrNil(7) ?? 0),
                    snapshotChecksum: Int64(checksum: try row.int4OrNil(3) ?? 0),
                    snapshot: try row.byteaOrNil(4) ?? []
                )
            )
        }
        for row in rows where try !row.isNull(1) {
            guard let place = places[try row.int8(0)] else { continue }
            runs[place].tail.append(try RawTransition(row, from: 1))
        }
        for place in runs.indices { runs[place].tail.sort { $0.seq < $1.seq } }
        return runs
    }
}
