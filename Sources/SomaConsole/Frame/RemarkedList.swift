import SomaTerminal

/// A list of which something is to be said below its last row: what it doesn't hold yet.
struct RemarkedList: Sendable, Hashable {
    /// How many rows it has, without the remark.
    let count: Int
    let remark: String?
    /// How many rows are in sight.
    let visible: Int

    /// How many rows there are, with the remark.
    var shown: Int { count + (remark == nil || count == 0 ? 0 : 1) }

    /// The list brought up to date.
    /// - Parameter row: Where what is selected is now; `nil` where it is gone, and its neighbour is selected.
    func settled(_ list: ListState, on row: Int?) -> ListState {
        var list = list
        list.select(row ?? list.selected ?? 0, count: count)
        list = list.fitted(count: shown, visible: visible)
        // The remark after the last row is in sight with it.
        if list.selected == count - 1, shown > count {
            list.top = max(list.top, min(count - 1, shown - visible))
        }
        return list
    }

    /// Draws the remark where it is in sight.
    /// - Parameter rect: The table with its heading.
    func drawRemark(_ list: ListState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let line = count - list.top
        guard count > 0, line < visible, let remark else { return }
        look.draw(
            StyledLine(remark, look[.dim]),
            on: &canvas,
            in: rect.part(row: line + 1, columns: rect.columns - 1)
        )
    }
}
