internal import CPostgres
import SomaLoop

/// What comes back on a connection.
extension Session {
    /// Reads what has come; `isAlive` is false when nothing will come any more.
    func receive() -> (events: [Event], isAlive: Bool) {
        var events: [Event] = []
        var isAlive = true
        // What libpq leaves of a TLS record has left the socket, and would wake nobody.
        repeat { isAlive = receive(&events) } while isAlive && soma_pg_decoded(pointer) > 0
        if !events.isEmpty { lastActivity = ContinuousClock.now }
        return (events, isAlive)
    }

    private func receive(_ events: inout [Event]) -> Bool {
        let isReadable = PQconsumeInput(pointer) == 1
        var isSound = true
        while isSound, !segments.isEmpty, PQisBusy(pointer) == 0 {
            if let result = PQgetResult(pointer) {
                isSound = note(PostgresResult(taking: result), &events)
            } else {
                isSound = endOfStatement(&events)
            }
        }
        while let notice = PQnotifies(pointer) {
            events.append(
                .notified(
                    channel: String(cString: notice.pointee.relname),
                    payload: String(cString: notice.pointee.extra)
                )
            )
            PQfreemem(notice)
        }
        return isReadable && isSound && !isBroken
    }

    private func note(_ result: PostgresResult, _ events: inout [Event]) -> Bool {
        switch result.status {
        case .rows:
            head?.results.append(result.rows)
            isBetweenResults = false
        case .sync:
            finishHead(&events)
        case .failed:
            let error = result.error(values: head?.currentTexts ?? [])
            if result.isFatal || isBroken {
                // What the server was doing was rolled back, and what came behind it was never begun.
                if result.isFatal { farewell = error }
                return false
            }
            failure = failure ?? error
            isBetweenResults = false
        case .skipped:
            isBetweenResults = false
        case .unusable:
            farewell = PostgresError(
                .protocol,
                message: "a statement began to copy data, which Soma never does",
                mayHaveHappened: true
            )
            return false
        }
        return true
    }

    /// libpq ends each statement's results with NULL; a second one in a row would mean that we count wrongly.
    private func endOfStatement(_ events: inout [Event]) -> Bool {
        if case .script = segments.first {
            finishHead(&events)
            return PQenterPipelineMode(pointer) == 1
        }
        guard !isBetweenResults else {
            farewell = PostgresError(
                .protocol,
                message: "the server's answers don't fit the questions",
                mayHaveHappened: true
            )
            return false
        }
        isBetweenResults = true
        return !isBroken
    }

    private func finishHead(_ events: inout [Event]) {
        let error = failure
        failure = nil
        let now = ContinuousClock.now
        head?.took = now - headSince
        isBetweenResults = false
        headSince = now
        if segments.count == 1 { hasCancelled = false }
        switch segments.popFirst() {
        case .prepare(let key): if error != nil { cache.remove(key) }
        case .flight(let flight), .script(let flight):
            flight.error = error
            events.append(.finished(flight))
        case .care(let care): events.append(.cared(care, error))
        case nil: break
        }
    }

    // MARK: The end

    /// Takes what was on its way when the connection was lost, each with the error to report.
    ///
    /// A server's farewell comes instead of an answer: what it belongs to was rolled back, and nothing behind it was
    /// begun. Without one, nobody knows how far the server came.
    func abandon() -> [(flight: Flight, error: PostgresError)] {
        let words = lossWords
        var isKnown = farewell != nil && farewell?.mayHaveHappened == false
        // Every statement had succeeded; only the word of the commit was missing.
        if let head, head.results.count == head.request.statements.count, !head.request.isScript {
            isKnown = false
        }
        let unsent = waiting.removeAll().map { ($0, words.with(mayHaveHappened: false)) }
        let flights = segments.removeAll().compactMap(\.flight)
        return flights.map { ($0, words.with(mayHaveHappened: !isKnown)) } + unsent
    }

    /// Why the connection was lost, as far as anybody said.
    var lossWords: PostgresError { farewell ?? noticedFarewell ?? .lost }

    /// Gives up a connection that doesn't answer.
    func giveUp(_ reason: PostgresError) { farewell = reason }

    func forgetStatements() -> Bool {
        cache.removeAll()
        return care(.deallocate, ["DEALLOCATE ALL"])
    }
}
