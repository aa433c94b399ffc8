import SomaCore
import SomaTerminal

/// A run's graph with where it is, the steps of its plan, and what is going on.
enum PlanGraphView: Feature {
    static let hints = [
        "app.help", "plan.next-step", "plan.down", "plan.open", "plan.pane", "plan.fold", "plan.zoom",
        "plan.whole", "app.back",
    ]

    static func arrange(_ state: inout AppState) {
        state.arrangePlan()
        state.readGraph(of: state.planView.shown)
        state.arrangeShape()
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] { state.wordsOfPlan() }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let stage = PlanStage(state, in: rect)
        switch mouse.action {
        case .scrollUp, .scrollDown:
            let rows = mouse.wheelRows
            let isAcross = !mouse.modifiers.isEmpty
            return state.update(plan: isAcross ? .panned(3 * rows, 0) : .panned(0, rows))
        case .press where mouse.button == .left:
            if let node = stage.node(at: mouse.point), let shape = state.planView.shape {
                let isSame = state.planView.selected == shape.nodes[node].name
                // Once selects, once more opens. The picture stays where it is.
                if isSame { return state.update(plan: .opened) }
                state.planView.selected = shape.nodes[node].name
                if let viewport = stage.viewport { state.planView.origin = viewport.clamped(viewport.origin) }
                if let spine = stage.spine { state.planView.top = spine.top }
            } else if let viewport = stage.viewport, stage.graph.contains(mouse.point) {
                state.planView.grip = .init(point: mouse.point, origin: viewport.clamped(viewport.origin))
            }
        case .drag:
            guard let grip = state.planView.grip, let viewport = stage.viewport else { return [] }
            state.planView.origin = viewport.clamped(
                Point(
                    column: grip.origin.column - (mouse.point.column - grip.point.column),
                    row: grip.origin.row - (mouse.point.row - grip.point.row)
                )
            )
        case .release: state.planView.grip = nil
        default: break
        }
        return []
    }

    /// From how many columns on graph and steps stand side by side.
    static let wideColumns = 100

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let run = state.planView.shown else {
            let text = StyledLine("This run isn't there at this place.", look[.dim])
            return look.draw(text, on: &canvas, in: rect.inset(columns: 2))
        }
        let stage = PlanStage(state, in: rect)
        look.draw(RunHead.line(run, state, look), on: &canvas, in: stage.head.inset(columns: 1))
        if stage.head.rows > 1 {
            look.draw(second(run, state, look), on: &canvas, in: stage.head.part(column: 1, row: 1))
        }
        drawGraph(stage, state, on: &canvas, look)
        if !stage.rule.isEmpty {
            canvas.rule(
                column: stage.rule.column,
                rows: stage.rule.row..<stage.rule.endRow,
                style: look[.border],
                glyphs: look.glyphs
            )
        }
        guard !stage.panels.isEmpty else { return }
        PlanPanels.draw(run, state, stage.marks, on: &canvas, in: stage.panels, look)
    }

    private static func drawGraph(
        _ stage: PlanStage,
        _ state: AppState,
        on canvas: inout Canvas,
        _ look: Look
    ) {
        guard !stage.graph.isEmpty else { return }
        guard let shape = state.planView.shape, let marks = stage.marks else {
            return look.draw(StyledLine("loading", look[.dim]), on: &canvas, in: stage.graph)
        }
        let selected = state.planView.selected.flatMap { shape.places[$0] }
        if let spine = stage.spine {
            return spine.draw(
                on: &canvas,
                in: stage.graph,
                selected: selected,
                isWhole: state.planView.isWhole,
                look
            )
        }
        guard let picture = stage.picture, let viewport = stage.viewport else { return }
        PlanDrawing(
            picture: picture,
            marks: marks,
            selected: selected,
            isWhole: state.planView.isWhole,
            look: look
        ).draw(on: &canvas, viewport)
        viewport.drawMarks(picture.layout.boxes, on: &canvas, look)
        stage.map?.draw(on: &canvas, look)
    }

    /// Where the person has walked to, or how the run stands.
    static func second(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        guard let walked = state.walked?.seq, let now = state.fleet[run.id] else {
            return RunLine.standing(run, state, look)
        }
        return StyledLine([
            .init("\(look.glyphs.pick("◀", "<")) walked back to ", look[.warning]),
            .init("\(state.clock.time(run.lastAt))"),
            .init(
                look.dot + "transition \(Amounts.grouped(walked)) of \(Amounts.grouped(now.seq))",
                look[.dim]
            ),
            .init(look.dot + "esc", look[.key]), .init(" back to now", look[.dim]),
        ])
    }
}
