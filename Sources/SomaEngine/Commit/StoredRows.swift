package import SomaCore

/// A row of the log as a store has it, still to be read as a transition.
package struct RawTransition: Sendable {
    package let position: Int64
    package let seq: Int
    package let checksum: Int64
    package let bytes: [UInt8]

    /// Takes over what was read.
    package init(position: Int64, seq: Int, checksum: Int64, bytes: [UInt8]) {
        self.position = position
        self.seq = seq
        self.checksum = checksum
        self.bytes = bytes
    }

    /// Reads the event, and sees that it is the one that was written.
    package func decoded(of run: RunID?, at path: String) throws(StoreError) -> StoredTransition {
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

/// A run as a store has it: the newest stored state and what happened since.
package struct RawRun: Sendable {
    /// Its number in the store.
    package let number: Int64
    package let id: RunID
    /// The seq of its last transition.
    package let seq: Int
    package let started: Int64
    package let snapshotSeq: Int
    package let snapshotChecksum: Int64
    package let snapshot: [UInt8]
    package var tail: [RawTransition] = []

    /// Takes over what was read; `snapshot` is empty where no state is stored.
    package init(
        number: Int64,
        id: RunID,
        seq: Int,
        started: Int64,
        snapshotSeq: Int,
        snapshotChecksum: Int64,
        snapshot: [UInt8]
    ) {
        self.number = number
        self.id = id
        self.seq = seq
        self.started = started
        self.snapshotSeq = snapshotSeq
        self.snapshotChecksum = snapshotChecksum
        self.snapshot = snapshot
    }

    /// The stored state; `nil` where there is none that this version can read, as another version's may be.
    ///
    /// - Throws: `.corrupt` where its bytes are not those that were written.
    package func storedState(at path: String) throws(StoreError) -> RunState? {
        guard !snapshot.isEmpty else { return nil }
        guard Checksum.of(snapshot) == snapshotChecksum else {
            throw Self.damaged(id, "the bytes of its stored state have changed", path)
        }
        guard let record = try? JSON.parse(snapshot) else { return nil }
        let state = RunState(record: record)
        return state.id == id && state.seq == snapshotSeq ? state : nil
    }

    package static func damaged(_ run: RunID, _ why: String, _ path: String) -> StoreError {
        StoreError(
            .corrupt,
            "The store at \(path) is damaged: run \(run) can't be read: \(why).",
            hint: "Run soma doctor, and restore a backup."
        )
    }
}

extension RunState {
    /// Folds rows in, and sees that none is missing.
    package mutating func fold(_ rows: [RawTransition], at path: String) throws(StoreError) {
        for row in rows {
            let transition = try row.decoded(of: id, at: path).transition
            guard apply(transition) == .next else {
                throw RawRun.damaged(id, "transition \(seq) is missing or there twice", path)
            }
        }
    }
}
