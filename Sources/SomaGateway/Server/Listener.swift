import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import Synchronization

/// Takes connections at one address.
final class Listener: Sendable {
    typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// Where it listens; a port of 0 has become the one that was given.
    let address: ListenAddress
    private let channel: NIOAsyncChannel<Connection, Never>
    private let http: HTTP1Channel
    private let socket: UnixSocket?
    private let isClosed = Atomic<Bool>(false)

    private init(
        _ address: ListenAddress,
        _ channel: NIOAsyncChannel<Connection, Never>,
        _ http: HTTP1Channel,
        _ socket: UnixSocket?
    ) {
        self.address = address
        self.channel = channel
        self.http = http
        self.socket = socket
    }

    /// Listens; connections wait until `run`.
    static func open(
        _ address: ListenAddress,
        isInsecure: Bool,
        group: any EventLoopGroup,
        http: HTTP1Channel,
        connections: Connections,
        logger: Logger
    ) async throws(GatewayError) -> Listener {
        let loopback = try address.loopback(isInsecure: isInsecure)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        switch address {
        case .unix(let path):
            let socket = try UnixSocket(binding: path)
            do {
                let channel = try await bootstrap.bind(socket.descriptor, cleanupExistingSocketFile: false) {
                    child in
                    Self.closingOnFailure(
                        child,
                        PeerCheck.admit(child).flatMap { Self.take(child, http, connections, logger) }
                    )
                }
                return Listener(address, channel, http, socket)
            } catch {
                socket.remove()
                throw failed(address, error)
            }
        case .tcp(_, let port):
            do {
                let channel = try await bootstrap.bind(host: loopback ?? "127.0.0.1", port: port) { child in
                    Self.closingOnFailure(child, Self.take(child, http, connections, logger))
                }
                let bound = channel.channel.localAddress?.port ?? port
                return Listener(.tcp(host: loopback ?? "", port: bound), channel, http, nil)
            } catch {
                throw failed(address, error)
            }
        }
    }

    private static func take(
        _ child: any Channel,
        _ http: HTTP1Channel,
        _ connections: Connections,
        _ logger: Logger
    ) -> EventLoopFuture<Connection> {
        guard connections.add(child) else {
            return child.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return http.setup(channel: child, logger: logger).flatMapThrowing { connection in
            try child.pipeline.syncOperations.addHandler(ByteCounter(), position: .first)
            return connection
        }
    }

    /// A connection that is not taken in is closed: nobody else would.
    private static func closingOnFailure(
        _ child: any Channel,
        _ connection: EventLoopFuture<Connection>
    ) -> EventLoopFuture<Connection> {
        connection.flatMapErrorThrowing { error in
            child.close(promise: nil)
            throw error
        }
    }

    /// Serves connections until `close`, and returns when the last one is gone.
    func run(logger: Logger) async {
        await withDiscardingTaskGroup { group in
            do {
                try await channel.executeThenClose { incoming in
                    for try await connection in incoming {
                        group.addTask { await self.http.handle(value: connection, logger: logger) }
                    }
                }
            } catch is CancellationError {
                // Told to end, as with `close`.
            } catch {
                logger.error("No longer listening at \(address): \(error)")
            }
        }
    }

    /// Takes no further connections.
    func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        socket?.remove()
        try? await channel.channel.close()
    }

    private static func failed(_ address: ListenAddress, _ error: any Error) -> GatewayError {
        let code = (error as? IOError)?.errnoCode
        let reason = code.map { String(cString: strerror($0)) } ?? "\(error)"
        return GatewayError(
            code == EADDRINUSE ? .inUse : .unusable,
            "Could not listen at \(address): \(reason).",
            hint: "Choose another place with --listen."
        )
    }
}
