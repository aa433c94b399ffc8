import Foundation
import Glibc
import SomaHTTP
import Synchronization

/// A raw socket server whose handler may behave as badly as it likes; one thread a connection.
final class TestServer: Sendable {
    enum Place {
        case loopback
        case unixSocket
    }

    private struct State {
        var listener: Int32
        var peers: [ObjectIdentifier: TestPeer] = [:]
        var connections = 0
        var isStopped = false
    }

    let port: Int
    let socketPath: String?
    private let state: Mutex<State>
    private let handler: @Sendable (TestPeer) -> Void

    init(_ place: Place = .loopback, handler: @escaping @Sendable (TestPeer) -> Void) throws {
        self.handler = handler
        let listener: Int32
        switch place {
        case .loopback:
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    Glibc.bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0
                }
            }
            guard bound else { throw TestServerError(what: "bind", errno: errno) }
            port = Int(UInt16(bigEndian: address.sin_port))
            socketPath = nil
        case .unixSocket:
            let path = NSTemporaryDirectory() + "/soma-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            guard bound else { throw TestServerError(what: "bind", errno: errno) }
            port = 80
            socketPath = path
        }
        guard listen(listener, 512) == 0 else { throw TestServerError(what: "listen", errno: errno) }
        state = Mutex(State(listener: listener))
        let thread = Thread { [self] in acceptAll(listener) }
        thread.stackSize = 256 * 1024
        thread.start()
    }

    var origin: String { "http://127.0.0.1:\(port)" }

    /// Connections accepted so far.
    var connections: Int { state.withLock { $0.connections } }

    func stop() {
        let peers = state.withLock { state in
            state.isStopped = true
            shutdown(state.listener, Int32(SHUT_RDWR))
            return Array(state.peers.values)
        }
        for peer in peers { peer.hangUp() }
        if let socketPath { unlink(socketPath) }
    }

    private func acceptAll(_ listener: Int32) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let peer = TestPeer(descriptor)
            let isWelcome = state.withLock { state in
                state.connections += 1
                if !state.isStopped { state.peers[ObjectIdentifier(peer)] = peer }
                return !state.isStopped
            }
            guard isWelcome else {
                peer.close()
                break
            }
            let thread = Thread { [self] in
                handler(peer)
                state.withLock { $0.peers[ObjectIdentifier(peer)] = nil }
                peer.close()
            }
            thread.stackSize = 256 * 1024
            thread.start()
        }
        close(listener)
    }
}

struct TestServerError: Error {
    let what: String
    let errno: Int32
}

/// The server's end of one connection; used by its handler's thread, hung up by any.
final class TestPeer: Sendable {
    private struct State {
        var descriptor: Int32?
        var unread: [UInt8] = []
    }

    private let state: Mutex<State>
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        state = Mutex(State(descriptor: descriptor))
    }

    /// The next request, head and body, or `nil` when the client has hung up.
    func request() -> TestRequest? {
        var bytes = state.withLock { state in
            defer { state.unread = [] }
            return state.unread
        }
        while true {
            if let request = TestRequest(&bytes) {
                state.withLock { $0.unread = bytes }
                return request
            }
            guard let more = read() else { return nil }
            bytes += more
        }
    }

    /// Whatever arrives next, or `nil` at the end.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    func waitForHangUp() {
        while read() != nil {}
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// `false` when the client is gone.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Whether the client takes no more bytes for a while.
    func isHeldUp(milliseconds: Int32) -> Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&query, 1, milliseconds) == 0
    }

    /// Ends the connection with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func hangUp() {
        state.withLock { state in
            if let descriptor = state.descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func close() {
        state.withLock { state in
            guard let descriptor = state.descriptor else { return }
            state.descriptor = nil
            Glibc.close(descriptor)
        }
    }
}

/// A request as it came over the wire.
struct TestRequest: Equatable {
    var line: String
    var headers: [String]
    var body: [UInt8]

    /// Takes a whole request off the front of what has arrived; `nil` while it is incomplete.
    init?(_ bytes: inout [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        line = lines[0]
        headers = Array(lines.dropFirst())
        var length = 0
        for header in headers where header.lowercased().hasPrefix("content-length:") {
            length = Int(header.dropFirst(15).trimmingCharacters(in: .whitespaces)) ?? 0
        }
        guard bytes.count >= end.upperBound + length else { return nil }
        body = Array(bytes[end.upperBound..<end.upperBound + length])
        bytes.removeFirst(end.upperBound + length)
    }

    var path: String { String(line.split(separator: " ")[1]) }

    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces) }
    }
}

/// Runs a server, a client and a body, and stops both afterwards.
func withServer<Value>(
    _ place: TestServer.Place = .loopback,
    handler: @escaping @Sendable (TestPeer) -> Void,
    _ body: (TestServer, HTTPClient) async throws -> Value
) async throws -> Value {
    let server = try TestServer(place, handler: handler)
    defer { server.stop() }
    let client = try HTTPClient()
    let result: Result<Value, any Error>
    do { result = .success(try await body(server, client)) } catch { result = .failure(error) }
    await client.shutdown()
    return try result.get()
}

/// A handler that gives every request the same answer, over kept connections.
func answering(_ response: String) -> @Sendable (TestPeer) -> Void {
    answering { _ in Array(response.utf8) }
}

/// A handler that answers every request, over kept connections.
func answering(_ response: @escaping @Sendable (TestRequest) -> [UInt8]) -> @Sendable (TestPeer) -> Void {
    { peer in
        while let request = peer.request() { peer.write(response(request)) }
    }
}

/// A whole response with a length.
func response(_ status: String = "200 OK", _ headers: [String] = [], body: String = "") -> String {
    (["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "", body]).joined(
        separator: "\r\n"
    )
}
