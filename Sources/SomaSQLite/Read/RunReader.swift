import SomaCore
import SomaEngine

/// A run as the file has it: the newest stored state and what happened since.
struct RawRun: Sendable {
    let number: Int64
    let id: RunID
    let seq: Int
    let started: Int64
    let snapshotSeq: Int
    let snapshotChecksum: Int64
    let snapshot: [UInt8]
    var tail: [RawTransition] = []

    /// What to select, in the order that `init` reads.
    static let columns = "r.number, r.id, r.seq, r.started, s.seq, s.checksum, s.state"

    init(_ row: SQLStatement) {
        number = row.int(0)
        id = RunID(row.text(1))
        seq = Int(row.int(2))
        started = row.int(3)
        snapshotSeq = Int(row.int(4))
        snapshotChecksum = row.int(5)
        snapshot = row.bytes(6)
    }

    /// The stored state; `nil` where there is none that this version can read, as another version's may be.
    ///
    /// - Throws: `.corrupt` where its bytes are not those that were written.
    func storedState(at path: String) throws(StoreError) -> RunState? {
        guard !snapshot.isEmpty else { return nil }
        guard Checksum.of(snapshot) == snapshotChecksum else {
            throw Self.damaged(id, "the bytes of its stored state have changed", path)
        }
        guard let record = try? JSON.parse(snapshot) else { return nil }
        let state = RunState(record: record)
        return state.id == id && state.seq == snapshotSeq ? state : nil
    }

    static func damaged(_ run: RunID, _ why: String, _ path: String) -> StoreError {
        StoreError(
            .corrupt,
            "The store at \(path) is damaged: run \(run) can't be read: \(why).",
            hint: "Run soma doctor, and restore a backup."
        )
    }
}

extension RunState {
    /// Folds rows in, and sees that none is missing.
    mutating func fold(_ rows: [RawTransition], at path: String) throws(StoreError) {
        for row in rows {
            let transition = try row.decoded(of: id, at: path).transition
            guard apply(transition) == .next else {
                throw RawRun.damaged(id, "transition \(seq) is missing or there twice", path)
            }
        }
    }
}
