import Glibc
import SomaLoop

/// The thread that owns the connections: the only code that touches them and what waits for them.
///
/// Made by one thread and then used by one other; it is handed over before that one starts.
final class PoolLoop {
    /// The first and the longest time between two attempts to connect.
    static let reconnecting = Duration.milliseconds(50) ... .seconds(5)

    let options: PostgresOptions
    let mailbox: PoolMailbox
    private let bell: LoopBell

    var sessions: [Int: Session] = [:]
    private var ids: [Int32: Int] = [:]
    private var lastID = 0
    /// What waits for a connection, in the order in which it came.
    var queue = Fifo<Flight>()
    var leases = Fifo<(request: PostgresLeaseRequest, deadline: ContinuousClock.Instant)>()
    /// Why connections were lost that somebody still holds.
    var lostLeases: [LeaseID: PostgresError] = [:]
    var listeners: [UInt64: ListenerState] = [:]

    /// Threads that are opening connections.
    let connectors = Connectors()
    /// Connections that are being opened for the pool.
    var opening = 0
    var backoff = Backoff(reconnecting)
    var nextAttempt = ContinuousClock.now
    var lastFailure: PostgresError?
    var hasConnected = false
    var random = SystemRandomNumberGenerator()
    var counts = PostgresHealth.Counts()

    init(options: PostgresOptions, mailbox: PoolMailbox, bell: LoopBell) {
        (self.options, self.mailbox, self.bell) = (options, mailbox, bell)
    }

    func run() {
        mailbox.loopBegins()
        while obeyCommands() {
            assign()
            mailbox.turn()
            for socket in waitForSockets() { ready(socket) }
            enforceLimits()
        }
        end()
    }

    // MARK: Commands

    /// Returns whether to go on.
    private func obeyCommands() -> Bool {
        while true {
            // What tasks on this thread ask for belongs to the same turn.
            let commands = mailbox.take()
            if commands.isEmpty { return true }
            guard obey(commands) else { return false }
        }
    }

    private func obey(_ commands: [PoolCommand]) -> Bool {
        for (index, command) in commands.enumerated() {
            switch command {
            case .run(let request): accept(request)
            case .cancel(let request): cancel(request)
            case .lease(let request): accept(request)
            case .cancelLease(let request): cancel(request)
            case .release(let request): release(request)
            case .listen(let listener): listen(listener)
            case .unlisten(let id): unlisten(id)
            case .connected(let result, let listener): connected(result, listener: listener)
            case .cancelDelivered(let id): cancelDelivered(id)
            case .health(let reply): reply.finish(.success(health))
            case .job(let job): job.runSynchronously(on: mailbox.asUnownedTaskExecutor())
            case .stop:
                refuse(commands[(index + 1)...])
                return false
            }
        }
        return true
    }

    private func accept(_ request: PostgresRequest) {
        if request.reply.isCancelled {
            request.reply.finish(.failure(.cancelledBeforeSending))
            return
        }
        let flight = Flight(request, deadline: ContinuousClock.now + options.acquireTimeout)
        if let lease = request.lease {
            guard let session = sessions.values.first(where: { $0.lease == lease }) else {
                request.reply.finish(.failure((lostLeases[lease] ?? .lost).with(mayHaveHappened: false)))
                return
            }
            session.waiting.append(flight)
            advance(session)
        } else if queue.count >= options.maximumWaiting {
            request.reply.finish(.failure(exhausted("\(queue.count) callers wait already")))
        } else {
            queue.append(flight)
        }
    }

    private func accept(_ request: PostgresLeaseRequest) {
        if request.reply.isCancelled {
            request.reply.finish(.failure(.cancelledBeforeSending))
        } else if leases.count >= options.maximumWaiting {
            request.reply.finish(.failure(exhausted("\(leases.count) callers wait already")))
        } else {
            leases.append((request, ContinuousClock.now + options.acquireTimeout))
        }
    }

    // MARK: Sockets

    /// The sockets on which something happened. There are few of them, so a list that is made anew each time is as
    /// quick as one that the kernel keeps.
    private func waitForSockets() -> [Int32] {
        var polled = [pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)]
        for session in sessions.values {
            let events = session.wantsToWrite ? POLLIN | POLLOUT : POLLIN
            polled.append(pollfd(fd: session.socket, events: Int16(events), revents: 0))
        }
        let patience = mailbox.isEmpty ? pollMilliseconds() : 0
        guard poll(&polled, nfds_t(polled.count), patience) > 0 else { return [] }
        return polled.compactMap { $0.revents == 0 ? nil : $0.fd }
    }

    func add(_ handle: ConnectedHandle) -> Session {
        lastID += 1
        let session = Session(id: lastID, handle: handle, options: options)
        sessions[session.id] = session
        ids[session.socket] = session.id
        return session
    }

    private func ready(_ socket: Int32) {
        if socket == bell.descriptor {
            bell.hush()
            return
        }
        guard let id = ids[socket], let session = sessions[id] else { return }
        if session.wantsToWrite, !session.flush() {
            lose(session)
            return
        }
        let (events, isAlive) = session.receive()
        for event in events { handle(event, of: session) }
        guard isAlive else {
            lose(session)
            return
        }
        advance(session)
        stopHead(of: session)
    }

    private func handle(_ event: Session.Event, of session: Session) {
        switch event {
        case .finished(let flight): finished(flight, on: session)
        case .cared(let care, let error): cared(care, error, on: session)
        case .notified(let channel, let payload): notified(channel, payload, on: session)
        }
    }

    /// Forgets a connection that is broken, and says so to those who waited for its answers.
    func lose(_ session: Session) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        ids[session.socket] = nil
        counts.lost += 1
        switch session.use {
        case .leased(let id): lostLeases[id] = session.lossWords
        case .resetting(let request): request.release.finish(.success(()))
        case .shared, .reserved, .listening: break
        }
        // Backwards, since what is repeated goes to the front of the queue.
        for (flight, error) in session.abandon().reversed() { abandoned(flight, error) }
        session.close()
        if case .listening(let id) = session.use { listenerLost(id) }
    }

    // MARK: The end

    private func end() {
        refuse(mailbox.close()[...])
        for flight in queue.removeAll() { flight.finish(.closed) }
        for (request, _) in leases.removeAll() { request.reply.finish(.failure(.closed)) }
        for listener in listeners.values { listener.listener.finish() }
        for session in sessions.values {
            for (flight, error) in session.abandon() {
                flight.finish(
                    error.mayHaveHappened ? PostgresError.closed.with(mayHaveHappened: true) : .closed
                )
            }
            if case .resetting(let request) = session.use { request.release.finish(.success(())) }
            session.close()
        }
        sessions = [:]
        connectors.waitForAll()
        mailbox.announceEnd()
    }

    private func refuse(_ commands: ArraySlice<PoolCommand>) {
        for command in commands {
            switch command {
            case .run(let request): request.reply.finish(.failure(.closed))
            case .lease(let request): request.reply.finish(.failure(.closed))
            case .release(let request): request.release.finish(.success(()))
            case .listen(let listener): listener.finish()
            case .health(let reply): reply.finish(.failure(.closed))
            case .job(let job): job.runSynchronously(on: mailbox.asUnownedTaskExecutor())
            case .connected(.success(let handle), _): Session(id: 0, handle: handle, options: options).close()
            default: break
            }
        }
    }
}
