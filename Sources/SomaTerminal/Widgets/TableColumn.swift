/// A column of a table.
public struct TableColumn: Sendable, Hashable {
    /// On which side of the column short text stands.
    public enum Alignment: Sendable, Hashable {
        /// At the left.
        case left
        /// At the right, as numbers do.
        case right
    }

    /// The heading.
    public var title: String
    /// The least columns that make sense.
    public var least: Int
    /// The most columns it takes.
    public var most: Int
    /// Its share of what is left; 0 keeps it at its least.
    public var weight: Int
    /// Columns of lower priority vanish first when space is short.
    public var priority: Int
    /// On which side short text stands.
    public var alignment: Alignment

    /// Makes a column of a fixed width.
    public init(_ title: String, width: Int, priority: Int = 0, alignment: Alignment = .left) {
        self.init(title, min: width, max: width, weight: 0, priority: priority, alignment: alignment)
    }

    /// Makes a column that grows.
    public init(
        _ title: String,
        min least: Int,
        max most: Int = .max,
        weight: Int = 1,
        priority: Int = 0,
        alignment: Alignment = .left
    ) {
        self.title = title
        self.least = max(1, least)
        self.most = max(1, least, most)
        self.weight = max(0, weight)
        self.priority = priority
        self.alignment = alignment
    }
}
