import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the plan graph.
    mutating func update(plan message: PlanGraphMessage) -> [AppEffect] {
        switch message {
        case .walked(let step):
            // Where there is a time cursor, it is the one that walks.
            if timeCursor != nil { return update(replay: .ran(step)) }
            walk(step)
        case .paneSwitched:
            let all = PlanGraphState.Arrangement.allCases
            let isWide = FrameLayout(self).body.columns >= PlanGraphView.wideColumns
            let choices = isWide ? all.filter { $0 != .panels } : all
            let place = choices.firstIndex(of: planView.arrangement) ?? 0
            planView.arrangement = choices[(place + 1) % choices.count]
            follow()
        case .wholeToggled:
            planView.isWhole.toggle()
            follow()
        case .foldToggled:
            planView.isFolded = !PlanStage(self, in: FrameLayout(self).body).isFolded
            follow()
        case .zoomed:
            let all: [PlanGraphState.Zoom?] = [nil] + PlanGraphState.Zoom.allCases
            let place = all.firstIndex(of: planView.zoom) ?? 0
            planView.zoom = all[(place + 1) % all.count]
            planView.isFolded = false
            follow()
            notice = Notice("boxes: \(planView.zoom.map { "\($0)" } ?? "as there is room")")
        case .mapToggled:
            planView.hidesMap.toggle()
            notice = Notice("map: \(planView.hidesMap ? "off" : "on, where a graph is larger than its room")")
        case .panned(let columns, let rows): pan(columns, rows)
        case .centered:
            planView.selected = nil
            follow()
        case .moved(let move): select(move)
        case .opened: return open()
        case .copied:
            guard let run = planView.shown, let shape = planView.shape else {
                notice = Notice("The plan has not arrived yet.")
                return []
            }
            return [.copy(PlanText.text(run, shape, self), what: "the plan")]
        }
        return []
    }

    /// Keeps the current node in sight again.
    private mutating func follow() {
        planView.origin = nil
        planView.top = nil
    }

    private mutating func pan(_ columns: Int, _ rows: Int) {
        let stage = PlanStage(self, in: FrameLayout(self).body)
        if stage.isFolded {
            planView.top = stage.spineTop(moved: rows)
        } else if let viewport = stage.viewport {
            planView.origin = viewport.clamped(
                Point(column: viewport.origin.column + columns, row: viewport.origin.row + rows)
            )
        }
    }

    private mutating func select(_ move: ListMove) {
        guard let shape = planView.shape, !shape.nodes.isEmpty else { return }
        let stage = PlanStage(self, in: FrameLayout(self).body)
        let known = planView.selected.flatMap { shape.places[$0] }
        var list = ListState()
        list.select(known ?? stage.marks?.focus ?? 0, count: shape.nodes.count)
        // The first step says where the selection is; the next ones move it.
        if case .rows = move, known == nil {} else { list.move(move, count: shape.nodes.count, page: 5) }
        planView.selected = shape.nodes[list.selected ?? 0].name
        follow()
    }

    /// Goes to what happened in the selected node.
    private mutating func open() -> [AppEffect] {
        guard let id = planView.run else { return [] }
        let seq = planView.shown?.seq ?? 0
        if let node = planView.selected,
            let visit = planView.trail.visits(to: node, upTo: seq, count: 1).first
        {
            var view = RunViewState()
            view.run = id
            // How the visit came out: the last event in it.
            view.cursor = RowPlace(entry: min(seq, visit.leftSeq ?? seq))
            view.isFollowing = false
            runView = view
        } else if let node = planView.selected {
            notice = Notice("The run has not been in \(node.firstLine).")
            return []
        }
        show(.run(id))
        return []
    }

    private mutating func walk(_ step: Int) {
        guard let id = planView.run, let run = fleet[id], let journal = journals[id], journal.isLoaded else {
            notice = Notice("The run's log has not arrived yet.")
            return
        }
        let whole = journal.count(upTo: run.seq)
        let place = journal.count(upTo: walked?.seq ?? run.seq) + step
        follow()
        guard place < whole else {
            walked = nil
            return
        }
        let last = journal.transitions[max(1, place) - 1]
        walked = Walk(run: id, seq: last.seq, at: last.at)
    }

    // MARK: Derived

    /// Brings the shown state up to date.
    mutating func arrangePlan() {
        guard let id = view.run else { return }
        if planView.run != id {
            var fresh = PlanGraphState()
            // How a person likes graphs to look holds for the next run as well.
            fresh.isWhole = planView.isWhole
            fresh.isFolded = planView.isFolded
            fresh.zoom = planView.zoom
            fresh.arrangement = planView.arrangement
            fresh.hidesMap = planView.hidesMap
            fresh.run = id
            planView = fresh
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
            planView.shown = planView.checkpoints.state(
                of: id,
                log: journal.transitions,
                count: journal.count(upTo: seq)
            )
        } else {
            planView.shown = run
        }
    }

    /// Brings the way taken and what is to be drawn up to date, as far as either has changed.
    mutating func arrangeShape() {
        guard let run = planView.shown else { return }
        if let journal = journals[run.id], journal.isLoaded {
            let known = planView.trail
            if known.first != journal.transitions.first?.seq || known.count > journal.transitions.count {
                planView.trail = PlanTrail()
            }
            for transition in journal.transitions[planView.trail.count...] {
                planView.trail.append(transition)
            }
        }
        guard let graph = graph(of: run) else {
            planView.shape = nil
            planView.shapeSource = nil
            return
        }
        let pin = run.graphPin
        // What a run did is counted, not compared: it only grows, but for a walk back.
        let extras = run.visits.reduce(run.visits.count) { $0 + $1.passes.count }
        let isKnown = pin.flatMap { graphs[$0] } != nil
        let source = PlanGraphState.ShapeSource(graph: pin, extras: extras, isKnown: isKnown)
        guard planView.shapeSource != source else { return }
        planView.shapeSource = source
        let shape = PlanShape(graph.completed(by: run))
        if planView.shape != shape { planView.shape = shape }
        if let selected = planView.selected, shape.places[selected] == nil { planView.selected = nil }
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
