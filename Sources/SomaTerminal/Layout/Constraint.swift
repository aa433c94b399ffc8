/// What one part of a split asks for.
public struct Constraint: Sendable, Hashable {
    /// The cells it wants to begin with.
    enum Want: Sendable, Hashable {
        case fixed(Int)
        case percentage(Int)
        case fill(Int)
    }

    var want: Want
    var least: Int
    var most: Int
    /// Parts of lower priority shrink first, and vanish first, when space is short.
    public var priority: Int

    /// Exactly this many cells.
    public static func fixed(_ cells: Int, priority: Int = 0) -> Constraint {
        Constraint(want: .fixed(max(0, cells)), least: max(0, cells), most: max(0, cells), priority: priority)
    }

    /// A share of the whole in percent, within bounds.
    public static func percentage(_ percent: Int, min least: Int = 0, max most: Int = .max, priority: Int = 0)
        -> Constraint
    {
        Constraint(
            want: .percentage(max(0, percent)),
            least: max(0, least),
            most: max(0, most),
            priority: priority
        )
    }

    /// A share of what the others leave, by weight, within bounds.
    public static func fill(_ weight: Int = 1, min least: Int = 0, max most: Int = .max, priority: Int = 0)
        -> Constraint
    {
        Constraint(want: .fill(max(0, weight)), least: max(0, least), most: max(0, most), priority: priority)
    }

    /// At least this many cells, and a share of what is left.
    public static func min(_ cells: Int, priority: Int = 0) -> Constraint {
        fill(1, min: cells, priority: priority)
    }

    /// A share of what is left, but at most this many cells.
    public static func max(_ cells: Int, priority: Int = 0) -> Constraint {
        fill(1, max: cells, priority: priority)
    }

    private static func max(_ left: Int, _ right: Int) -> Int { left > right ? left : right }
}
