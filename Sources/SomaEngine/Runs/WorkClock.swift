import SomaCore

/// How long a run has been at work, by the clock that only goes forward: what its limit of seconds is held to.
struct WorkClock {
    /// The time at work so far.
    private(set) var worked: Duration = .zero
    private var last: Duration?
    /// When the timer for the limit rings; `nil` where there is none.
    var ringsAt: Duration?

    /// Starts from what the log says, because clocks that only go forward begin anew with each process.
    mutating func start(from worked: Duration) { self.worked = max(.zero, worked) }

    /// Counts the time since the last call.
    mutating func advance(to elapsed: Duration, isAtWork: Bool) {
        if isAtWork, let last { worked += max(.zero, elapsed - last) }
        last = elapsed
    }
}

/// A wait before another try, in this process.
enum BackoffWait {
    /// Its timer has been asked for, and rings then or later.
    case timed(until: Duration)
    /// Its timer has rung.
    case over
}

extension RunMachine {
    /// What the dates in the log may be off by before it is written down.
    private static let jumpMin: Duration = .seconds(1)

    /// Writes down that the clock on the wall was set forward, so that the time that never passed doesn't count as
    /// time at work, now or when the log is read again. Set back, it only stands still in the log.
    mutating func noteClockJump() {
        guard transitions.isEmpty, state.status == .running, !state.isHeld else { return }
        let jumped = state.worked(at: now.wall) - clock.worked
        guard jumped > RunMachine.jumpMin else { return }
        emit(.runResumed, body: ["after": "clock", "jumped": .int(jumped.microseconds)])
    }

    /// Asks for the timer that ends the time that the run may work for.
    mutating func scheduleDeadline() {
        guard let limit = state.budget.limits.seconds, state.status == .running, !state.isHeld else { return }
        let left = .seconds(limit) - clock.worked
        let rings = now.elapsed + left
        // A timer that rings sooner than this one asks again; one that rings later is no longer of use.
        if let other = clock.ringsAt, other > now.elapsed, other <= rings { return }
        clock.ringsAt = rings
        let timer = EngineOutput.timer(state.id, .deadline, after: left)
        if transitions.isEmpty { immediate.append(timer) } else { afterCommit(timer) }
    }

    /// A timer has rung. What it was for may be over.
    mutating func timer(_ key: TimerKey, _ services: EngineServices) {
        switch key {
        // The run decides by itself what follows, now or when it is no longer held.
        case .deadline: clock.ringsAt = nil
        case .retry(let effect, let attempt):
            guard case .timed(let until) = backoffs[effect], let request = state.request(effect),
                request.state == .backingOff, request.attempt == attempt
            else { return }
            guard until > now.elapsed else { return backoffs[effect] = .over }
            immediate.append(.timer(state.id, key, after: until - now.elapsed))
        case .timeout(let effect, let attempt): timedOut(effect, attempt, services)
        }
    }
}
