import SomaCore
import SomaEngine

extension RawRun {
    /// What to select, in the order that `init` reads.
    static let columns = "r.number, r.id, r.seq, r.started, s.seq, s.checksum, s.state"

    init(_ row: SQLStatement) {
        self.init(
            number: row.int(0),
            id: RunID(row.text(1)),
            seq: Int(row.int(2)),
            started: row.int(3),
            snapshotSeq: Int(row.int(4)),
            snapshotChecksum: row.int(5),
            snapshot: row.bytes(6)
        )
    }
}
