/// Which row of a long list is selected and which rows are in sight; shared by tables, trees and menus.
public struct ListState: Sendable, Hashable {
    /// The selected row; nil when nothing is selected.
    public var selected: Int?
    /// The first visible row.
    public var top: Int
    /// Columns that are scrolled away on the left.
    public var left: Int
    /// Rows chosen for a bulk action.
    public var marked: Set<Int>

    /// Makes a state at the top of the list.
    public init(selected: Int? = 0, top: Int = 0, left: Int = 0, marked: Set<Int> = []) {
        self.selected = selected
        self.top = top
        self.left = left
        self.marked = marked
    }

    /// Moves the selection by rows and stops at the ends.
    public mutating func move(by rows: Int, count: Int) {
        guard count > 0 else {
            selected = nil
            return
        }
        let from = selected ?? (rows > 0 ? -1 : count)
        selected = min(max(0, from + rows), count - 1)
    }

    /// Selects a row; a number past the ends selects the nearest.
    public mutating func select(_ row: Int, count: Int) {
        selected = count > 0 ? min(max(0, row), count - 1) : nil
    }

    /// Moves what is in sight without the selection, as a wheel does; the selection follows at the edges.
    public mutating func scroll(by rows: Int, count: Int, visible: Int) {
        top = min(max(0, top + rows), max(0, count - visible))
        if let row = selected, visible > 0 { selected = min(max(row, top), min(count, top + visible) - 1) }
    }

    /// The state with the selection in the list and in sight; what drawing uses.
    public func fitted(count: Int, visible: Int) -> ListState {
        var result = self
        if let row = selected { result.selected = count > 0 ? min(max(0, row), count - 1) : nil }
        if let row = result.selected {
            if row < result.top { result.top = row }
            if visible > 0, row >= result.top + visible { result.top = row - visible + 1 }
        }
        result.top = min(max(0, result.top), max(0, count - visible))
        return result
    }
}
