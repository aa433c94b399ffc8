package import SomaCore

/// What happened in the stretch of time of each column of the strip. Long idle times are short in it, unless the
/// person wants to see them.
package struct StripScale: Sendable {
    /// One column.
    package struct Cell: Hashable, Sendable {
        package var transitions = 0
        package var errors = 0
        package var decisions = 0
        /// Whether a person was asked, answered, or stepped in.
        package var hasPerson = false
    }

    /// How many stretches of the index an idle time has at most.
    private static let idleMax = 4

    package private(set) var cells: [Cell]
    private let overview: ReplayOverview
    /// How much of the strip comes before each stretch of the index, and all of it at the end.
    private var starts: [Int] = [0]

    package init(_ overview: ReplayOverview, columns: Int, skipsIdle: Bool = true) {
        self.overview = overview
        cells = Array(repeating: Cell(), count: max(0, columns))
        guard columns > 0 else { return }
        var idle = 0
        for bucket in overview.buckets {
            idle = bucket.transitions > 0 ? 0 : idle + 1
            starts.append((starts.last ?? 0) + (skipsIdle && idle > Self.idleMax ? 0 : 1))
        }
        for (index, bucket) in overview.buckets.enumerated() where bucket.transitions > 0 {
            let first = column(at: Double(starts[index]))
            // A stretch that is wider than a column is as busy in all of its columns.
            let last = max(first, column(at: Double(starts[index + 1]) - 0.001))
            for column in first...last { cells[column].transitions += bucket.transitions }
            cells[first].errors += bucket.errors
            cells[first].decisions += bucket.decisions
        }
        for moment in overview.people { cells[column(of: moment)].hasPerson = true }
    }

    /// How many errors a column has at least that is marked for them.
    ///
    /// A mark says where to look. Where more than a third of all columns have an error, it says nothing any more: then only those
    /// are marked that have more than the others, a quarter of all at most.
    package static func errorsMarked(in cells: [Cell]) -> Int {
        let errors = cells.map(\.errors).filter { $0 > 0 }.sorted(by: >)
        guard errors.count * 3 > cells.count, cells.count >= Self.crowdedColumnsMin else { return 1 }
        return errors[min(cells.count / 4, errors.count - 1)] + 1
    }

    /// In a strip of fewer columns each mark stands.
    private static let crowdedColumnsMin = 12

    /// The column of a moment.
    package func column(of moment: Timestamp) -> Int {
        guard !overview.buckets.isEmpty else { return 0 }
        let past = moment.microseconds.subtractingReportingOverflow(overview.bucketsAt.microseconds)
            .partialValue
        let length = max(1, overview.bucketMicroseconds)
        let bucket = Int(min(max(0, past) / length, Int64(overview.buckets.count - 1)))
        let share = min(1, Double(max(0, past) - Int64(bucket) * length) / Double(length))
        return column(at: Double(starts[bucket]) + share * Double(starts[bucket + 1] - starts[bucket]))
    }

    /// The latest moment that a column shows: with the cursor there, everything in the column has happened.
    package func moment(of column: Int) -> Timestamp {
        guard column < cells.count - 1, column >= 0, let whole = starts.last, whole > 0 else {
            return overview.lastAt
        }
        let position = Double(column + 1) * Double(whole) / Double(cells.count)
        let bucket = max(0, starts.partitioned { Double($0) <= position } - 1)
        guard bucket < overview.buckets.count else { return overview.lastAt }
        let length = Double(max(1, overview.bucketMicroseconds))
        let past = (Double(bucket) + position - Double(starts[bucket])) * length - 1
        let moment = overview.bucketsAt + .microseconds(Int64(max(0, min(past, 1e17))))
        return min(moment, overview.lastAt)
    }

    private func column(at position: Double) -> Int {
        guard let whole = starts.last, whole > 0, cells.count > 1 else { return 0 }
        return min(max(0, Int(position * Double(cells.count) / Double(whole))), cells.count - 1)
    }
}
