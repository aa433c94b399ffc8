package import SomaCore
package import SomaTerminal

/// What a person is doing in the comparison of two runs.
package struct CompareState: Sendable {
    /// What the lines are of.
    package struct Arranged: Sendable, Hashable {
        package var left: RunID
        package var right: RunID
        /// How many transitions of each went in.
        package var leftCount: Int
        package var rightCount: Int
    }

    /// A line of the list.
    package enum Line: Sendable, Hashable {
        /// Rows that don't differ in what counts.
        case equal(Range<Int>)
        /// A row, both sides beside each other.
        case row(Int)
        /// One side of a row, where there is no room for both.
        case left(Int)
        case right(Int)

        /// The first row of it.
        package var row: Int {
            switch self {
            case .equal(let range): range.lowerBound
            case .row(let row), .left(let row), .right(let row): row
            }
        }
    }

    /// The first line in sight, and the selection's place.
    package var list = ListState()
    /// What counts as different.
    package var level = Comparison.Level.arguments
    /// Whether equal steps are shown one by one.
    package var unfoldsAll = false
    /// Stretches of equal steps that are shown one by one, by their first row.
    package var unfolded: Set<Int> = []
    /// The two runs, aligned.
    package var comparison = Comparison()
    /// The lines.
    package var lines: [Line] = []
    /// The first row that differs in what counts.
    package var first: Int?
    /// How many stretches of rows differ.
    package var differences = 0
    /// What the comparison is of.
    package var arranged: Arranged?
    /// What the lines were made for.
    var shaped: Shape?

    /// What decides the lines, beside the comparison.
    struct Shape: Sendable, Hashable {
        var arranged: Arranged
        var level: Comparison.Level
        var unfoldsAll: Bool
        var unfolded: Set<Int>
        var isNarrow: Bool
    }

    /// From how many equal steps in a row on they are folded.
    package static let foldMin = 3

    package init() {}
}

/// What happens in the comparison of two runs.
package enum CompareMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// To the next difference, or the one before.
    case jumped(forwards: Bool)
    /// The equal steps under the selection are shown, or folded.
    case foldToggled
    /// All equal steps are shown, or folded.
    case allToggled
    /// More, or less, counts as different.
    case levelChanged
    /// The runs change sides.
    case swapped
    /// The selected step is opened in its run.
    case opened
}
