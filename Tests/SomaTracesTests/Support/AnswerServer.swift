import Foundation
import Glibc
import Synchronization

/// A real HTTP server on a port of its own: answers each request from a table of recorded answers and remembers what
/// was asked. One thread; connections aren't kept.
final class AnswerServer: Sendable {
    struct Answer: Sendable {
        var status = 200
        var body: String
        var type = "application/json"
        /// Where a redirect leads to.
        var location: String?
    }

    let port: Int
    private let listener: Int32
    private let answers: @Sendable (_ target: String) -> Answer?
    private let asked = Mutex<[String]>([])

    /// Begins to listen; `answers` says what a target (path and query) gets: 404 where it is `nil`.
    init(_ answers: @escaping @Sendable (_ target: String) -> Answer?) throws {
        self.answers = answers
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
                    && listen(descriptor, 16) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    var base: String { "http://127.0.0.1:\(port)" }

    /// The targets that were asked for, in order.
    var targets: [String] { asked.withLock { $0 } }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while case let peer = accept(listener, nil, nil), peer >= 0 {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
                let count = read(peer, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            let head = String(decoding: bytes, as: UTF8.self)
            let target = head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            asked.withLock { $0.append(target) }
            let answer =
                answers(target) ?? Answer(status: 404, body: "404 page not found", type: "text/plain")
            let body = Array(answer.body.utf8)
            let text =
                "HTTP/1.1 \(answer.status) X\r\nContent-Type: \(answer.type)\r\n"
                + (answer.location.map { "Location: \($0)\r\n" } ?? "")
                + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
            var rest = (Array(text.utf8) + body)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(peer)
        }
        close(listener)
    }
}
