import Glibc
import Synchronization
import Testing

/// A server of metrics that misbehaves as told, each connection on a thread of its own.
final class MetricsServer: Sendable {
    /// What it does with a request.
    enum Reply: Sendable {
        /// Answers with bytes, and closes.
        case bytes([UInt8])
        /// Takes the request and says nothing.
        case stall
        /// A begun answer that goes on with a byte now and then.
        case drip
        /// An answer of so many bytes.
        case flood(Int)
    }

    /// Its host and port, or its path.
    let place: String
    private let listener: Int32
    private let reply: @Sendable (_ head: String) -> Reply
    private let state = Mutex(State())

    private struct State {
        var heads: [String] = []
        var peers: Set<Int32> = []
        var isStopped = false
    }

    /// The heads of the requests so far, in order.
    var heads: [String] { state.withLock(\.heads) }

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - path: A unix socket in place of a port.
    init(
        port: UInt16 = 0,
        path: String? = nil,
        _ reply: @escaping @Sendable (_ head: String) -> Reply
    ) throws {
        self.reply = reply
        listener = socket(
            path == nil ? AF_INET : AF_UNIX,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        let listener = listener
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        func bound<Address>(_ address: inout Address) -> Bool {
            var size = socklen_t(MemoryLayout<Address>.size)
            return withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size) == 0 && listen(listener, 64) == 0
                        && getsockname(listener, $0, &size) == 0
                }
            }
        }
        if let path {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            try #require(bound(&address))
            place = path
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try #require(bound(&address))
            place = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        }
        Self.thread { [self] in accept() }
    }

    /// Ends it: nobody listens any more, and all connections break.
    func stop() {
        let peers = state.withLock { state in
            state.isStopped = true
            return state.peers
        }
        for peer in peers { shutdown(peer, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let peer = Glibc.accept(listener, nil, nil)
            guard peer >= 0 else { break }
            let isStopped = state.withLock { state in
                state.peers.insert(peer)
                return state.isStopped
            }
            if isStopped { shutdown(peer, Int32(SHUT_RDWR)) }
            Self.thread { [self] in
                serve(peer)
                _ = state.withLock { $0.peers.remove(peer) }
                close(peer)
            }
        }
        close(listener)
    }

    private func serve(_ peer: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            let count = recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
        let head = String(decoding: bytes, as: UTF8.self)
        state.withLock { $0.heads.append(head) }
        switch reply(head) {
        case .bytes(let bytes): write(bytes, to: peer)
        case .stall: while recv(peer, &buffer, buffer.count, 0) > 0 {}
        case .drip:
            write(Self.head(length: 1 << 20), to: peer)
            while write([UInt8(ascii: "#")], to: peer) { usleep(200_000) }
        case .flood(let count):
            write(Self.head(length: count), to: peer)
            let block = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
            var left = count
            while left > 0, write(Array(block.prefix(left)), to: peer) { left -= block.count }
        }
        shutdown(peer, Int32(SHUT_WR))
    }

    @discardableResult
    private func write(_ bytes: [UInt8], to peer: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(peer, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(Work(body)).toOpaque()
        )
        pthread_detach(thread)
    }

    // MARK: Answers

    private static func head(length: Int) -> [UInt8] {
        Array(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: \(length)\r\n\r\n"
                .utf8
        )
    }

    /// A whole answer.
    static func answer(
        _ body: String,
        type: String = "text/plain; version=0.0.4",
        status: String = "200 OK",
        _ fields: [String] = [],
        length: Int? = nil
    ) -> Reply {
        let lines =
            ["HTTP/1.1 \(status)", "Content-Length: \(length ?? body.utf8.count)", "Content-Type: \(type)"]
            + ["Connection: close"] + fields
        return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    }

    /// An answer of Prometheus.
    static func json(_ body: String, status: String = "200 OK") -> Reply {
        answer(body, type: "application/json", status: status)
    }
}
