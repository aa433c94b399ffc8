internal import CPostgres
import Glibc
import SomaLoop

/// One connection as the loop has it: what is on its way on it, and what came back. Knows nothing of the pool.
final class Session {
    /// Whom it may be used by.
    enum Use {
        /// Everybody.
        case shared
        /// Nobody new: somebody waits to have it alone.
        case reserved
        /// The one caller that has it.
        case leased(LeaseID)
        /// Nobody: it is brought back into the state of a new one.
        case resetting(PostgresLeaseRequest)
        /// A listener for notifications.
        case listening(UInt64)
    }

    var isShared: Bool { if case .shared = use { true } else { false } }
    var isReserved: Bool { if case .reserved = use { true } else { false } }
    var isListening: Bool { if case .listening = use { true } else { false } }
    /// The lease of whoever has it alone.
    var lease: LeaseID? { if case .leased(let id) = use { id } else { nil } }

    /// A cancelled statement that the server was asked to stop.
    struct Cancelling {
        let flight: Flight
        let deadline: ContinuousClock.Instant
        /// The request has been delivered; until then it could hit whatever runs next.
        var isDelivered = false
        /// The server may have got it before the statement began; then it is asked again.
        var next: ContinuousClock.Instant?
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

    /// Why we speak to a session ourselves.
    enum Care {
        case deallocate, reset, listen
        /// Whether it still answers.
        case health
        /// Whatever a request to cancel could still hit lies before this.
        case settle
    }

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
    /// Round trips on their way behind which no request to cancel can hit anything any more.
    var settling = 0
    /// What a lease's owner wants next, while something of it is on its way.
    var waiting = Fifo<Flight>()
    /// When the last answer came.
    var lastActivity = ContinuousClock.now
    /// When what is being answered came to the front.
    var headSince = ContinuousClock.now
    var segments = Fifo<Segment>()
    var cache: StatementCache
    /// libpq has bytes that the socket didn't take.
    var wantsToWrite = false
    /// Whether tasks of what is on its way were cancelled.
    var hasCancelled = false
    /// The error of what is being answered, and whether a NULL has just ended one statement's results.
    var failure: PostgresError?
    var isBetweenResults = false
    /// Why there will be no more answers.
    var farewell: PostgresError?
    /// Nothing is left of it at libpq.
    private(set) var isClosed = false
    /// The same, where the server said it while nothing was on its way.
    private let notice = UnsafeMutablePointer<soma_pg_farewell>.allocate(capacity: 1)

    init(id: Int, handle: ConnectedHandle, options: PostgresOptions) {
        self.id = id
        pointer = handle.pointer
        socket = PQsocket(handle.pointer)
        cache = StatementCache(capacity: options.preparedStatements)
        soma_pg_note_farewell(pointer, notice)
    }

    /// Closes the connection. What came before may still be looked at; nothing is sent any more.
    func close() {
        isClosed = true
        PQfinish(pointer)
        notice.deallocate()
    }

    /// What the server said when it ended the session while it was idle.
    var noticedFarewell: PostgresError? {
        let state = String(cString: soma_pg_farewell_state(notice))
        guard !state.isEmpty else { return nil }
        return PostgresError(sqlState: state, words: String(cString: soma_pg_farewell_words(notice)))
    }

    var isIdle: Bool { segments.isEmpty && isSettled }
    /// No request to cancel is under way that could hit what is sent next.
    var isSettled: Bool { cancelling == nil && settling == 0 }
    var head: Flight? { segments.first?.flight }
    /// What a request to cancel would hit: the request at the front, or whose preparation is there.
    var stoppable: Flight? {
        if case .prepare = segments.first { return segments.all.lazy.compactMap(\.flight).first }
        return head
    }
    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    var isInTransaction: Bool { !isClosed && PQtransactionStatus(pointer) != PQTRANS_IDLE }

    // MARK: Sending

    /// Puts a caller's statements on the way; `false` when the connection is broken.
    func send(_ flight: Flight) -> Bool {
        let request = flight.request
        if request.isScript { return sendScript(flight, request.statements.first?.sql ?? "") }
        let mayPrepare =
            isShared && !flight.isPlain && cache.capacity > 0
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

    /// Puts statements of our own on the way; `false` when the connection is broken, or was closed for another answer
    /// that came along with the one that asks for it.
    func care(_ care: Care, _ statements: [String]) -> Bool {
        guard !isClosed else { return false }
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

    func push(_ segment: Segment) {
        if segments.isEmpty { headSince = ContinuousClock.now }
        segments.append(segment)
    }

    /// Hands libpq's bytes to the socket; `false` when the connection is broken.
    func flush() -> Bool {
        let left = PQflush(pointer)
        wantsToWrite = left == 1
        return left >= 0
    }
}
