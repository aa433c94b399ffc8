import Glibc
import SomaLoop

/// Somebody who wants a channel's notifications.
final class PostgresListener: Sendable {
    let id: UInt64
    let channel: String
    private let continuation: AsyncStream<String>.Continuation

    init(id: UInt64, channel: String, continuation: AsyncStream<String>.Continuation) {
        (self.id, self.channel, self.continuation) = (id, channel, continuation)
    }

    func yield(_ payload: String) { continuation.yield(payload) }
    func finish() { continuation.finish() }

    /// The command, with the channel as a quoted name.
    var command: String { "LISTEN \"\(channel.replacing("\"", with: "\"\""))\"" }
}

/// A listener and its connection.
struct ListenerState {
    let listener: PostgresListener
    var backoff = Backoff(PoolLoop.reconnecting)
    /// It has no connection and waits until it is time for the next attempt.
    var isWaiting = false
    var nextAttempt = ContinuousClock.now
    var session: Int?
}

extension PoolLoop {
    func listen(_ listener: PostgresListener) {
        listeners[listener.id] = ListenerState(listener: listener)
        open(listener: listener.id)
    }

    func unlisten(_ id: UInt64) {
        guard let state = listeners.removeValue(forKey: id) else { return }
        if let session = state.session.flatMap({ sessions[$0] }) { lose(session) }
    }

    func startListening(_ id: UInt64, on session: Session) {
        session.use = .listening(id)
        guard let state = listeners[id] else {
            lose(session)
            return
        }
        listeners[id]?.session = session.id
        if !session.care(.listen, [state.listener.command]) { lose(session) }
    }

    /// An empty payload says that listening began, and that something may have been missed before.
    func listening(_ error: PostgresError?, on session: Session) {
        guard case .listening(let id) = session.use else { return }
        guard error == nil else {
            lose(session)
            return
        }
        listeners[id]?.backoff.reset()
        listeners[id]?.listener.yield("")
    }

    func listenerLost(_ id: UInt64) {
        guard listeners[id] != nil else { return }
        let delay = listeners[id]?.backoff.next(random: &random) ?? .zero
        listeners[id]?.session = nil
        listeners[id]?.isWaiting = true
        listeners[id]?.nextAttempt = ContinuousClock.now + delay
    }

    func notified(_ channel: String, _ payload: String, on session: Session) {
        guard case .listening(let id) = session.use, let listener = listeners[id]?.listener,
            listener.channel == channel
        else { return }
        listener.yield(payload)
    }
}
