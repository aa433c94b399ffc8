import Glibc
import NIOCore

/// Lets only the owner of the daemon and root use its unix socket.
enum PeerCheck {
    /// The kernel's `struct ucred`.
    private struct Credentials {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
    }

    /// Fails where the other end of a unix socket belongs to somebody else.
    static func admit(_ channel: any Channel, owner: uid_t = geteuid()) -> EventLoopFuture<Void> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .socket,
            name: option
        )
        return credentials.flatMapThrowing { credentials in
            guard credentials.uid == owner || credentials.uid == 0 else {
                throw ChannelError.ioOnClosedChannel
            }
        }
    }
}
