import SomaCore

extension AppState {
    /// Answers what happened in the plan graph.
    mutating func update(plan message: PlanGraphMessage) -> [AppEffect] {
        switch message {
        case .walked(let step):
            // Where there is a time cursor, it is the one that walks.
            if timeCursor != nil { return update(replay: .ran(step)) }
            walk(step)
        case .paneSwitched:
            planView.showsSteps.toggle()
            planView.top = nil
        case .wholeToggled:
            planView.isWhole.toggle()
            planView.top = nil
        case .scrolled(let rows): planView.top = max(0, (planView.top ?? 0) + rows)
        }
        return []
    }

    private mutating func walk(_ step: Int) {
        guard let id = planView.run, let run = fleet[id], let journal = journals[id], journal.isLoaded else {
            notice = Notice("The run's log has not arrived yet.")
            return
        }
        let whole = journal.count(upTo: run.seq)
        let place = journal.count(upTo: walked?.seq ?? run.seq) + step
        planView.top = nil
        guard place < whole else {
            walked = nil
            return
        }
        let last = journal.transitions[max(1, place) - 1]
        walked = Walk(run: id, seq: last.seq, at: last.at)
    }

    /// Brings the shown state up to date.
    mutating func arrangePlan() {
        guard let id = view.run else { return }
        if planView.run != id {
            planView = PlanGraphState()
            planView.run = id
        }
        guard let run = fleet[id] else {
            planView.shown = nil
            return
        }
        if let place = walked, place.run == id, place.seq >= run.seq { walked = nil }
        let place = seqInSight(of: id)
        let seq = place ?? run.seq
        let isLoaded = journals[id]?.isLoaded ?? false
        if planView.shown?.id == id, planView.shown?.seq == seq, planView.isFromLog == isLoaded { return }
        planView.isFromLog = isLoaded
        defer { findLast(in: id, upTo: seq) }
        // Of an ended run a recording keeps the numbers only; its log has the rest.
        let isSummary = run.status.isTerminal && run.visits.isEmpty
        if place != nil || isSummary, let journal = journals[id], journal.isLoaded {
            planView.shown = journal.state(of: id, at: seq)
        } else {
            planView.shown = run
        }
    }

    /// Finds what the panels tell beside the state: the last fact, and the last rejection or failure.
    private mutating func findLast(in id: RunID, upTo seq: Int) {
        planView.lastFact = nil
        planView.lastTrouble = nil
        guard let journal = journals[id], journal.isLoaded else { return }
        let recent = journal.transitions.prefix(journal.count(upTo: seq)).suffix(PlanGraphState.lookBackMax)
        planView.lastFact = recent.last { $0.kind == .factObserved }?.content("fact")
        planView.lastTrouble = recent.last { transition in
            switch transition.kind {
            case .verifyJudged: transition.body["accepted"]?.bool != true
            case .effectFinished: transition.body["ok"]?.bool != true
            case .runFailed, .effectInDoubt: true
            default: false
            }
        }
    }
}
