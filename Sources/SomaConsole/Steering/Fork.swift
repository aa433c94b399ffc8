import SomaCore
import SomaTerminal

/// Runs that go on from a place in the log of another.
extension AppState {
    /// Where a fork would begin, or a sentence why it can't.
    enum ForkPlace: Sendable, Hashable {
        /// The last transition that both would share: the end of a decision.
        case at(RunID, seq: Int)
        case refused(String)
    }

    /// Asks whether a new run is to go on from the place that is looked at.
    mutating func askToFork() {
        switch forkPlace {
        case .refused(let reason): notice = Notice(reason, .bad)
        case .at(let run, let seq):
            let shown = fleet[run].flatMap { text($0.goal) }?.firstLine ?? ""
            confirmation = Confirmation(
                title: "Fork \(run.short) at event \(seq)?",
                lines: [
                    shown,
                    "A new run goes on from what was known then. What was done before isn't done again; "
                        + "what comes after is decided anew, and \(run.short) stays as it is.",
                ],
                choices: [
                    .init(key: "y", title: "fork it", commands: [.init(run, .fork(at: seq))]),
                    .init(key: "n", title: "leave it"),
                ]
            )
        }
    }

    /// Where a fork would begin in the view in sight: at the transition or step that is selected; in views of whole
    /// runs where the selected one is now, or was at the moment that is looked at.
    var forkPlace: ForkPlace {
        guard replay == nil || past != nil else {
            return .refused("A recording can't be forked: soma fork does it where the run is.")
        }
        switch view {
        case .run(let run), .plan(let run), .trace(.run(let run)): return forkPlace(in: run)
        case .events:
            guard let event = EventsView.selected(self) else {
                return .refused("Select the transition that the fork is to begin after.")
            }
            return forkPlace(of: event.run, event.seq.addingClamped(event.more))
        case .compare:
            guard let step = compareView.selectedStep else {
                return .refused("Select the step that the fork is to begin after.")
            }
            return forkPlace(of: step.run, endOfDecision(of: step.run, from: step.seq) ?? step.seq)
        case .fleet, .agents:
            guard let run = selectedRun.flatMap({ fleet[$0] }) else { return .refused("Select a run first.") }
            return forkPlace(of: run.id, run.seq)
        case .home, .approvals, .effects, .kafka, .topic, .traces, .trace(.trace), .cost, .metrics:
            return .refused("A fork begins at a place in a run's log: open the run and go there first.")
        }
    }

    private func forkPlace(in run: RunID) -> ForkPlace {
        guard let journal = journals[run], journal.isLoaded else {
            return .refused("The log of \(run.short) isn't here yet.")
        }
        let wanted: Int
        if past?.phase == .open {
            wanted = fleet[run]?.seq ?? 0
        } else if let seq = seqInSight(of: run) ?? view.feature.selectedTransition(self) {
            wanted = seq
        } else if strip != nil {
            wanted = journal.transitions.last?.seq ?? 0
        } else {
            return .refused("Go to the place first: ←/→ walk the run's path, T opens the time cursor.")
        }
        return endOfDecision(of: run, from: wanted).map { forkPlace(of: run, $0) }
            ?? .refused(
                "\(run.short) is in the middle of a decision: wait for its end, or go to an earlier place."
            )
    }

    /// After its end a run has nothing left to do.
    private func forkPlace(of run: RunID, _ seq: Int) -> ForkPlace {
        guard let state = fleet[run], state.status.isTerminal, seq >= state.seq else {
            return .at(run, seq: seq)
        }
        return .refused(
            "\(run.short) has ended there and has nothing left to do: fork it at an earlier place."
        )
    }

    /// The last transition of the decision that a transition belongs to.
    private func endOfDecision(of run: RunID, from seq: Int) -> Int? {
        guard let journal = journals[run] else { return nil }
        return journal.transitions[max(0, journal.count(upTo: seq - 1))...].first { $0.more == 0 }?.seq
    }
}

extension CompareState {
    /// The step in the selected line; of two the left one.
    var selectedStep: CompareStep? {
        list.selected.flatMap { lines.indices.contains($0) ? step(in: lines[$0]) : nil }
    }

    /// The step in a line.
    func step(in line: Line) -> CompareStep? {
        guard comparison.rows.indices.contains(line.row) else { return nil }
        let row = comparison.rows[line.row]
        if case .right = line, let right = row.right { return comparison.right[right] }
        return row.left.map { comparison.left[$0] } ?? row.right.map { comparison.right[$0] }
    }
}
