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
        /// The run that delegated it.
        let parent: RunID?
        /// The epoch that is held; that of its parent for a run that is not known yet.
        var epoch: Int64 = 0
        var last: Int
        var ended: Timestamp?

        /// Whether this may be the run's beginning.
        var mayBegin: Bool { expected == follows }
        /// The day of its partition.
        var day: Int32 { Int32(truncatingIfNeeded: started.microseconds.flooredQuotient(by: 86_400_000_000)) }
    }

    let batch: CommitBatch
    /// As whom it was asked. What is held then counts, also where it is sent later: whoever was taken for gone and has
    /// come back must not write under new leases what it decided under the old ones.
    let replica: Int64?
    private(set) var runs: [Run] = []
    /// For each row, its run's place in `runs`.
    private(set) var places: [Int] = []
    /// For each stored state, its run's place in `runs`.
    private(set) var snapshotPlaces: [Int] = []

    /// What is sent, about.
    private(set) var bytes = 0

    var isEmpty: Bool { batch.rows.isEmpty && batch.content.isEmpty }

    /// Groups rows by run.
    ///
    /// - Throws: `.conflict` where a run's transitions don't follow each other, or a state isn't that after them.
    init(
        _ groups: [CommitGroup],
        book: LeaseBook,
        options: PostgresStoreOptions,
        address: String
    ) throws(StoreError) {
        let bytesMax = options.valueBytesMax
        batch = CommitBatch(groups)
        replica = book.replica
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
                        .refused,
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
                        parent: transition.parent.flatMap { $0.isStorable ? $0 : nil },
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
        bytes =
            batch.rows.reduce(0) { $0 + $1.bytes.count } + batch.snapshots.reduce(0) { $0 + $1.state.count }
            + batch.content.reduce(0) { $0 + $1.content.words.bytes.count }
        guard bytes <= options.appendBytesMax else {
            throw StoreError(
                .refused,
                "Could not write to the store at \(address): what is written at once has \(bytes) bytes, and "
                    + "\(options.appendBytesMax) are the most.",
                hint: "Lower limits.tool_output_bytes_max, which bounds what tools give back."
            )
        }
        takeEpochs(book, index)
    }

    private mutating func takeEpochs(_ book: LeaseBook, _ index: [RunID: Int]) {
        let held = book.epochs(of: runs.map(\.id) + runs.compactMap(\.parent), as: replica)
        for place in runs.indices {
            let run = runs[place]
            if let epoch = held[run.id] {
                runs[place].epoch = epoch
            } else if run.mayBegin, replica != nil {
                // A family has one epoch. Parents come before their children.
                let above = run.parent.flatMap { parent in
                    held[parent] ?? index[parent].map { $0 < place ? runs[$0].epoch : 0 }
                }
                runs[place].epoch = max(above ?? 1, 1)
            }
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
            .refused,
            "Could not write to the store at \(address): \(what()) has \(bytes) bytes, and \(most) are the most.",
            hint:
                "Raise postgres.value_bytes_max, or lower limits.tool_output_bytes_max, which bounds what tools give "
                + "back."
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
