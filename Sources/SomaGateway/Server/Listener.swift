import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import Synchronization

/// Takes connections at one address.
///
/// The server's channel is a plain one. NIO's own sequence of accepted connections lets go of those that are still
/// on their way when its channel closes, and stops the process for it: a connection that is let go unfinished is
/// an error of the program there (swift-nio issues 2637 and 2813). Here whoever sets a connection up puts it into
/// `accepted`, or ends it where nobody will take it out again.
final class Listener: Sendable {
    typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// Where it listens; a port of 0 has become the one that was given.
    let address: ListenAddress
    private let channel: any Channel
    private let accepted: AsyncStream<Connection>
    private let http: HTTP1Channel
    private let socket: UnixSocket?
    private let isClosed = Atomic<Bool>(false)

    private init(
        _ address: ListenAddress,
        _ channel: any Channel,
        _ accepted: AsyncStream<Connection>,
        _ http: HTTP1Channel,
        _ socket: UnixSocket?
    ) {
        self.address = address
        self.channel = channel
        self.accepted = accepted
        self.http = http
        self.socket = socket
    }

    /// Listens; connections wait in the kernel until `run`.
    static func open(
        _ address: ListenAddress,
        isInsecure: Bool,
        group: any EventLoopGroup,
        http: HTTP1Channel,
        connections: Connections,
        logger: Logger
    ) async throws(GatewayError) -> Listener {
        let loopback = try address.loopback(isInsecure: isInsecure)
        let (accepted, door) = AsyncStream.makeStream(of: Connection.self)
        let checksPeer = if case .unix = address { true } else { false }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .childChannelInitializer { child in
                let peer = checksPeer ? PeerCheck.admit(child) : child.eventLoop.makeSucceededVoidFuture()
                return peer.flatMap { take(child, http, connections, logger) }.map { hand($0, to: door) }
            }
        switch address {
        case .unix(let path):
            let socket = try UnixSocket(binding: path)
            do {
                let channel = try await bootstrap.withBoundSocket(socket.descriptor).get()
                channel.closeFuture.whenComplete { _ in door.finish() }
                return Listener(address, channel, accepted, http, socket)
            } catch {
                socket.remove()
                throw failed(address, error)
            }
        case .tcp(_, let port):
            do {
                let channel = try await bootstrap.bind(host: loopback ?? "127.0.0.1", port: port).get()
                channel.closeFuture.whenComplete { _ in door.finish() }
                let bound = ListenAddress.tcp(host: loopback ?? "", port: channel.localAddress?.port ?? port)
                return Listener(bound, channel, accepted, http, nil)
            } catch {
                throw failed(address, error)
            }
        }
    }

    /// Makes a channel a connection. One that isn't taken in is closed by NIO.
    private static func take(
        _ child: any Channel,
        _ http: HTTP1Channel,
        _ connections: Connections,
        _ logger: Logger
    ) -> EventLoopFuture<Connection> {
        guard connections.add(child) else {
            return child.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return child.eventLoop.makeCompletedFuture {
            // Before the others, so that nothing can fail any more once there is a connection to be finished.
            try child.pipeline.syncOperations.addHandler(ByteCounter(), position: .first)
        }.flatMap { http.setup(channel: child, logger: logger) }
    }

    /// Hands a connection to `run`, or ends it where `run` has ended.
    private static func hand(_ connection: Connection, to door: AsyncStream<Connection>.Continuation) {
        guard case .terminated = door.yield(connection) else { return }
        Task { try? await connection.executeThenClose { _, _ in } }
    }

    /// Serves connections until `close`, and returns when the last one is gone.
    func run(logger: Logger) async {
        await withTaskCancellationHandler {
            channel.setOption(.autoRead, value: true).whenFailure { [address] error in
                if case ChannelError.ioOnClosedChannel = error { return }
                logger.error("No longer listening at \(address): \(error)")
            }
            // What has been accepted is taken out to the last, however this ends.
            await withDiscardingTaskGroup { group in
                for await connection in accepted {
                    group.addTask { await self.http.handle(value: connection, logger: logger) }
                }
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Takes no further connections.
    func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        socket?.remove()
        try? await channel.close().get()
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
