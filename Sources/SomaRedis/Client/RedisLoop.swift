import Glibc
import SomaLoop

/// The thread that owns the connection: the only code that touches it and who waits for it.
///
/// Made by one thread and then used by one other; it is handed over before that one starts.
final class RedisLoop {
    /// How far the connection is.
    private enum Link {
        /// It is tried again then.
        case resting(until: ContinuousClock.Instant)
        case dialing
        case greeting(RedisConnection, deadline: ContinuousClock.Instant)
        case up(RedisConnection, since: ContinuousClock.Instant)
    }

    private let options: RedisOptions
    private let mailbox: RedisMailbox
    private let bell: LoopBell
    private let status: RedisStatus
    private var link = Link.resting(until: .now)
    private var backoff: Backoff
    private var random = SystemRandomNumberGenerator()
    /// Calls that came before the first attempt to connect had ended; later ones don't wait for a connection.
    private var early = Fifo<RedisCall>()
    private var isFirst = true

    init(options: RedisOptions, mailbox: RedisMailbox, bell: LoopBell, status: RedisStatus) {
        (self.options, self.mailbox, self.bell, self.status) = (options, mailbox, bell, status)
        backoff = Backoff(options.backoff)
    }

    func run() {
        while obey() {
            enforceLimits()
            waitForSockets()
        }
        refuse(mailbox.close()[...])
        lose(.closed)
        mailbox.announceEnd()
    }

    /// Returns whether to go on.
    private func obey() -> Bool {
        var messages = mailbox.take()[...]
        while let message = messages.popFirst() {
            switch message {
            case .call(let call): accept(call)
            case .connected(.success(let connected)): greet(RedisConnection(connected))
            case .connected(.failure(let error)): lose(error)
            case .stop:
                refuse(messages)
                return false
            }
        }
        if case .up(let connection, _) = link, !connection.flush() { lose(.lost) }
        return true
    }

    /// Nothing more is done: those who call are told, and a connection that came too late is closed.
    private func refuse(_ messages: ArraySlice<RedisMessage>) {
        for message in messages {
            switch message {
            case .call(let call): call.finish(.failure(.closed))
            case .connected(.success(let connected)): connected.free()
            case .connected(.failure), .stop: break
            }
        }
    }

    private func accept(_ call: RedisCall) {
        guard !call.isOver else { return }
        if case .up(let connection, _) = link {
            guard connection.expected.count + call.commands.count <= options.waitingMax else {
                call.finish(.failure(.overloaded))
                return
            }
            if !connection.send(call) {
                call.finish(.failure(.lost))
                lose(.lost)
            }
        } else if isFirst, early.count < options.waitingMax {
            early.append(call)
        } else {
            call.finish(.failure(status.failure ?? .dialing))
        }
    }

    // MARK: The connection

    private func dial() {
        link = .dialing
        if !RedisConnector.start(options, mailbox) {
            lose(RedisError(.away, "this machine has no thread left to connect with"))
        }
    }

    private func greet(_ connection: RedisConnection) {
        link = .greeting(connection, deadline: .now + options.connectTimeout)
        if !connection.greet(options) { lose(.lost) }
    }

    private func greeted(_ connection: RedisConnection) {
        link = .up(connection, since: .now)
        isFirst = false
        status.change(to: nil)
        while let call = early.popFirst() { accept(call) }
        if case .up(let connection, _) = link, !connection.flush() { lose(.lost) }
    }

    /// Gives the connection up, tells those who wait, and tries again later.
    private func lose(_ error: RedisError) {
        switch link {
        case .greeting(let connection, _), .up(let connection, _):
            if case .up(_, let since) = link { backoff.held(for: .now - since) }
            connection.abandon(error)
            connection.close()
        case .resting, .dialing: break
        }
        link = .resting(until: .now + backoff.next(random: &random))
        isFirst = false
        while let call = early.popFirst() { call.finish(.failure(error)) }
        if error.kind != .closed { status.change(to: error) }
    }

    // MARK: Sockets

    private func waitForSockets() {
        var polled = [pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)]
        switch link {
        case .greeting(let connection, _), .up(let connection, _):
            let events = connection.wantsToWrite ? POLLIN | POLLOUT : POLLIN
            polled.append(pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
        case .resting, .dialing: break
        }
        guard poll(&polled, nfds_t(polled.count), pollMilliseconds) > 0 else { return }
        if polled[0].revents != 0 { bell.hush() }
        guard polled.count > 1, polled[1].revents != 0 else { return }
        switch link {
        case .greeting(let connection, _), .up(let connection, _): ready(connection)
        case .resting, .dialing: break
        }
    }

    private func ready(_ connection: RedisConnection) {
        do throws(RedisError) {
            guard !connection.wantsToWrite || connection.flush() else { throw .lost }
            for (greeting, _) in try connection.receive() where greeting == .script { greeted(connection) }
        } catch {
            lose(error)
        }
    }

    // MARK: Time

    /// What is waited for, and until when.
    private var nextDeadline: ContinuousClock.Instant? {
        switch link {
        case .resting(let until): until
        case .dialing: early.first?.deadline
        case .greeting(_, let deadline): min(deadline, early.first?.deadline ?? deadline)
        // All wait equally long, so the one at the front is due first.
        case .up(let connection, _): connection.firstCall?.deadline
        }
    }

    private var pollMilliseconds: Int32 {
        guard let nextDeadline else { return -1 }
        return Int32(clamping: max(0, (nextDeadline - .now).milliseconds))
    }

    private func enforceLimits() {
        let now = ContinuousClock.now
        while let call = early.first, call.deadline <= now {
            _ = early.popFirst()
            call.finish(.failure(.timeout(options.timeout)))
            // The name may take long to be resolved. One call has waited for that; others needn't.
            isFirst = false
        }
        switch link {
        case .resting(let until) where until <= now: dial()
        case .greeting(_, let deadline) where deadline <= now: lose(.timeout(options.connectTimeout))
        // Answers come in order: nobody behind it would get one either, and later ones would be taken for theirs.
        case .up(let connection, _):
            guard let call = connection.firstCall, call.deadline <= now else { return }
            lose(.timeout(options.timeout))
        case .resting, .dialing, .greeting: break
        }
    }
}
