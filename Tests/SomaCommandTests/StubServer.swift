import Glibc
import Synchronization
import Testing

/// A server that answers each request with the same bytes or by its target, or never answers.
final class StubServer: Sendable {
    /// Its host and port, or its path.
    let place: String
    private let descriptor: Int32
    private let answers: (@Sendable (_ target: String) -> String?)?
    private let isStopped = Atomic<Bool>(false)

    /// - Parameters:
    ///   - path: A unix socket; a port of this machine where there is none.
    ///   - answer: What it says; `nil` lets every client wait.
    convenience init(path: String? = nil, answer: String?) throws {
        guard let answer else {
            try self.init(path: path, answers: nil)
            return
        }
        try self.init(path: path, answers: { _ in answer })
    }

    /// - Parameters:
    ///   - path: A unix socket; a port of this machine where there is none.
    ///   - answers: What it says to a request of a target (path and query); `nil` lets the client wait.
    init(path: String? = nil, answers: (@Sendable (_ target: String) -> String?)?) throws {
        self.answers = answers
        let family = path == nil ? AF_INET : AF_UNIX
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let descriptor = descriptor
        func bound<Address>(_ address: inout Address) -> Bool {
            var size = socklen_t(MemoryLayout<Address>.size)
            return withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                        && getsockname(descriptor, $0, &size) == 0
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
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try #require(bound(&address))
            place = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        }
        var thread = pthread_t()
        let opaque = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread,
            nil,
            { opaque in
                guard let opaque else { return nil }
                Unmanaged<StubServer>.fromOpaque(opaque).takeRetainedValue().serve()
                return nil
            },
            opaque
        )
        pthread_detach(thread)
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func serve() {
        var waiting: [Int32] = []
        while !isStopped.load(ordering: .relaxed) {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            guard let answers, let target = target(client) else {
                waiting.append(client)
                continue
            }
            guard let answer = answers(target) else {
                waiting.append(client)
                continue
            }
            let bytes = Array(answer.utf8)
            send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
        for client in waiting + [descriptor] { close(client) }
    }

    /// Reads a request and tells what it asks for; `nil` where there is none.
    private func target(_ client: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isWhole(bytes) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
        let words = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? String(words[1]) : nil
    }

    private func isWhole(_ bytes: [UInt8]) -> Bool {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) }
        return bytes.count - end.upperBound >= length ?? 0
    }
}
