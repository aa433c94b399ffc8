import SomaCore
import SomaEngine

/// One caller's groups, checked as far as they can be without the server.
struct AppendRequest: Sendable {
    /// A run's part: where its log must end, and where it ends then.
    struct Run: Sendable {
        let id: RunID
        let expected: Int
        let follows: Int
        let started: Timestamp
        var last: Int
        var ended: Timestamp?

        /// Whether this may be the run's beginning.
        var mayBegin: Bool { expected == follows }
        /// The day of its partition.
        var day: Int32 { Int32(truncatingIfNeeded: started.microseconds.flooredQuotient(by: 86_400_000_000)) }
    }

    let batch: CommitBatch
    private(set) var runs: [Run] = []
    /// For each row, its run's place in `runs`.
    private(set) var places: [Int] = []
    /// For each stored state, its run's place in `runs`.
    private(set) var snapshotPlaces: [Int] = []

    var isEmpty: Bool { batch.rows.isEmpty && batch.content.isEmpty }

    /// Groups rows by run.
    ///
    /// - Throws: `.conflict` where a run's transitions don't follow each other, or a state isn't that after them.
    init(_ groups: [CommitGroup], bytesMax: Int, address: String) throws(StoreError) {
        batch = CommitBatch(groups)
        var index: [RunID: Int] = [:]
        places.reserveCapacity(batch.rows.count)
        for row in batch.rows {
            let transition = row.transition
            try Self.expectSize(row.bytes.count, "transition \(transition.eventID)", bytesMax, address)
            let place: Int
            if let known = index[transition.run] {
                place = known
                guard transition.seq == runs[place].last + 1 else {
                    throw Self.conflict(transition, next: runs[place].last + 1)
                }
                runs[place].last = transition.seq
            } else {
                guard transition.run.isStorable else {
                    throw StoreError(
                        .unavailable,
                        "Could not write to the store at \(address): the name of a run holds a NUL."
                    )
                }
                place = runs.count
                index[transition.run] = place
                runs.append(
                    Run(
                        id: transition.run,
                        expected: transition.seq - 1,
                        follows: transition.firstFollows,
                        started: transition.at,
                        last: transition.seq
                    )
                )
            }
            if transition.kind.isTerminal, runs[place].ended == nil { runs[place].ended = transition.at }
            places.append(place)
        }
        for row in batch.content {
            try Self.expectSize(row.content.words.bytes.count, "content \(row.content.id)", bytesMax, address)
        }
        for snapshot in batch.snapshots {
            try Self.expectSize(snapshot.state.count, "the state of run \(snapshot.run)", bytesMax, address)
            guard let place = index[snapshot.run], runs[place].last == snapshot.seq else {
                throw StoreError(
                    .conflict,
                    "Could not store the state of run \(snapshot.run) at \(snapshot.seq): its log, with what is "
                        + "appended here, doesn't end there.",
                    hint: "Read the run's state again."
                )
            }
            snapshotPlaces.append(place)
        }
    }

    /// What to say where a transition is not its run's next one.
    static func conflict(_ transition: Transition, next: Int) -> StoreError {
        StoreError(
            .conflict,
            "Could not append transition \(transition.seq) of run \(transition.run): the next one is \(next).",
            hint: "Read the run's state again."
        )
    }

    private static func expectSize(
        _ bytes: Int,
        _ what: @autoclosure () -> String,
        _ most: Int,
        _ address: String
    ) throws(StoreError) {
        guard bytes > most else { return }
        throw StoreError(
            .unavailable,
            "Could not write to the store at \(address): \(what()) has \(bytes) bytes, and \(most) are the most.",
            hint: "Lower limits.tool_output_bytes_max, which bounds what tools give back."
        )
    }
}

extension RunID {
    /// Whether Postgres can hold it as a text.
    var isStorable: Bool { !rawValue.utf8.contains(0) }
}

extension Int64 {
    /// The quotient rounded down, also below zero.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
