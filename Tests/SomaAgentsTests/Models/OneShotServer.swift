import Foundation
import Glibc
import Synchronization

/// A server on the loopback address that answers each connection with the next of its texts, in pieces.
final class OneShotServer: Sendable {
    let port: Int
    private let listener: Int32
    private let answers: Mutex<[String]>
    /// What clients sent, one entry a connection.
    let requests = Mutex<[String]>([])

    struct Failure: Error {}

    init(_ answers: [String]) throws {
        self.answers = Mutex(answers)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.bind(descriptor, generic, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    /// A response with an event stream of chat pieces.
    static func stream(_ events: [String]) -> String {
        let body = events.map { "data: \($0)\n\n" }.joined()
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body
    }

    /// A response with one JSON text.
    static func json(_ status: String, _ body: String) -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while case let peer = accept(listener, nil, nil), peer >= 0 {
            let request = readRequest(peer)
            requests.withLock { $0.append(request) }
            let answer = answers.withLock { $0.isEmpty ? "" : $0.removeFirst() }
            // Seven bytes at a time: no piece of the protocol arrives whole.
            let bytes = Array(answer.utf8)
            for start in stride(from: 0, to: bytes.count, by: 7) {
                let piece = Array(bytes[start..<min(start + 7, bytes.count)])
                _ = send(peer, piece, piece.count, Int32(MSG_NOSIGNAL))
            }
            close(peer)
        }
        close(listener)
    }

    private func readRequest(_ peer: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let head = text.range(of: "\r\n\r\n") {
                let length =
                    text[..<head.lowerBound].lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if text[head.upperBound...].utf8.count >= length { return text }
            }
            let count = recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            bytes += buffer[..<count]
        }
    }
}
