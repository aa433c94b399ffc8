import SomaCore
import SomaEngine

/// Waits, as they look from outside: by the clock that only goes forward.
extension Checker {
    /// How much longer a wait may take than it should, in microseconds.
    private static let slack: Int64 = 1_000_000

    /// A process began.
    mutating func began(at elapsed: Int64) {
        processBegan = elapsed
        processes += 1
    }

    /// The engine gave a group.
    mutating func decided(_ group: CommitGroup, at elapsed: Int64) {
        for run in group.runs {
            let place = place(run)
            let state = shadows[place].state
            if let last = shadows[place].workedUntil, last.process == processes, state.status == .running,
                !state.isHeld
            {
                shadows[place].worked += elapsed - last.at
            }
            shadows[place].workedUntil = (elapsed, processes)
            shadows[place].decidedAt = elapsed
        }
    }

    /// A try was started: it may take so long, and no longer.
    mutating func began(_ effect: Int, _ place: Int) {
        let timeout = shadows[place].state.request(effect)?.detail["timeout"]?.int ?? 0
        shadows[place].waits[effect] = RunShadow.Wait(
            began: shadows[place].decidedAt,
            process: processes,
            length: Int64(timeout) + EngineLimits.timeoutGrace.microseconds
        )
    }

    /// Looks at what a wait led to, before the transition is folded.
    mutating func waited(_ transition: Transition, _ place: Int) {
        let body = transition.body
        guard let effect = body["effect"]?.int else {
            if transition.kind == .runPaused, body["reason"]?.string == "budget:seconds" {
                worked(transition, place)
            }
            return
        }
        let isTimeout =
            transition.kind == .effectFinished && body["status"]?.string == "timeout"
            || transition.kind == .effectInDoubt && body["reason"]?.string == "timeout"
        let isRetry =
            transition.kind == .effectStarted && shadows[place].state.request(effect)?.state == .backingOff
        if isTimeout || isRetry { compare(transition, effect, place) }
        guard transition.kind == .effectFinished else { return }
        shadows[place].waits[effect] = body["retry"]?.int.map {
            RunShadow.Wait(began: shadows[place].decidedAt, process: processes, length: Int64($0))
        }
    }

    private mutating func compare(_ transition: Transition, _ effect: Int, _ place: Int) {
        guard let wait = shadows[place].waits[effect] else { return }
        let now = shadows[place].decidedAt
        let name = "\(transition.eventID) \(transition.kind.name)"
        // A process that takes over a wait has only the dates in the log to go by.
        if wait.process == processes, now < wait.began + wait.length {
            report(.timers, "\(name) comes \(wait.began + wait.length - now) us early")
        }
        // Nothing else that the run did since can have held it up.
        let from = max(wait.began, shadows[place].acknowledgedAt, processBegan)
        if now > from + wait.length + Checker.slack {
            report(.timers, "\(name) comes \(now - from - wait.length) us late")
        }
    }

    private mutating func worked(_ transition: Transition, _ place: Int) {
        let limit = Int64(shadows[place].state.budget.limits.seconds ?? 0) * 1_000_000
        let worked = shadows[place].worked
        // Each process may be off by what a jump of the clock must be to be written down.
        if worked + Checker.slack * Int64(processes + 1) < limit {
            report(.timers, "\(transition.eventID) ends work after \(worked) us, of \(limit)")
        }
    }
}
