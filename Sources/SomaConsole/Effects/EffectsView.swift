import SomaCore
import SomaTerminal

/// The ledger of what touched the outside world: what is in doubt, under way, open and over, and what a resume would
/// do with it.
enum EffectsView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.effectsView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.effectsView.typed.trouble }
    static let hints = [
        "app.help", "steer.settle", "effects.open", "effects.narrow", "effects.more", "app.filter",
        "app.back",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeEffects() }

    static func noun(_ count: Int) -> String { count == 1 ? "effect" : "effects" }

    static func selectedRun(_ state: AppState) -> RunID? { state.effectsView.selected?.run ?? state.view.run }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        (state.effectsView.ledger.count, state.effectsView.ledger.total)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        let list = state.effectsView.list
        let ledger = state.effectsView.ledger
        let end = min(ledger.count, list.top + state.effectsRows)
        var ids: [ContentID?] = list.top < end ? (list.top..<end).map { ledger.item($0)?.arguments } : []
        if let item = state.effectsView.item { ids.append(item.result) }
        return ids
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(effects: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press else { return [] }
        let row = Table(columns: columns).row(
            at: mouse.point,
            in: Self.layout(rect).table,
            state: state.effectsView.list,
            count: state.effectsView.ledger.count
        )
        guard let row else { return [] }
        if state.effectsView.list.selected == row, let run = state.effectsView.selected?.run {
            state.show(.run(run))
            return []
        }
        return state.update(effects: .selected(row))
    }

    // MARK: The table

    static func layout(_ body: Rect) -> TableLayout {
        TableLayout(
            body,
            head: body.rows >= 6 ? 1 : 0,
            detail: body.rows >= 24 ? 8 : body.rows >= 16 ? 6 : body.rows >= 6 ? 1 : 0
        )
    }

    private static let columns = [
        TableColumn("STATE", width: 11, priority: 10),
        TableColumn("RUN", width: 6, priority: 6),
        TableColumn("EFFECT", min: 8, max: 16, weight: 4, priority: 9),
        TableColumn("CLASS", width: 10, priority: 4),
        TableColumn("ARGUMENTS", min: 10, max: 160, weight: 4, priority: 8),
        TableColumn("TRY", width: 3, priority: 2, alignment: .right),
        TableColumn("TIME", width: 8, priority: 5, alignment: .right),
        TableColumn("ON RESUME", width: 16, priority: 7),
    ]

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return HomeView.drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = Self.layout(rect)
        let view = state.effectsView
        look.draw(head(state, look), on: &canvas, in: layout.head.inset(columns: 1))
        let rect = layout.table.part(column: 1)
        var table = Table(columns: columns)
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: view.list,
            count: state.effectsListed.shown,
            theme: look.theme,
            glyphs: look.glyphs
        ) { index in
            view.ledger.item(index).map { cells($0, state, look) } ?? Table.Row([])
        }
        state.effectsListed.drawRemark(view.list, on: &canvas, in: rect, look)
        if view.ledger.count == 0 { drawEmpty(state, on: &canvas, in: rect.part(column: 2, row: 2), look) }
        EffectDetail.draw(state, on: &canvas, in: layout.detail.inset(columns: 1), look)
    }

    /// What there is to do where there is nothing to show.
    private static func drawEmpty(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var lines: [String] = []
        if !state.effectsView.filter.isEmpty {
            lines = ["No effect matches. esc shows all again."]
        } else if let id = state.view.run {
            let isLoaded = state.journals[id]?.isLoaded ?? false
            lines = [
                state.fleet[id] == nil
                    ? "Nothing is known of this run. esc goes back."
                    : isLoaded ? "This run has called no tool and no model." : "Loading the run's log."
            ]
        } else {
            let remark = state.effectsRemark
            lines = [
                "Nothing is open, and nothing has ended" + (remark == nil ? "." : " as far as was read.")
            ]
            if state.connection.isLost { lines = ["Nothing can be read while the daemon is away."] }
            lines += remark.map { [$0] } ?? []
        }
        for (row, line) in lines.enumerated() {
            look.draw(StyledLine(line, look[.dim]), on: &canvas, in: rect.part(row: row))
        }
    }

    /// How many effects are at each stage.
    private static func head(_ state: AppState, _ look: Look) -> StyledLine {
        let ledger = state.effectsView.ledger
        var line = StyledLine([])
        func add(_ stage: EffectStage, _ count: Int, _ word: String? = nil, always: Bool = false) {
            guard count > 0 || always else { return }
            line.append(line.spans.isEmpty ? " " : "   ")
            line.spans.append(look.sign(stage.mark, role: count == 0 ? .dim : nil))
            let isLoud = count > 0 && (stage == .doubt || stage == .asks)
            line.append(
                " \(Amounts.grouped(count)) \(word ?? stage.word)",
                isLoud ? look[stage.mark.role] : look[.dim]
            )
        }
        let stages = ledger.stages
        add(.doubt, stages[.doubt] ?? 0, always: true)
        add(.running, stages[.running] ?? 0, always: true)
        add(.retry, stages[.retry] ?? 0)
        add(.asks, stages[.asks] ?? 0, (stages[.asks] ?? 0) == 1 ? "asks" : "ask")
        add(.intended, stages[.intended] ?? 0)
        let isOne = state.view.run != nil
        add(.confirmed, isOne ? stages[.confirmed] ?? 0 : ledger.ended.well)
        add(.failed, isOne ? stages[.failed] ?? 0 : ledger.ended.badly)
        if isOne {
            add(.refused, stages[.refused] ?? 0)
            add(.given, stages[.given] ?? 0)
        }
        return line
    }

    private static func cells(_ item: EffectItem, _ state: AppState, _ look: Look) -> Table.Row {
        let isEnded = state.fleet[item.id.run]?.status.isTerminal ?? false
        let isLoud = item.stage == .doubt || item.stage == .asks
        let text = item.stage.isOver ? look[.dim] : .plain
        let role: ThemeRole = isLoud || item.stage == .failed ? item.stage.mark.role : .dim
        let resume = item.onResume(isEnded: isEnded)
        var arguments =
            item.arguments.map { look.words(state.words[$0], style: text) } ?? .init(look.none, text)
        if item.arguments.flatMap({ state.words[$0]?.text }) != nil {
            arguments.text = ArgumentLine.text(arguments.text)
        }
        return Table.Row([
            StyledLine([
                look.sign(item.stage.mark, role: item.stage.isOver && item.stage != .failed ? .dim : nil),
                .init(" " + item.stage.word, isLoud ? look[role] : text),
            ]),
            StyledLine(item.id.run.short, item.stage.isOver ? look[.dim] : look[.code]),
            StyledLine(item.name.firstLine, text),
            StyledLine(item.effectClass.rawValue, item.effectClass == .once ? text : look[.dim]),
            StyledLine([arguments]),
            StyledLine(item.attempt > 0 ? Amounts.short(item.attempt) : look.none, look[.dim]),
            StyledLine(since(item, state), look[.dim]),
            StyledLine(resume, item.stage == .doubt && !isEnded ? look[.statusInDoubt] : look[.dim]),
        ])
    }

    /// For how long it has been so; what is over says when.
    private static func since(_ item: EffectItem, _ state: AppState) -> String {
        switch item.stage {
        case .doubt, .asks: Amounts.wait(state.moment - item.since)
        case .running, .retry, .intended: Amounts.time(max(.zero, state.moment - item.since))
        case .confirmed, .failed, .refused, .given: state.clock.time(item.since)
        }
    }
}
