internal import CPostgres
import Glibc

/// One connection as the loop has it: what is on its way on it, and what came back. Knows nothing of the pool.
final class Session {
    /// Whom it may be used by.
    enum Use: Equatable {
        /// Everybody.
        case shared
        /// Nobody new: somebody waits to have it alone.
        case reserved
        /// The one caller that has it.
        case leased(LeaseID)
        /// Nobody: it is brought back into the state of a new one.
        case resetting
        /// A listener for notifications.
        case listening(UInt64)
    }

    /// A cancelled statement that the server was asked to stop.
    struct Cancelling {
        let flight: Flight
        let deadline: ContinuousClock.Instant
        /// The request has been delivered; until then it could hit whatever runs next.
        var isDelivered = false
    }

    /// Statements that end in a Sync of their own.
    enum Segment {
        case prepare(StatementKey)
        case flight(Flight)
        case script(Flight)
        /// Our own care of the session; its rows are of no interest.
        case care(Care)

        var flight: Flight? {
            switch self {
            case .flight(let flight), .script(let flight): flight
            case .prepare, .care: nil
            }
        }
    }

    enum Care { case deallocate, reset, ping, listen }

    enum Event {
        case finished(Flight)
        case cared(Care, PostgresError?)
        case notified(channel: String, payload: String)
    }

    let id: Int
    let pointer: OpaquePointer
    let socket: Int32
    var use = Use.shared
    var cancelling: Cancelling?
    /// What a lease's owner wants next, while something of it is on its way.
    var waiting = Fifo<Flight>()
    /// When the last answer came.
    var lastActivity = ContinuousClock.now
    /// When what is being answered came to the front.
    private(set) var headSince = ContinuousClock.now
    private(set) var segments = Fifo<Segment>()
    private(set) var cache: StatementCache
    /// libpq has bytes that the socket didn't take.
    private(set) var wantsToWrite = false
    /// What the server said before it closed the connection.
    private var farewell: PostgresError?

    init(id: Int, handle: ConnectedHandle, options: PostgresOptions) {
        self.id = id
        pointer = handle.pointer
        socket = PQsocket(handle.pointer)
        cache = StatementCache(capacity: options.preparedStatements)
    }

    /// Closes the connection.
    func close() { PQfinish(pointer) }

    var isIdle: Bool { segments.isEmpty && cancelling == nil }
    var head: Flight? { segments.first?.flight }
    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    var isInTransaction: Bool { PQtransactionStatus(pointer) != PQTRANS_IDLE }

    // MARK: Sending

    /// Puts a caller's statements on the way; `false` when the connection is broken.
    func send(_ flight: Flight) -> Bool {
        let request = flight.request
        flight.wasSent = true
        if request.isScript { return sendScript(flight, request.statements.first?.sql ?? "") }
        let mayPrepare =
            use == .shared && !flight.isPlain && cache.capacity > 0
            && request.statements.count <= cache.capacity / 2
        // Prepared ahead and each behind a Sync of its own, so that the failure of one is its alone.
        if mayPrepare {
            for statement in request.statements where cache.name(of: statement.key) == nil {
                guard prepare(statement) else { return false }
            }
        }
        for statement in request.statements {
            let name = flight.isPlain ? nil : cache.name(of: statement.key)
            if name != nil { flight.usedPrepared = true }
            guard statement.parameters.send(statement.sql, preparedAs: name, to: pointer) else {
                return false
            }
        }
        return sync(.flight(flight))
    }

    /// Puts statements of our own on the way.
    func care(_ care: Care, _ statements: [String]) -> Bool {
        for sql in statements {
            guard PQsendQueryParams(pointer, sql, 0, nil, nil, nil, nil, 1) == 1 else { return false }
        }
        return sync(.care(care))
    }

    private func prepare(_ statement: PostgresRequest.Statement) -> Bool {
        let (name, evicted) = cache.insert(statement.key)
        if let evicted, !care(.deallocate, ["DEALLOCATE \(evicted)"]) { return false }
        let types = statement.parameters.types
        guard PQsendPrepare(pointer, name, statement.sql, Int32(types.count), types) == 1 else {
            return false
        }
        return sync(.prepare(statement.key))
    }

    private func sync(_ segment: Segment) -> Bool {
        guard PQpipelineSync(pointer) == 1 else { return false }
        push(segment)
        return flush()
    }

    /// Only the simple protocol takes several commands in one text, and libpq only outside of pipeline mode.
    private func sendScript(_ flight: Flight, _ sql: String) -> Bool {
        guard PQexitPipelineMode(pointer) == 1, PQsendQuery(pointer, sql) == 1 else { return false }
        push(.script(flight))
        return flush()
    }

    private func push(_ segment: Segment) {
        if segments.isEmpty { headSince = ContinuousClock.now }
        segments.append(segment)
    }

    /// Hands libpq's bytes to the socket; `false` when the connection is broken.
    func flush() -> Bool {
        let left = PQflush(pointer)
        wantsToWrite = left == 1
        return left >= 0
    }

    // MARK: Receiving

    /// Reads what has come; `isAlive` is false when nothing will come any more.
    func receive() -> (events: [Event], isAlive: Bool) {
        let isReadable = PQconsumeInput(pointer) == 1
        var events: [Event] = []
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
        if !events.isEmpty { lastActivity = ContinuousClock.now }
        return (events, isReadable && isSound && !isBroken)
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

    /// The error of what is being answered, and whether a NULL has just ended one statement's results.
    private var failure: PostgresError?
    private var isBetweenResults = false

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
        isBetweenResults = false
        headSince = ContinuousClock.now
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
        let words = farewell ?? lossWords
        var isKnown = farewell != nil && farewell?.mayHaveHappened == false
        // Every statement had succeeded; only the word of the commit was missing.
        if let head, head.results.count == head.request.statements.count, !head.request.isScript {
            isKnown = false
        }
        let unsent = waiting.removeAll().map { ($0, words.with(mayHaveHappened: false)) }
        let flights = segments.removeAll().compactMap(\.flight)
        return flights.map { ($0, words.with(mayHaveHappened: !isKnown)) } + unsent
    }

    private var lossWords: PostgresError {
        PostgresError(
            .connectionLost,
            message: "the connection to the server was lost",
            hint: PostgresError.hint(for: .connectionLost, "")
        )
    }

    /// Gives up a connection that doesn't answer.
    func giveUp(_ reason: PostgresError) { farewell = reason }

    func forgetStatements() -> Bool {
        cache.removeAll()
        return care(.deallocate, ["DEALLOCATE ALL"])
    }
}
