internal import CPostgres
import SomaLoop

/// What becomes of the requests that are on their way.
extension PoolLoop {
    /// How often a request is repeated that certainly wasn't carried out.
    private static let mostRepeats = 3
    /// When the server is asked again to stop what it still is at.
    private static let askAgain = Duration.milliseconds(200)

    /// Sends what a lease's owner wants next.
    func advance(_ session: Session) {
        while let flight = session.waiting.first {
            // A script needs the connection outside of pipeline mode, alone.
            if case .script = session.segments.first { return }
            if flight.request.isScript, !session.segments.isEmpty { return }
            _ = session.waiting.popFirst()
            if flight.isCancelled {
                flight.finish(.cancelledBeforeSending)
            } else if !put(flight, on: session) {
                return
            }
        }
    }

    /// Puts a request on the way; `false` when that cost the connection.
    func put(_ flight: Flight, on session: Session) -> Bool {
        if session.send(flight) { return true }
        let isUnderWay = session.segments.all.contains { $0.flight === flight }
        let error = session.lossWords
        lose(session)
        // Without the Sync behind it nothing of it is committed.
        if !isUnderWay { abandoned(flight, error.with(mayHaveHappened: false)) }
        return false
    }

    func finished(_ flight: Flight, on session: Session) {
        if session.cancelling?.flight === flight { settleCancelling(session) }
        guard let error = flight.error else {
            counts.statements += flight.results.count
            flight.finish(nil)
            return
        }
        switch error.sqlState {
        case "57014" where flight.isCancelled:
            flight.finish(error.with(mayHaveHappened: false))
        case "26000" where flight.isCancelled && flight.usedPrepared:
            // The cancellation hit its preparation.
            flight.finish(.cancelledBeforeSending)
        case "57014" where !session.isSettled:
            // Hit by the request that was meant for its neighbour; it was rolled back.
            again(flight, error)
        case "57014"
        where options.statementTimeout > .zero && flight.took >= options.statementTimeout * 9 / 10:
            // The server doesn't say which it was in a way that programs can read, and two clocks measure the time.
            flight.finish(.statementTimeout(options.statementTimeout))
        case "26000" where flight.usedPrepared, "0A000" where flight.usedPrepared:
            // The statement could not be prepared ahead, or the schema has changed since; nothing was done.
            if error.sqlState == "0A000", !session.forgetStatements() { lose(session) }
            flight.isPlain = true
            again(flight, error)
        default: flight.finish(error)
        }
    }

    /// Repeats what certainly wasn't carried out. In a lease only its owner knows what that would mean.
    private func again(_ flight: Flight, _ error: PostgresError) {
        guard flight.request.lease == nil, !flight.isCancelled, flight.repeats < Self.mostRepeats else {
            flight.finish(error)
            return
        }
        flight.rewind()
        queue.prepend(flight)
    }

    /// A connection was lost with this on its way.
    func abandoned(_ flight: Flight, _ error: PostgresError) {
        if flight.isCancelled, !error.mayHaveHappened {
            flight.finish(.cancelledBeforeSending)
        } else if error.mayHaveHappened || !error.isRetryable {
            flight.finish(error)
        } else {
            again(flight, error)
        }
    }

    // MARK: Cancelling

    func cancel(_ request: PostgresRequest) {
        for flight in queue.removeAll(where: { $0.request === request }) {
            flight.finish(.cancelledBeforeSending)
        }
        for session in sessions.values {
            for flight in session.waiting.removeAll(where: { $0.request === request }) {
                flight.finish(.cancelledBeforeSending)
            }
            guard
                let flight = session.segments.all.lazy.compactMap(\.flight).first(where: {
                    $0.request === request
                })
            else { continue }
            flight.cancelDeadline = ContinuousClock.now + options.cancelTimeout
            session.hasCancelled = true
            stopHead(of: session)
        }
    }

    /// Stops what is at the front if its task was cancelled. A request to cancel hits whatever the server is at, so
    /// one that waits its turn is stopped when it comes.
    func stopHead(of session: Session) {
        guard session.hasCancelled, session.cancelling == nil, let head = session.stoppable, head.isCancelled
        else {
            return
        }
        session.cancelling = Session.Cancelling(
            flight: head,
            deadline: ContinuousClock.now + options.cancelTimeout
        )
        counts.cancelled += 1
        askToCancel(session)
    }

    func cancel(_ request: PostgresLeaseRequest) {
        for (request, _) in leases.removeAll(where: { $0.request === request }) {
            request.reply.finish(.failure(.cancelledBeforeSending))
        }
    }

    /// Asks the server to stop what it is at.
    func askToCancel(_ session: Session) {
        guard let request = PQgetCancel(session.pointer) else { return }
        session.cancelling?.isDelivered = false
        session.cancelling?.next = nil
        let handle = CancelHandle(pointer: request)
        let (mailbox, id) = (mailbox, session.id)
        let isStarted = LoopThread.start(named: "soma-pg-cancel") {
            handle.deliver()
            mailbox.post(.cancelDelivered(session: id))
        }
        if !isStarted {
            handle.free()
            session.giveUp(.stuck)
            lose(session)
        }
    }

    func cancelDelivered(_ id: Int) {
        guard let session = sessions[id], let cancelling = session.cancelling else { return }
        session.cancelling?.isDelivered = true
        if session.stoppable === cancelling.flight {
            session.cancelling?.next = ContinuousClock.now + Self.askAgain
        } else {
            settleCancelling(session)
        }
    }

    /// Once the request was delivered and its aim has ended, a round trip makes sure that it hits nothing later.
    private func settleCancelling(_ session: Session) {
        guard session.cancelling?.isDelivered == true else { return }
        session.cancelling = nil
        session.settling += 1
        guard session.care(.settle, []) else {
            lose(session)
            return
        }
        stopHead(of: session)
    }
}

/// libpq's request to cancel.
///
/// `@unchecked Sendable` because libpq made it for being used on another thread than its connection's.
private struct CancelHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Opens a connection for it and waits until the server has closed that one.
    func deliver() {
        var words = [CChar](repeating: 0, count: 256)
        PQcancel(pointer, &words, 256)
        free()
    }

    func free() { PQfreeCancel(pointer) }
}

extension PostgresError {
    static let cancelledBeforeSending = PostgresError(
        .cancelled,
        message: "the task was cancelled; nothing was done"
    )

    static let lost = PostgresError(
        .connectionLost,
        message: "the connection to the server was lost",
        hint: hint(for: .connectionLost, "")
    )

    /// The server doesn't even answer that it stopped.
    static let stuck = PostgresError(
        .connectionLost,
        message: "the server didn't stop a cancelled statement; its connection was closed",
        hint: hint(for: .connectionLost, ""),
        mayHaveHappened: true
    )

    static func statementTimeout(_ limit: Duration) -> PostgresError {
        PostgresError(
            .timeout,
            sqlState: "57014",
            message: "a statement took longer than \(limit), or was cancelled at the server",
            hint: hint(for: .timeout, "57014")
        )
    }
}
