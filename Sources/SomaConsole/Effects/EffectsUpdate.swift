import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the ledger of effects.
    mutating func update(effects message: EffectsMessage) -> [AppEffect] {
        let count = effectsView.ledger.count
        switch message {
        case .moved(let move): effectsView.list.move(move, count: count, page: effectsRows - 1)
        case .selected(let row): effectsView.list.select(row, count: count)
        case .moreRead: effectHistory.more()
        case .narrowed: if let run = effectsView.selected?.run { show(.effects(run)) }
        }
        effectsView.selected = effectsView.item?.id
        return []
    }

    /// Brings the ledger and the selection up to date.
    mutating func arrangeEffects() {
        index.refresh(fleet)
        effectsView.typed.read(effectsView.filter, fields: EffectSubject.fields)
        let filter = effectsView.typed.filter
        if let id = view.run {
            let journal = journals[id] ?? Journal()
            let seq = walked.flatMap { $0.run == id ? $0.seq : nil } ?? fleet[id]?.seq ?? 0
            let (transitions, end) = (journal.transitions, journal.count(upTo: seq))
            panes[focus].effectsView.ledger.update(filter, id, transitions, upTo: end)
        } else {
            wantEffects()
            let (fleet, index, recent, history) = (fleet, index, recentEffects, effectHistory)
            panes[focus].effectsView.ledger.update(filter, fleet, index, recent, history)
        }
        let ledger = effectsView.ledger
        if let row = effectsView.selected.flatMap({ ledger.row(of: $0) }) {
            effectsView.list.selected = row
        } else {
            effectsView.list.select(effectsView.list.selected ?? 0, count: ledger.count)
            effectsView.selected = effectsView.item?.id
        }
        effectsView.list = effectsView.list.fitted(count: effectsShown, visible: effectsRows)
        // The remark after the last effect is in sight with it.
        if effectsView.list.selected == ledger.count - 1, effectsShown > ledger.count {
            let top = min(ledger.count - 1, effectsShown - effectsRows)
            effectsView.list.top = max(effectsView.list.top, top)
        }
    }

    /// How many rows there are, with the remark.
    var effectsShown: Int {
        effectsView.ledger.count + (effectsRemark == nil || effectsView.ledger.count == 0 ? 0 : 1)
    }

    /// The effect in doubt that is selected; else the one that has been in doubt the longest.
    func doubt(of run: RunState) -> Request? {
        if case .effects = view, let id = effectsView.selected, id.run == run.id,
            let request = run.request(id.effect), request.state == .inDoubt
        {
            return request
        }
        return run.doubt
    }

    /// How many rows are in sight.
    var effectsRows: Int { EffectsLayout(FrameLayout(self).body).rows }
}

/// The parts of the ledger's view: the counts, the table, and below it the selected effect.
struct EffectsLayout: Sendable, Hashable {
    /// How many effects there are of each kind.
    let head: Rect
    /// The table with its heading.
    let table: Rect
    /// The lines about the selected effect.
    let detail: Rect

    init(_ body: Rect) {
        let head = body.rows >= 6 ? 1 : 0
        let rows = body.rows >= 24 ? 8 : body.rows >= 16 ? 6 : body.rows >= 6 ? 1 : 0
        self.head = body.part(rows: head)
        table = body.part(row: head, rows: body.rows - rows - head)
        detail = body.part(row: body.rows - rows, rows: rows)
    }

    /// How many effects are in sight, without the heading.
    var rows: Int { max(0, table.rows - 1) }
}
