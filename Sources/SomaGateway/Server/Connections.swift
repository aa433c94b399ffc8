import NIOCore
import Synchronization

/// The open connections of the gateway.
final class Connections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosing = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// How many there are.
    var count: Int { state.withLock { $0.channels.count } }

    /// Takes a connection in, unless there are too many.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdmitted = state.withLock { state in
            guard !state.isClosing, state.channels.count < limit else { return false }
            state.channels[id] = channel
            return true
        }
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        return true
    }

    private func remove(_ id: ObjectIdentifier) { state.withLock { $0.channels[id] = nil } }

    /// Ends each connection as soon as its request has been answered; takes no further ones.
    func quiesce() {
        let channels = state.withLock { state in
            state.isClosing = true
            return state.channels.values.map { $0 }
        }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Ends each connection at once.
    func cut() {
        for channel in state.withLock({ $0.channels.values.map { $0 } }) { channel.close(promise: nil) }
    }
}
