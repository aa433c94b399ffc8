import SomaCore
import SomaTerminal

/// A run's graph as it is to be drawn: which boxes and edges, in which state, and where.
struct PlanDrawing {
    /// How much room a box takes.
    enum Form: Hashable {
        /// Boxes of three rows.
        case full(gap: Int)
        /// One row a node.
        case spine
    }

    /// How far a node is.
    enum Stage: Hashable {
        case future, done, current(RunMark)
    }

    struct Node {
        var name: String
        var stage: Stage
        var visits: Int
        var microseconds: Int64
    }

    struct Link {
        var from: Int
        var to: Int
        var label: String
        var passes: Int
        /// Whether it is the edge taken last.
        var isLatest: Bool
    }

    let nodes: [Node]
    let links: [Link]
    let layout: LayeredLayout
    let form: Form
    private let nameColumns: Int

    /// The most nodes of a graph that is drawn; of a larger one the first.
    static let nodesMax = 300
    /// The longest name in a box.
    static let nameColumnsMax = 24

    /// Draws in the largest form that fits the rows of a rectangle.
    static func fitting(
        _ run: RunState,
        graph: Graph,
        mark: RunMark,
        isWhole: Bool,
        in rect: Rect,
        _ look: Look
    )
        -> PlanDrawing
    {
        let forms: [Form] = [.full(gap: 2), .full(gap: 1)]
        for form in forms {
            let drawing = PlanDrawing(run, graph: graph, mark: mark, isWhole: isWhole, form: form, look)
            if drawing.layout.size.rows <= rect.rows, drawing.layout.size.columns <= rect.columns {
                return drawing
            }
        }
        return PlanDrawing(run, graph: graph, mark: mark, isWhole: isWhole, form: .spine, look)
    }

    init(_ run: RunState, graph: Graph, mark: RunMark, isWhole: Bool, form: Form, _ look: Look) {
        let graph = graph.completed(by: run)
        let names = graph.nodes.prefix(Self.nodesMax).map(\.name)
        let places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let current = Set(run.activations.map(\.node) + run.entries.map(\.node))
        let visits = Dictionary(run.visits.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        nodes = names.map { name in
            let visit = visits[name]
            let stage: Stage = current.contains(name) ? .current(mark) : visit == nil ? .future : .done
            return Node(
                name: name,
                stage: stage,
                visits: visit?.count ?? 0,
                microseconds: visit?.microseconds ?? 0
            )
        }
        links = Self.links(graph, places, run, isWhole: isWhole, look)
        self.form = form
        nameColumns = min(Self.nameColumnsMax, names.map { SafeText.columns(of: $0) }.max() ?? 1)
        let rows = form == .spine ? 1 : 3
        let width = nameColumns + 17
        layout = LayeredLayout(
            sizes: nodes.map { _ in Size(columns: width, rows: rows) },
            links: links.map {
                LayeredLayout.Link($0.from, $0.to, labelColumns: SafeText.columns(of: $0.label))
            },
            gap: form == .full(gap: 2) ? 2 : 1
        )
    }

    /// Where the node is that the run is in, or was in last.
    var focus: Rect? {
        let index =
            nodes.lastIndex { if case .current = $0.stage { true } else { false } }
            ?? nodes.lastIndex { $0.stage == .done }
        return index.map { layout.boxes[$0] }
    }

    // MARK: Which edges

    /// The edges that tell the story: those that were taken, the way ahead, and the loops that are bounded on
    /// purpose; or all of them.
    private static func links(
        _ graph: Graph,
        _ places: [String: Int],
        _ run: RunState,
        isWhole: Bool,
        _ look: Look
    ) -> [Link] {
        func passes(_ edge: Graph.Edge) -> Int {
            let visit = run.visits.first { $0.node == edge.from }
            return (visit?.passes ?? [])
                .filter { $0.to == edge.to && ($0.via == edge.label || edge.label == "*") }
                .reduce(0) { $0 + $1.count }
        }
        let latest = run.entries.last.map { ($0.from, $0.node) } ?? run.latestPass
        var found: [Pair: [Graph.Edge]] = [:]
        var order: [Pair] = []
        for edge in graph.edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            let pair = Pair(from: from, to: to)
            if found[pair] == nil { order.append(pair) }
            found[pair, default: []].append(edge)
        }
        let ahead = wayAhead(order, count: places.count)
        return order.compactMap { pair in
            let edges = found[pair] ?? []
            let taken = edges.filter { passes($0) > 0 }
            let count = taken.reduce(0) { $0 + passes($1) }
            guard
                isWhole || count > 0 || ahead.contains(pair) || edges.contains(where: { $0.passesMax != nil })
            else { return nil }
            let from = edges.first?.from ?? ""
            let isChoice = order.count { $0.from == pair.from } > 1
            let isStraight = ahead.contains(pair)
            var words: [String] = []
            if isChoice, !isStraight || isWhole {
                words.append(
                    edges.map { $0.label.firstLine }.filter { $0 != "*" }.uniqued.joined(separator: ", ")
                )
            }
            if count > 1 || count > 0 && !isStraight { words.append(look.times(count)) }
            return Link(
                from: pair.from,
                to: pair.to,
                label: words.filter { !$0.isEmpty }.joined(separator: " "),
                passes: count,
                isLatest: latest?.0 == from && latest?.1 == edges.first?.to
            )
        }
    }

    private struct Pair: Hashable {
        var from: Int
        var to: Int
    }

    /// One edge out of and one into each node, so that all hang together: the next in drawing order where there
    /// is one.
    private static func wayAhead(_ pairs: [Pair], count: Int) -> Set<Pair> {
        var result: Set<Pair> = []
        for node in 0..<count {
            let leaving = pairs.filter { $0.from == node }
            if let next = leaving.first(where: { $0.to == node + 1 })
                ?? leaving.first(where: { $0.to > node })
            {
                result.insert(next)
            }
        }
        for node in 0..<count where !result.contains(where: { $0.to == node }) {
            let entering = pairs.filter { $0.to == node && $0.from < node }
            if let nearest = entering.max(by: { $0.from < $1.from }) { result.insert(nearest) }
        }
        return result
    }

    // MARK: Drawing

    /// Draws into a rectangle, with the place that matters in sight.
    func draw(on canvas: inout Canvas, in rect: Rect, top: Int?, _ look: Look) {
        let column: Int
        if layout.size.columns <= rect.columns {
            column = rect.column + min(4, (rect.columns - layout.size.columns) / 2)
        } else {
            let middle = focus.map { $0.column + $0.columns / 2 } ?? 0
            column = rect.column - min(max(0, middle - rect.columns / 2), layout.size.columns - rect.columns)
        }
        let overhang = max(0, layout.size.rows - rect.rows)
        let middle = focus.map { $0.row + $0.rows / 2 } ?? 0
        let row = rect.row - min(max(0, top ?? (middle - rect.rows / 2)), overhang)
        canvas.clipped(to: rect) { canvas in
            for isTaken in [false, true] {
                for (link, route) in zip(links, layout.routes) where (link.passes > 0) == isTaken {
                    drawEdge(link, route, on: &canvas, column, row, look)
                }
            }
            for (link, route) in zip(links, layout.routes) {
                guard let place = route.label else { continue }
                let role: ThemeRole = link.passes == 0 ? .border : route.isBack ? .warning : .dim
                canvas.draw(
                    link.label,
                    column: place.column + column,
                    row: place.row + row,
                    style: look[role]
                )
            }
            for (node, box) in zip(nodes, layout.boxes) {
                drawNode(node, on: &canvas, in: box.moved(columns: column, rows: row), look)
            }
        }
    }

    private func drawEdge(
        _ link: Link,
        _ route: LayeredLayout.Route,
        on canvas: inout Canvas,
        _ column: Int,
        _ row: Int,
        _ look: Look
    ) {
        guard !route.points.isEmpty else { return }
        var points = route.points.map { Point(column: $0.column + column, row: $0.row + row) }
        // From inside the box that it leaves, which is drawn over it, so that a bend right below has its corner.
        if let first = points.first, !route.isBack || !route.leavesAtSide {
            points.insert(Point(column: first.column, row: first.row - 1), at: 0)
        }
        let role: ThemeRole =
            link.passes == 0 ? .border : link.isLatest ? .accent : route.isBack ? .warning : .dim
        canvas.draw(
            Edge(points: points, kind: link.passes == 0 ? .dashed : .rounded),
            style: look[role],
            glyphs: look.glyphs
        )
    }

    private func drawNode(_ node: Node, on canvas: inout Canvas, in box: Rect, _ look: Look) {
        let style: Style
        let sign: StyledLine.Span
        let kind: BoxStyle
        switch node.stage {
        case .future: (style, sign, kind) = (look[.border], .init(" "), .dashed)
        case .done: (style, sign, kind) = (look[.dim], look.sign(.done), .rounded)
        case .current(let mark): (style, sign, kind) = (look[mark.role], look.sign(mark), .double)
        }
        let text: Style
        switch node.stage {
        case .future: text = look[.dim]
        case .done: text = .plain
        case .current(let mark): text = look[mark.role].adding(.bold)
        }
        let inner: Rect
        canvas.fill(box)
        if form == .spine {
            let bar: Character =
                switch kind {
                case .double: look.glyphs.pick("║", "#")
                case .dashed: look.glyphs.pick("┊", ":")
                default: look.glyphs.pick("│", "|")
                }
            canvas.putGlyph(bar, column: box.column, row: box.row, style: style)
            canvas.putGlyph(bar, column: box.endColumn - 1, row: box.row, style: style)
            inner = box.inset(columns: 1)
        } else {
            inner = canvas.box(box, kind, style: style, glyphs: look.glyphs)
        }
        look.draw(
            StyledLine([.init(" "), sign, .init(" "), .init(node.name.firstLine, text)]),
            on: &canvas,
            in: inner.part(columns: nameColumns + 3)
        )
        var stat = ""
        if node.visits > 1 { stat = look.times(node.visits) }
        if node.microseconds >= 100_000 {
            stat += (stat.isEmpty ? "" : " ") + Amounts.span(node.microseconds)
        }
        let width = min(stat.count, inner.columns - 1)
        look.draw(
            StyledLine(stat, look[.dim]),
            on: &canvas,
            in: inner.part(column: inner.columns - 1 - width, columns: width)
        )
    }
}

extension Graph {
    /// The graph without nesting, with what a run did that the graph doesn't know.
    func completed(by run: RunState) -> Graph {
        var graph = flattened()
        let walked = RunGraph.walked(run)
        let known = Set(graph.nodes.map(\.name))
        graph.nodes += walked.nodes.filter { !known.contains($0.name) }
        for edge in walked.edges
        where !graph.edges.contains(where: {
            $0.from == edge.from && $0.to == edge.to && ($0.label == edge.label || $0.label == "*")
        }) {
            graph.edges.append(edge)
        }
        return graph
    }
}

extension RunState {
    /// The edge that led to where the run is.
    fileprivate var latestPass: (String?, String)? {
        guard let node = activations.last?.node else { return nil }
        let sources = visits.filter { $0.passes.contains { $0.to == node } }
        return sources.count == 1 ? (sources[0].node, node) : nil
    }
}

extension Rect {
    fileprivate func moved(columns: Int, rows: Int) -> Rect {
        Rect(column: column + columns, row: row + rows, columns: self.columns, rows: self.rows)
    }
}

extension Array where Element: Hashable {
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
