import SomaCore
import SomaTerminal

/// Where graph and panels stand in a view, and in which form: the same for drawing, keys and the mouse.
struct PlanStage {
    /// The lines above.
    let head: Rect
    /// The graph; empty where it is out of sight.
    let graph: Rect
    /// The steps and what goes on; empty where they are out of sight.
    let panels: Rect
    /// What divides the two.
    let rule: Rect
    /// Whether the graph is a line a node.
    let isFolded: Bool
    /// What the run did; `nil` while there is no graph.
    let marks: PlanMarks?
    /// The graph as it is laid out; `nil` where it is folded or not there.
    let picture: PlanPicture?
    /// The part of the picture in sight.
    let viewport: PlanViewport?
    /// The picture in small, where it is larger than the view.
    let map: PlanMap?
    /// The lines of the folded graph.
    let spine: PlanSpine?

    /// The fewest columns and rows of a graph with boxes.
    static let leastBoxes = Size(columns: 44, rows: 9)

    init(_ state: AppState, in rect: Rect) {
        let top = rect.rows >= 12 ? 2 : 1
        head = rect.part(rows: top)
        let main = rect.part(row: top)
        let view = state.planView
        let isWide = rect.columns >= PlanGraphView.wideColumns
        let arrangement = isWide && view.arrangement == .panels ? .both : view.arrangement
        let run = view.shown
        let marks = run.flatMap { run in
            view.shape.map { shape in
                PlanMarks(
                    run,
                    shape,
                    view.trail,
                    mark: state.standing(of: run).mark,
                    moment: state.walked?.run == run.id ? run.lastAt : state.moment,
                    isWalking: state.walked?.run == run.id
                )
            }
        }
        self.marks = marks
        var graph = Rect(column: 0, row: 0, columns: 0, rows: 0)
        var panels = graph
        var rule = graph
        var prefersFold = false
        var known: PlanPicture?
        switch arrangement {
        case .graph: graph = main.inset(columns: 1)
        case .panels: panels = main.inset(columns: 1)
        case .both where isWide:
            let usual = Self.panelColumns(of: main.columns)
            let room = main.part(column: 1, columns: main.columns - usual - 2)
            var columns = usual
            if let run, let shape = view.shape, let marks, view.isFolded != true, !Self.isSmall(room) {
                let picture = Self.picture(view, shape, marks, in: room)
                columns = Self.panelColumns(
                    of: main.columns,
                    steps: PlanSteps.columnsWanted(run, state) + 3,
                    graph: picture.layout.size.columns
                )
                // With less room about it the graph is the same.
                if columns >= usual { known = picture }
            }
            let split = main.columns - columns
            graph = main.part(column: 1, columns: split - 2)
            rule = main.part(column: split, columns: 1)
            panels = main.part(column: split + 2, columns: columns - 3)
        case .both:
            prefersFold = true
            let inner = main.inset(columns: 1)
            let nodes = view.shape?.nodes.count ?? 1
            // Steps with their heading, and a line or two about what goes on.
            let below = run.map { PlanPanels.rowsWanted($0, state) } ?? 0
            if inner.rows < 10 {
                graph = inner
            } else {
                let rows = min(nodes, max(inner.rows - below - 1, inner.rows / 2))
                graph = inner.part(rows: rows)
                panels = inner.part(row: rows + 1)
            }
        }
        self.graph = graph
        self.panels = panels
        self.rule = rule
        let isFolded = view.isFolded ?? (prefersFold || Self.isSmall(graph))
        self.isFolded = isFolded
        guard let shape = view.shape, let marks, !graph.isEmpty else {
            picture = nil
            viewport = nil
            map = nil
            spine = nil
            return
        }
        let selected = view.selected.flatMap { shape.places[$0] }
        guard !isFolded else {
            picture = nil
            viewport = nil
            map = nil
            spine = PlanSpine(
                shape,
                marks,
                rows: graph.rows,
                top: view.top,
                focus: selected ?? marks.focus
            )
            return
        }
        let picture = known ?? Self.picture(view, shape, marks, in: graph)
        self.picture = picture
        spine = nil
        let viewport = PlanViewport(
            graph,
            content: picture.layout.size,
            focus: (selected ?? marks.focus).map { picture.layout.boxes[$0] },
            wanted: view.origin
        )
        self.viewport = viewport
        map =
            view.hidesMap
            ? nil
            : PlanMap(
                viewport,
                boxes: picture.layout.boxes,
                current: marks.focus,
                kept: [selected, marks.focus].compactMap { $0 }
            )
    }

    private static func isSmall(_ rect: Rect) -> Bool {
        rect.columns < leastBoxes.columns || rect.rows < leastBoxes.rows
    }

    /// The fewest columns of the panels, with what divides them from the graph.
    private static let panelColumnsMin = 44

    /// The columns of the panels as far as only those of both together are known.
    private static func panelColumns(of whole: Int) -> Int { min(max(panelColumnsMin, whole * 3 / 8), 90) }

    /// The columns of the panels: as usual, and more where the steps want them and the graph leaves them, but never most of all;
    /// less where the graph needs them and the steps don't.
    static func panelColumns(of whole: Int, steps wanted: Int, graph: Int) -> Int {
        let usual = panelColumns(of: whole)
        // A blank and a column beside the graph, which would be folded in less than some columns.
        let spare = whole - usual - 2 - max(graph, leastBoxes.columns)
        guard spare >= 0 else { return max(panelColumnsMin, min(usual, max(wanted, usual + spare))) }
        return max(usual, min(wanted, usual + spare, whole * 5 / 8))
    }

    /// From how many links a node on, links that may never be taken are laid out once they are.
    private static let linksPerNode = 2

    private static func picture(_ view: PlanGraphState, _ shape: PlanShape, _ marks: PlanMarks, in rect: Rect)
        -> PlanPicture
    {
        let isSparse = shape.links.count <= linksPerNode * shape.nodes.count
        func matters(_ link: Int) -> Bool { shape.links[link].isExpected || marks.links[link].passes > 0 }
        var links = shape.links.indices.filter { view.isWhole || isSparse || matters($0) }
        if links.count > PlanPicture.linksMax {
            links = Array(links.filter(matters).prefix(PlanPicture.linksMax))
        }
        func picture(_ form: PlanPicture.Form, isWrapped: Bool, _ some: [Int]? = nil) -> PlanPicture {
            view.pictures.picture(
                PlanPicture.Subject(
                    shape: shape,
                    links: some ?? links,
                    form: form,
                    hasAllWords: view.isWhole,
                    columns: max(40, rect.columns / 10 * 10),
                    room: isWrapped ? rect.size : nil
                )
            )
        }
        func fitting(_ form: PlanPicture.Form, isWrapped: Bool = false, _ some: [Int]? = nil) -> PlanPicture?
        {
            let picture = picture(form, isWrapped: isWrapped, some)
            let size = picture.layout.size
            return size.columns <= rect.columns && size.rows <= rect.rows ? picture : nil
        }
        switch view.zoom {
        case .compact: return picture(.compact, isWrapped: true)
        case .normal: return picture(.normal, isWrapped: true)
        case .detailed: return picture(.detailed, isWrapped: true)
        case nil: break
        }
        // A large graph fits in no form but the smallest: don't lay out all.
        if shape.nodes.count <= 40 {
            for form in [PlanPicture.Form.detailed, .roomy, .normal] {
                if let picture = fitting(form) { return picture }
            }
            if let picture = fitting(.normal, isWrapped: true) { return picture }
        }
        if let picture = fitting(.compact, isWrapped: true) { return picture }
        // Room for links that aren't drawn is the first to go.
        if !view.isWhole, let picture = fitting(.compact, isWrapped: true, links.filter(matters)) {
            return picture
        }
        return picture(.compact, isWrapped: true)
    }

    /// The first line of the folded graph in sight once it was moved by rows.
    func spineTop(moved rows: Int) -> Int {
        guard let spine else { return 0 }
        return spine.clamped(spine.top + rows)
    }

    /// The node under a cell.
    func node(at point: Point) -> Int? {
        guard graph.contains(point) else { return nil }
        if let spine {
            let place = spine.top + point.row - graph.row
            return spine.shape.nodes.indices.contains(place) ? place : nil
        }
        guard let picture, let viewport, map?.rect.contains(point) != true else { return nil }
        return picture.layout.boxes.firstIndex { viewport.moved($0).contains(point) }
    }
}
