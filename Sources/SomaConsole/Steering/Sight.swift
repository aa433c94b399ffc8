package import SomaCore

/// What a pane showed of what can be steered, when it was drawn last.
///
/// A key is meant for what was in sight when it was pressed. News may have moved the selection since, in the same
/// instant, and a key must never answer a question that the person has not seen.
package struct Sight: Sendable, Hashable {
    /// The run that steering keys acted on.
    package var run: RunID?
    /// The needs that they acted on, the one that was shown first.
    package var needs: [Need.ID]

    package init(run: RunID? = nil, needs: [Need.ID] = []) {
        self.run = run
        self.needs = needs
    }
}

extension AppState {
    /// Notes what is in sight now; call it whenever a frame was shown.
    package mutating func noteDrawn() {
        let focused = focus
        let inSight = panesInSight
        for place in panes.indices {
            focus = place
            let hides = helpTop != nil || !inSight.contains(place)
            let sight = hides ? Sight() : Sight(run: steered?.id, needs: steeredNeeds)
            panes[place].drawn = sight
        }
        focus = focused
    }

    /// Nothing is in sight yet that a key could be meant for.
    mutating func forgetDrawn() {
        for place in panes.indices { panes[place].drawn = Sight() }
    }

    /// Lets keys act on what is in sight now.
    mutating func forgetSight() {
        for place in panes.indices { panes[place].drawn = nil }
    }

    /// The run that steering keys act on.
    package var steered: RunState? { selectedRun.flatMap { fleet[$0] } }

    /// The needs that steering keys act on, the one that is shown first: in the inbox the selected one, open or just
    /// closed; elsewhere those of the run, questions before doubts and budgets.
    package var steeredNeeds: [Need.ID] {
        if case .approvals = view { return approvalsView.selectedEntry.map { [$0.id] } ?? [] }
        guard let run = steered?.id else { return [] }
        let needs = inbox.needs(of: run).map(\.id)
        guard needs.count > 1 else { return needs }
        if case .effects = view, let selected = effectsView.selected, selected.run == run {
            let first = Need.ID(run, .doubt(effect: selected.effect))
            if needs.contains(first) { return [first] + needs.filter { $0 != first } }
        }
        return needs.filter { $0.matter.question != nil } + needs.filter { $0.matter.question == nil }
    }

    /// The need that a key may answer: the first of the kind that was in sight. Says why where there is none.
    mutating func needInSight(_ isMeant: (Need.Matter) -> Bool) -> Need? {
        let current = steeredNeeds
        guard let drawn = (pane.drawn?.needs ?? current).first(where: { isMeant($0.matter) }) else {
            if current.contains(where: { isMeant($0.matter) }) { notice = Self.movedNotice }
            return nil
        }
        guard let need = inbox[drawn] else {
            notice = closedNotice(drawn)
            return nil
        }
        guard current.contains(drawn) else {
            notice = Self.movedNotice
            return nil
        }
        return need
    }

    /// The run that a key may change: the one that was in sight.
    mutating func runInSight() -> RunState? {
        guard let run = steered else { return nil }
        guard pane.drawn.map({ $0.run == run.id }) ?? true else {
            notice = Self.movedNotice
            return nil
        }
        return run
    }

    private static let movedNotice = Notice("The list moved as you pressed the key: nothing was sent.", .bad)

    /// Says that a need is no longer open, and who was first.
    func closedNotice(_ id: Need.ID) -> Notice {
        guard let closing = inbox.closing(of: id) else {
            return Notice("\(id.run.short): this is no longer open; nothing was sent.", .bad)
        }
        return Notice("\(id.run.short): \(NeedWords.closed(closing, clock)); nothing was sent.", .bad)
    }
}

extension RunView {
    static func selectedTransition(_ state: AppState) -> Int? { state.runView.cursor?.entry }
}
