import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the inbox of what waits for a person.
    mutating func update(approvals message: ApprovalsMessage) -> [AppEffect] {
        let layout = ApprovalsLayout(FrameLayout(self).body)
        let count = approvalsView.rows.count
        switch message {
        case .moved(let move): approvalsView.list.move(move, count: count, page: layout.rows - 1)
        case .selected(let row): approvalsView.list.select(row, count: count)
        case .opened:
            if let run = approvalsView.selected?.run { show(.run(run)) }
            return []
        case .scrolled(let halves):
            let page = max(1, approvalsView.card.parts(in: layout.card).arguments / 2)
            approvalsView.cardTop = max(0, approvalsView.cardTop + halves * page)
            arrangeApprovals()
            return []
        }
        let selected = approvalsView.list.selected.flatMap { row in
            approvalsView.rows.indices.contains(row) ? approvalsView.rows[row].id : nil
        }
        if selected != approvalsView.selected { approvalsView.cardTop = 0 }
        approvalsView.selected = selected
        return []
    }

    /// Goes to the inbox; from an entry of it, to the next.
    mutating func goToNeed() {
        arrangeInbox()
        let open = inbox.entries.filter { $0.closing == nil }
        guard let first = open.first else {
            notice = Notice("Nobody needs you.", .good)
            return
        }
        let isThere = view == .approvals
        let place = open.firstIndex { $0.id == approvalsView.selected }
        let next = isThere ? place.map { open[($0 + 1) % open.count] } ?? first : first
        if !isThere {
            closeStrip()
            show(.approvals)
        }
        approvalsView.filter = ""
        if approvalsView.selected != next.id { approvalsView.cardTop = 0 }
        approvalsView.selected = next.id
        approvalsView.arranged = (-1, "")
        arrangeApprovals()
    }

    /// Brings the order of all needs up to date.
    mutating func arrangeInbox() { _ = inbox.arrange(fleet, moment: moment, now: now) }

    /// Brings the shown entries, the selection and what is known of it up to date.
    mutating func arrangeApprovals() {
        arrangeInbox()
        let layout = ApprovalsLayout(FrameLayout(self).body)
        if approvalsView.arranged != (inbox.version, approvalsView.filter) || !approvalsView.filter.isEmpty {
            arrangeEntries()
        }
        approvalsView.list = approvalsView.list.fitted(count: approvalsView.rows.count, visible: layout.rows)
        let entry = approvalsView.selectedEntry
        approvalsView.card.arrange(entry, self, columns: layout.card.columns)
        let parts = approvalsView.card.parts(in: layout.card)
        approvalsView.cardTop = min(approvalsView.cardTop, max(0, parts.count - parts.arguments))
    }

    private mutating func arrangeEntries() {
        approvalsView.arranged = (inbox.version, approvalsView.filter)
        approvalsView.typed.read(approvalsView.filter, fields: RunSubject.fields)
        let filter = approvalsView.typed.filter
        if filter.isEmpty {
            approvalsView.rows = inbox.entries
        } else {
            let matcher = FilterMatcher(filter)
            approvalsView.rows = inbox.entries.filter { entry in
                guard let run = fleet[entry.id.run] else { return false }
                let standing = RunStanding(run)
                let goal = text(run.goal)
                return matcher.matches(RunSubject(run, goal: goal, standing: standing, moment: moment))
            }
        }
        let rows = approvalsView.rows
        if let wanted = approvalsView.wantedRun, !rows.isEmpty {
            approvalsView.selected = rows.first { $0.id.run == wanted }?.id ?? approvalsView.selected
            approvalsView.wantedRun = nil
        }
        let before = approvalsView.list.selected ?? 0
        if let place = approvalsView.selected.flatMap({ id in rows.firstIndex { $0.id == id } }) {
            // The selected row stays where it is on the screen, whatever comes and goes above it.
            approvalsView.list.top = max(0, approvalsView.list.top + place - before)
            approvalsView.list.selected = place
        } else {
            approvalsView.list.select(before, count: rows.count)
            approvalsView.selected = approvalsView.list.selected.map { rows[$0].id }
            approvalsView.cardTop = 0
        }
    }

    /// Asks for the transition that names a question's words, where the console attached after it.
    mutating func wantedQuestion() -> [AppEffect] {
        guard view == .approvals, let id = approvalsView.selected, inbox[id] != nil,
            case .approval(let question) = id.matter, inbox.questions[id] == nil, questionsAsked[id] == nil
        else { return [] }
        let run = teller(of: question, in: id.run)
        questionsAsked[id] = run
        return [.send(.transition(run, seq: question))]
    }

    /// The run whose log holds a transition that a run's state tells of: a fork's begins in that of its origin.
    private func teller(of seq: Int, in run: RunID) -> RunID {
        var teller = run
        var seen: Set<RunID> = [run]
        while let origin = fleet[teller]?.origin, seq <= origin.seq, seen.insert(origin.run).inserted {
            teller = origin.run
        }
        return teller
    }

    /// Takes a transition that was asked for.
    mutating func take(asked transition: Transition) {
        for (id, run) in questionsAsked where run == transition.run && id.matter.question == transition.seq {
            inbox.keep(transition, for: id)
        }
    }
}

extension ApprovalsState {
    /// The selected entry.
    var selectedEntry: Inbox.Entry? {
        list.selected.flatMap { rows.indices.contains($0) && rows[$0].id == selected ? rows[$0] : nil }
    }
}
