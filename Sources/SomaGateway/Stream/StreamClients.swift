import NIOCore
import SomaEngine
import Synchronization

/// Everybody who follows the stream.
final class StreamClients: Sendable {
    private let options: GatewayOptions
    private let observer: any GatewayObserver
    private let clients = Mutex<[ObjectIdentifier: StreamClient]>([:])

    init(options: GatewayOptions, observer: any GatewayObserver) {
        self.options = options
        self.observer = observer
    }

    /// How many there are.
    var count: Int { clients.withLock { $0.count } }

    /// Takes a connection in, unless there are too many. It leaves when it closes or its stream ends.
    func add(_ channel: any Channel) -> StreamClient? {
        let client = StreamClient(channel)
        let id = ObjectIdentifier(channel)
        let isAdmitted = clients.withLock { clients in
            guard clients[id] != nil || clients.count < options.streamsMax else { return false }
            clients[id] = client
            // Inside the lock: counts are told in the order in which they were true.
            observer.streaming(clients: clients.count)
            return true
        }
        guard isAdmitted else { return nil }
        channel.closeFuture.whenComplete { _ in
            client.end()
            self.remove(client)
        }
        return client
    }

    /// Lets a client go.
    func remove(_ client: StreamClient) {
        let id = ObjectIdentifier(client.channel)
        clients.withLock { clients in
            guard clients[id] === client else { return }
            clients[id] = nil
            observer.streaming(clients: clients.count)
        }
    }

    /// Lets the client of a connection go, before its stream has begun.
    func leave(_ channel: any Channel) {
        if let client = clients.withLock({ $0[ObjectIdentifier(channel)] }) { remove(client) }
    }

    /// Ends all streams in order.
    func endAll() { for client in clients.withLock({ Array($0.values) }) { client.end() } }

    /// Makes silent streams say that they are alive and cuts those that take nothing, until cancelled.
    ///
    /// One clock for all streams: a thousand of them cost no timers.
    func watch() async {
        let tick = min(options.heartbeat / 4, options.stallMax / 4, .seconds(1))
        while true {
            do { try await Task.sleep(for: tick) } catch { return }
            let now = ContinuousClock.now
            for client in clients.withLock({ Array($0.values) }) {
                client.tick(now, heartbeat: options.heartbeat, stallMax: options.stallMax)
            }
        }
    }
}

/// One client of the stream.
final class StreamClient: Sendable {
    private struct State {
        var waiter: Task<Void, Never>?
        var isEnded = false
        var isBeatDue = false
        var isWriting = false
        var since = ContinuousClock.now
    }

    /// The connection.
    let channel: any Channel
    private let state = Mutex(State())

    init(_ channel: any Channel) { self.channel = channel }

    /// Whether nothing more is to be sent.
    var isEnded: Bool { state.withLock { $0.isEnded } }

    /// Ends the stream after what is being sent.
    func end() {
        state.withLock { state in
            state.isEnded = true
            state.waiter?.cancel()
        }
    }

    /// Whether the client should hear that the stream is alive; asked once, answered once.
    func takeBeat() -> Bool {
        state.withLock { state in
            defer { state.isBeatDue = false }
            return state.isBeatDue
        }
    }

    /// Marks the time in which the client has to take something.
    func writing(_ isWriting: Bool) {
        state.withLock { state in
            state.isWriting = isWriting
            state.since = ContinuousClock.now
        }
    }

    /// Waits for news, for the time to say something, or for the end.
    ///
    /// - Parameter news: Returns once there are any, or when it is cancelled.
    func wait(_ news: @escaping @Sendable () async -> Void) async {
        let task = Task { await news() }
        state.withLock { state in
            state.waiter = task
            if state.isEnded || state.isBeatDue { task.cancel() }
        }
        await task.value
        state.withLock { $0.waiter = nil }
    }

    /// Looks at the time.
    func tick(_ now: ContinuousClock.Instant, heartbeat: Duration, stallMax: Duration) {
        let isStalled = state.withLock { state in
            if state.isWriting { return now - state.since >= stallMax }
            guard now - state.since >= heartbeat else { return false }
            state.isBeatDue = true
            state.waiter?.cancel()
            return false
        }
        // What the client has taken in full carries the place to resume from: nothing is lost to it.
        if isStalled { channel.close(promise: nil) }
    }
}
