import SomaCore
import SomaEngine

/// Waits, as they look from outside: by the clock that only goes forward.
extension Checker {
    /// How much longer a wait may take than it should, in microseconds.
    private static let slack: Int64 = 1_000_000

    /// A process began, where there is one at a time.
    mutating func began(at elapsed: Int64) {
        processBegan = elapsed
        processes += 1
    }

    /// The engine gave a group.
    mutating func decided(_ group: CommitGroup, at elapsed: Int64) {
        decided(group, Decision(at: elapsed, tenure: processes))
    }

    /// A group was decided.
    mutating func decided(_ group: CommitGroup, _ decision: Decision) {
        for run in group.runs {
            let place = place(run)
            let state = shadows[place].state
            if let last = shadows[place].decision, last.tenure == decision.tenure, state.status == .running,
                !state.isHeld
            {
                shadows[place].worked += decision.at - last.at
            }
            shadows[place].decision = decision
        }
    }

    /// A try was started: it may take so long, and no longer.
    mutating func began(_ effect: Int, _ place: Int, _ at: Timestamp) {
        let timeout = shadows[place].state.request(effect)?.detail["timeout"]?.int ?? 0
        let length = Int64(timeout) + EngineLimits.timeoutGrace.microseconds
        waits(effect, place, at, length)
    }

    private mutating func waits(_ effect: Int, _ place: Int, _ since: Timestamp, _ length: Int64) {
        shadows[place].waits[effect] = shadows[place].decision.map {
            RunShadow.Wait(began: $0.at, since: since, tenure: $0.tenure, length: length)
        }
    }

    /// Looks at what a wait led to, before the transition is folded.
    mutating func waited(_ transition: Transition, _ place: Int) {
        let body = transition.body
        defer { if transition.more == 0 { shadows[place].completedAt = shadows[place].decision?.at ?? 0 } }
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
        if isTimeout || isRetry {
            let ring = RunShadow.Ring(effect: effect, attempt: transition.attempt, isRetry: isRetry)
            if !shadows[place].rung.insert(ring).inserted {
                report(.timers, "\(transition.eventID) \(transition.kind.name) comes again")
            }
            compare(transition, effect, place, isRetry: isRetry)
        }
        guard transition.kind == .effectFinished else { return }
        shadows[place].waits[effect] = nil
        if let retry = body["retry"]?.int { waits(effect, place, transition.at, Int64(retry)) }
    }

    private mutating func compare(_ transition: Transition, _ effect: Int, _ place: Int, isRetry: Bool) {
        let shadow = shadows[place]
        guard let wait = shadow.waits[effect], let decision = shadow.decision else { return }
        var (began, left) = (max(wait.began, processBegan), wait.length)
        var earliest: Int64? = wait.began + wait.length
        // A try's time is watched by who began it, also where the run was lost and taken up again meanwhile.
        if wait.tenure != decision.tenure, isRetry || shadow.taken == nil {
            // Who takes over a wait has only the dates in the log to go by, and its own clock on the wall.
            earliest = nil
            if let taken = shadow.taken, taken.tenure == decision.tenure {
                let passed = (taken.wall - wait.since).microseconds
                (began, left) = (taken.at, max(0, min(wait.length, wait.length - passed)))
                if taken.skew == decision.skew { earliest = began + left - Checker.slack }
            }
        }
        let name = "\(transition.eventID) \(transition.kind.name)"
        if let earliest, decision.at < earliest {
            report(.timers, "\(name) comes \(earliest - decision.at) us early")
        }
        // Nothing else that the run did since can have held it up: neither a group on its way nor what it decided just before
        // in the same group, the end of a pause or a charge that made room.
        let since = max(began, shadow.acknowledgedAt, shadow.completedAt)
        let latest = max(since + left, decision.stoppedUntil)
        if decision.at > latest + Checker.slack {
            report(.timers, "\(name) comes \(decision.at - latest) us late")
        }
    }

    private mutating func worked(_ transition: Transition, _ place: Int) {
        let limit = Int64(shadows[place].state.budget.limits.seconds ?? 0) * 1_000_000
        let (worked, tenure) = (shadows[place].worked, shadows[place].decision?.tenure ?? 0)
        // Each process may be off by what a jump of the clock must be to be written down.
        if worked + Checker.slack * Int64(tenure + 1) < limit {
            report(.timers, "\(transition.eventID) ends work after \(worked) us, of \(limit)")
        }
    }
}

/// When something was decided, and by whom.
struct Decision {
    let at: Int64
    /// Which of those that had the run, one after the other.
    let tenure: Int
    /// By how much its clock on the wall was wrong, and until when it had been stopped, if ever.
    var skew: Int64 = 0
    var stoppedUntil: Int64 = 0
}
