import Glibc
import Synchronization

/// A way to a service that can be cut, slowed down and silenced: a TCP proxy on 127.0.0.1 with a thread of its own.
final class TroubledProxy: Sendable {
    /// What is wrong with the way.
    struct Trouble: Sendable {
        /// How much later everything arrives.
        var delay = Duration.zero
        /// Nothing arrives; connections stay, and new ones are taken.
        var isSilent = false
    }

    let port: UInt16
    private let wake: Int32
    private let shared = Mutex(Orders())

    private struct Orders {
        var trouble = Trouble()
        var cuts = 0
        var isOver = false
    }

    /// - Parameters:
    ///   - host: The IPv4 address that the service listens on.
    ///   - port: Where the proxy listens; 0: wherever there is room.
    ///   - rewrite: Bytes that the service sends and what they become, of the same number: what a broker believes to be
    ///     its own address, as `advertised.listeners` would put it.
    init(to host: String, _ servicePort: UInt16, port: UInt16 = 0, rewrite: ([UInt8], [UInt8])? = nil) throws
    {
        precondition(rewrite.map { $0.0.count == $0.1.count } ?? true)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address("127.0.0.1", port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        var pipes: [Int32] = [0, 0]
        guard isOpen, pipe(&pipes) == 0 else {
            close(listener)
            throw ProxyError(reason: String(cString: strerror(errno)))
        }
        wake = pipes[1]
        self.port = UInt16(bigEndian: address.sin_port)
        for descriptor in pipes + [listener] {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        let service = Self.address(host, servicePort)
        let loop = Loop(listener: listener, wake: pipes[0], service: service, rewrite: rewrite)
        startThread { [self] in
            loop.run { shared.withLock { ($0.trouble, $0.cuts, $0.isOver) } }
        }
    }

    /// What is wrong with the way from now on.
    func set(_ trouble: Trouble) { order { $0.trouble = trouble } }
    /// Ends every connection at once.
    func cut() { order { $0.cuts += 1 } }
    /// Ends the proxy.
    func end() { order { $0.isOver = true } }

    private func order(_ change: (inout Orders) -> Void) {
        shared.withLock { change(&$0) }
        var byte: UInt8 = 0
        write(wake, &byte, 1)
    }

    fileprivate static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        address.sin_port = port.bigEndian
        return address
    }
}

/// Why there is no proxy.
struct ProxyError: Error, CustomStringConvertible {
    let reason: String
    var description: String { "A proxy of the tests can't listen on 127.0.0.1: \(reason)" }
}

/// Starts a thread that nobody waits for.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void; init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { pointer in
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        },
        Unmanaged.passRetained(Box(body)).toOpaque()
    )
    pthread_detach(thread)
}

/// What the thread does.
private struct Loop: Sendable {
    /// More than this waits in the service or the client, as without a proxy.
    private static let bytesMax = 1 << 20

    let listener: Int32
    let wake: Int32
    let service: sockaddr_in
    let rewrite: ([UInt8], [UInt8])?

    /// Bytes on their way in one direction.
    private struct Lane {
        var chunks: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []
        var count = 0
        var hasEnded = false
    }

    /// Both ends of a connection; a lane takes from the end of its number to the other one.
    private struct Link {
        var ends: [Int32]
        var lanes = [Lane(), Lane()]
        var isDead = false
    }

    func run(_ orders: () -> (TroubledProxy.Trouble, cuts: Int, isOver: Bool)) {
        var links: [Link] = []
        var cuts = 0
        while true {
            let (trouble, wantedCuts, isOver) = orders()
            if cuts != wantedCuts || isOver {
                for link in links { Self.reset(link) }
                (links, cuts) = ([], wantedCuts)
            }
            if isOver { break }
            wait(links, trouble)
            takeIn(&links)
            for index in links.indices { move(&links[index], trouble) }
            for link in links where link.isDead { link.ends.forEach { close($0) } }
            links.removeAll(where: \.isDead)
        }
        for descriptor in [listener, wake] { close(descriptor) }
    }

    private func wait(_ links: [Link], _ trouble: TroubledProxy.Trouble) {
        var polls = [
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        var until = Duration.milliseconds(500)
        let now = ContinuousClock.now
        for link in links where !trouble.isSilent {
            for end in 0...1 {
                var events: Int16 = 0
                if !link.lanes[end].hasEnded, link.lanes[end].count < Self.bytesMax {
                    events |= Int16(POLLIN)
                }
                if let first = link.lanes[1 - end].chunks.first {
                    if first.due <= now {
                        events |= Int16(POLLOUT)
                    } else {
                        until = min(until, first.due - now)
                    }
                }
                if events != 0 { polls.append(pollfd(fd: link.ends[end], events: events, revents: 0)) }
            }
        }
        poll(&polls, nfds_t(polls.count), Int32((until / .milliseconds(1)).rounded(.up)))
        var drain = [UInt8](repeating: 0, count: 64)
        while read(wake, &drain, drain.count) > 0 {}
    }

    /// Takes new connections, and connects each to the service.
    private func takeIn(_ links: inout [Link]) {
        while case let client = accept(listener, nil, nil), client >= 0 {
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = service
            let isConnected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let link = Link(ends: [client, server])
            guard isConnected else {
                Self.reset(link)
                continue
            }
            var one: Int32 = 1
            for end in link.ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            }
            links.append(link)
        }
    }

    private func move(_ link: inout Link, _ trouble: TroubledProxy.Trouble) {
        guard !trouble.isSilent else { return }
        for end in 0...1 {
            receive(&link, end, trouble.delay)
            send(&link, end)
        }
        for end in 0...1 where link.lanes[end].hasEnded && link.lanes[end].chunks.isEmpty {
            link.isDead = true
        }
    }

    private func receive(_ link: inout Link, _ end: Int, _ delay: Duration) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while !link.lanes[end].hasEnded, link.lanes[end].count < Self.bytesMax {
            let count = recv(link.ends[end], &bytes, bytes.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            guard count > 0 else {
                link.lanes[end].hasEnded = true
                return
            }
            var chunk = Array(bytes[..<count])
            if end == 1, let rewrite { Self.replace(rewrite.0, rewrite.1, in: &chunk) }
            link.lanes[end].chunks.append((.now + delay, chunk))
            link.lanes[end].count += count
        }
    }

    private func send(_ link: inout Link, _ end: Int) {
        while let first = link.lanes[end].chunks.first, first.due <= .now {
            let count = Glibc.send(
                link.ends[1 - end],
                first.bytes,
                first.bytes.count,
                Int32(MSG_NOSIGNAL)
            )
            if count < 0 {
                if errno != EAGAIN, errno != EINTR { link.isDead = true }
                return
            }
            link.lanes[end].count -= count
            guard count == first.bytes.count else {
                link.lanes[end].chunks[0].bytes.removeFirst(count)
                return
            }
            link.lanes[end].chunks.removeFirst()
        }
    }

    private static func replace(_ old: [UInt8], _ new: [UInt8], in bytes: inout [UInt8]) {
        guard bytes.count >= old.count else { return }
        for index in 0...(bytes.count - old.count) where bytes[index] == old[0] {
            if bytes[index..<(index + old.count)].elementsEqual(old) {
                bytes.replaceSubrange(index..<(index + old.count), with: new)
            }
        }
    }

    /// Ends a connection so that both ends are told at once.
    private static func reset(_ link: Link) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        for end in link.ends {
            setsockopt(end, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            close(end)
        }
    }
}
