import SomaTerminal

/// Where the panels of a dashboard are: as many beside each other as can be read, none lower than it makes sense.
struct PanelGrid: Sendable, Hashable {
    /// Panels beside each other; from 1.
    let columns: Int
    /// Rows of panels in all.
    let rows: Int
    /// Rows of panels in sight at once; from 1.
    let visible: Int
    private let rect: Rect
    private let count: Int

    /// The least panel: a title, three rows of a chart, the time, and a legend.
    static let leastColumns = 34
    static let leastRows = 6
    /// A panel that is higher than this is better wider.
    private static let mostRows = 28

    init(count: Int, in rect: Rect) {
        self.rect = rect
        self.count = max(1, count)
        let fits = min(4, max(1, (rect.columns + 1) / (Self.leastColumns + 1)))
        let wanted = max((self.count + fits - 1) / fits, min(self.count, (rect.rows - 1) / Self.mostRows + 1))
        columns = (self.count + wanted - 1) / wanted
        rows = (self.count + columns - 1) / columns
        visible = min(rows, max(1, rect.rows / Self.leastRows))
    }

    /// The first row of panels in sight that keeps one in sight and moves as little as it can.
    func top(_ top: Int, showing selected: Int) -> Int {
        let row = selected / columns
        let nearest = min(max(top, row - visible + 1), row)
        return min(max(0, nearest), rows - visible)
    }

    /// The rectangles of the panels in sight, by their numbers.
    func panels(top: Int) -> [(number: Int, rect: Rect)] {
        var result: [(number: Int, rect: Rect)] = []
        for row in 0..<visible {
            let first = rect.rows * row / visible
            let end = rect.rows * (row + 1) / visible
            for column in 0..<columns {
                let number = (top + row) * columns + column
                guard number < count else { continue }
                let left = (rect.columns + 1) * column / columns
                let right = (rect.columns + 1) * (column + 1) / columns - 1
                result.append(
                    (number, rect.part(column: left, row: first, columns: right - left, rows: end - first))
                )
            }
        }
        return result
    }

    /// The panel beside, above or below one; itself where there is none.
    func neighbour(of number: Int, across: Int, down: Int) -> Int {
        let column = number % columns + across
        let row = number / columns + down
        guard column >= 0, column < columns, row >= 0, row < rows else { return number }
        return min(row * columns + column, count - 1)
    }
}

/// Where the parts of one panel are; the same for drawing and for the mouse.
struct PanelLayout: Sendable, Hashable {
    let title: Rect
    /// Beside the plot: values of the axis.
    let values: Rect
    let plot: Rect
    /// Below the plot: times.
    let times: Rect
    let legend: Rect

    /// Columns for a value beside the axis, the same in all panels, so that a moment is above the same one.
    static let axisColumns = 6

    /// - Parameters:
    ///   - names: How many lines the legend has to tell of.
    ///   - isWhole: Whether the panel is alone in sight: the legend is a table then.
    init(_ rect: Rect, names: Int, isWhole: Bool) {
        title = rect.line(0)
        var legendRows = 0
        if isWhole {
            legendRows = min(names + 1, max(0, rect.rows / 3))
        } else if names > 1, rect.rows >= PanelGrid.leastRows {
            legendRows = rect.rows >= 11 ? 2 : 1
        }
        let below = rect.rows - legendRows
        let plotRows = max(0, below - 2)
        let left = Self.axisColumns + 1
        values = rect.part(row: 1, columns: left, rows: plotRows)
        plot = rect.part(column: left, row: 1, rows: plotRows)
        times = rect.part(column: 0, row: 1 + plotRows, rows: rect.rows > 2 ? 1 : 0)
        legend = rect.part(row: below, rows: legendRows)
    }
}
