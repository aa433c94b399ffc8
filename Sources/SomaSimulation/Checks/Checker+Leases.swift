import SomaCore
import SomaEngine

/// Who has which run, where there are several processes.
extension Checker {
    /// The store gave runs to a process.
    mutating func gave(_ runs: [RunID: Int64]) {
        for (run, epoch) in runs { shadows[place(run)].epoch = epoch }
    }

    /// A process takes up a run that it was given.
    ///
    /// - Parameter now: The time as the process has it.
    mutating func tookUp(_ run: RunID, tenure: Int, at now: Moment, skew: Int64) {
        let place = place(run)
        shadows[place].taken = RunShadow.Taken(
            at: now.elapsed.microseconds,
            wall: max(now.wall, shadows[place].state.lastAt),
            tenure: tenure,
            skew: skew
        )
    }

    /// The store took a group of a process's in.
    mutating func tookIn(_ group: CommitGroup, _ epochs: [RunID: Int64]) {
        for run in group.runs {
            let shadow = shadows[place(run)]
            // What calls used is charged to a run that has ended by whoever learns of it.
            guard !shadow.state.status.isTerminal, let epoch = epochs[run], epoch < shadow.epoch else {
                continue
            }
            report(
                .leases,
                "\(run) is written to under epoch \(epoch), and epoch \(shadow.epoch) was given away"
            )
        }
    }
}
