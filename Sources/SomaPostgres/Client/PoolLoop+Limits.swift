import SomaLoop

/// What happens because time has passed.
extension PoolLoop {
    /// Beyond the server's own limit for a statement: then the server or the network is gone.
    private static let grace = Duration.seconds(5)

    /// Until the next time limit, at least 1 so that a limit has passed when the loop wakes; -1 without one.
    func pollMilliseconds() -> Int32 {
        var next: ContinuousClock.Instant?
        func look(at limit: ContinuousClock.Instant?) {
            if let limit { next = next.map { min($0, limit) } ?? limit }
        }
        look(at: queue.first?.deadline)
        look(at: leases.first?.deadline)
        if !queue.isEmpty || !leases.isEmpty, nextAttempt > ContinuousClock.now { look(at: nextAttempt) }
        for session in sessions.values { look(at: limit(of: session)) }
        for listener in listeners.values where listener.isWaiting { look(at: listener.nextAttempt) }
        guard let next else { return -1 }
        return Int32(clamping: max((next - ContinuousClock.now).millisecondsRoundedUp, 1))
    }

    func enforceLimits() {
        let now = ContinuousClock.now
        while let flight = queue.first, flight.deadline <= now {
            _ = queue.popFirst()
            flight.finish(exhausted("no connection became free within \(options.acquireTimeout)"))
        }
        while let (request, deadline) = leases.first, deadline <= now {
            _ = leases.popFirst()
            request.reply.finish(
                .failure(exhausted("no connection became free within \(options.acquireTimeout)"))
            )
        }
        for session in sessions.values {
            if let limit = limit(of: session), limit <= now { passed(session, now) }
        }
        for (id, listener) in listeners where listener.isWaiting && listener.nextAttempt <= now {
            listeners[id]?.isWaiting = false
            open(listener: id)
        }
    }

    private func limit(of session: Session) -> ContinuousClock.Instant? {
        var limit: ContinuousClock.Instant?
        func look(at other: ContinuousClock.Instant?) {
            if let other { limit = limit.map { min($0, other) } ?? other }
        }
        look(at: session.cancelling?.deadline)
        look(at: session.cancelling?.next)
        look(at: answerLimit(of: session))
        if session.hasCancelled {
            for segment in session.segments.all { look(at: segment.flight?.cancelDeadline) }
        }
        return limit
    }

    /// When what is at the front should have been answered; of an idle connection, when it is asked for a sign.
    private func answerLimit(of session: Session) -> ContinuousClock.Instant? {
        switch session.segments.first {
        case .flight(let flight):
            // Each statement of a group has the server's limit for itself.
            options.statementTimeout > .zero
                ? session.headSince + options.statementTimeout * max(flight.request.statements.count, 1)
                    + Self.grace
                : nil
        case .prepare:
            // It waits for locks as the statement itself would.
            options.statementTimeout > .zero ? session.headSince + options.statementTimeout + Self.grace : nil
        case .care: session.headSince + Self.grace
        case .script: nil
        case nil: session.lastActivity + options.healthInterval
        }
    }

    private func passed(_ session: Session, _ now: ContinuousClock.Instant) {
        if session.isIdle {
            session.lastActivity = now
            if !session.care(.health, []) { lose(session) }
            return
        }
        if let next = session.cancelling?.next, next <= now { askToCancel(session) }
        // Those behind a slow one only stop waiting; what is at the front takes the connection with it.
        for case let flight? in session.segments.all.dropFirst().map(\.flight) {
            guard let deadline = flight.cancelDeadline, deadline <= now else { continue }
            flight.cancelDeadline = nil
            flight.finish(PostgresError(.cancelled, message: "the task was cancelled", mayHaveHappened: true))
        }
        guard let limit = limit(of: session), limit <= now else { return }
        session.giveUp(session.cancelling == nil ? .silent : .stuck)
        lose(session)
    }

    /// A connection came out of a round trip of our own.
    func cared(_ care: Session.Care, _ error: PostgresError?, on session: Session) {
        switch care {
        case .deallocate, .health: break
        case .settle:
            session.settling -= 1
            if case .leased = session.use { advance(session) }
        case .reset:
            guard error == nil, !session.isInTransaction, case .resetting(let request) = session.use else {
                lose(session)
                return
            }
            session.use = .shared
            request.release.finish(.success(()))
        case .listen: listening(error, on: session)
        }
    }

    /// Takes a connection back from its owner.
    func release(_ request: PostgresLeaseRequest) {
        lostLeases[request.id] = nil
        guard let session = sessions.values.first(where: { $0.lease == request.id }) else {
            request.release.finish(.success(()))
            return
        }
        for flight in session.waiting.removeAll() { flight.finish(.cancelledBeforeSending) }
        session.use = .resetting(request)
        // A script still on its way can't be followed in a pipeline; its owner went away in the middle.
        if case .script = session.segments.first {
            lose(session)
            return
        }
        // Where nothing is open, the server would write a warning into its log each time.
        let mayBeOpen = session.segments.first != nil || session.isInTransaction
        let statements = [
            "CLOSE ALL", "UNLISTEN *", "RESET ALL", "SELECT pg_catalog.pg_advisory_unlock_all()",
        ]
        if !session.care(.reset, (mayBeOpen ? ["ROLLBACK"] : []) + statements) { lose(session) }
    }
}

extension PostgresError {
    static let silent = PostgresError(
        .connectionLost,
        message: "the server stopped answering",
        hint: PostgresError.hint(for: .connectionLost, ""),
        mayHaveHappened: true
    )
}
