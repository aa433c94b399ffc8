import SomaCore
import SomaTerminal

/// A run's graph with where it is, the steps of its plan, and what is going on.
enum PlanGraphView: Feature {
    static let hints = ["app.help", "plan.next-step", "plan.whole", "plan.pane", "plan.open", "app.back"]

    static func arrange(_ state: inout AppState) {
        state.arrangePlan()
        state.readGraph(of: state.planView.shown)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] { state.wordsOfPlan() }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        guard mouse.wheelRows != 0 else { return [] }
        return state.update(plan: .scrolled(mouse.wheelRows))
    }

    /// From how many columns on graph and steps stand side by side.
    static let wideColumns = 100

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let run = state.planView.shown else {
            let text = StyledLine("This run isn't there at this place.", look[.dim])
            return look.draw(text, on: &canvas, in: rect.inset(columns: 2))
        }
        look.draw(RunHead.line(run, state, look), on: &canvas, in: rect.inset(columns: 1))
        let top = rect.rows >= 12 ? 2 : 1
        if top == 2 { look.draw(second(run, state, look), on: &canvas, in: rect.part(column: 1, row: 1)) }
        let main = rect.part(row: top)
        guard let graph = state.graph(of: run) else {
            return look.draw(StyledLine("loading", look[.dim]), on: &canvas, in: main.inset(columns: 1))
        }
        let mark = state.standing(of: run).mark
        let isWhole = state.planView.isWhole
        guard rect.columns >= wideColumns else {
            guard !state.planView.showsSteps else {
                return PlanPanels.draw(run, state, on: &canvas, in: main.inset(columns: 1), look)
            }
            let now = main.rows >= 12 ? 2 : 0
            let pane = main.part(column: 1, columns: main.columns - 2, rows: main.rows - now)
            PlanDrawing.fitting(run, graph: graph, mark: mark, isWhole: isWhole, in: pane, look)
                .draw(on: &canvas, in: pane, top: state.planView.top, look)
            if now > 0 {
                let line = PlanPanels.now(run, state, look).first ?? StyledLine([])
                look.draw(line, on: &canvas, in: main.part(column: 1, row: main.rows - 1))
            }
            return
        }
        let panels = min(max(44, main.columns * 2 / 5), 90)
        let split = main.columns - panels
        let pane = main.part(column: 1, columns: split - 2)
        PlanDrawing.fitting(run, graph: graph, mark: mark, isWhole: isWhole, in: pane, look)
            .draw(on: &canvas, in: pane, top: state.planView.top, look)
        canvas.rule(
            column: main.column + split,
            rows: main.row..<main.endRow,
            style: look[.border],
            glyphs: look.glyphs
        )
        PlanPanels.draw(
            run,
            state,
            on: &canvas,
            in: main.part(column: split + 2, columns: panels - 3),
            look
        )
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
