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
        let row = effectsView.selected.flatMap { effectsView.ledger.row(of: $0) }
        effectsView.list = effectsListed.settled(effectsView.list, on: row)
        effectsView.selected = effectsView.item?.id
    }

    /// The effects, and what was read of the runs' logs.
    var effectsListed: RemarkedList {
        RemarkedList(count: effectsView.ledger.count, remark: effectsRemark, visible: effectsRows)
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
    var effectsRows: Int { EffectsView.layout(FrameLayout(self).body).rows }
}
