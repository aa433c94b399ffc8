import Glibc
import Synchronization

/// Answers each request on loopback with what a closure gives, one connection after the other.
final class TinyServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[String]>([])

    /// The heads of the requests so far, in order.
    var requests: [String] { seen.withLock { $0 } }
    var origin: String { "http://127.0.0.1:\(port)" }

    init(_ answer: @escaping @Sendable (_ head: String) -> [UInt8]) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, listen(listener, 64) == 0 else {
                    fatalError("bind")
                }
                getsockname(listener, generic, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work { [self] in serve(answer) })
        pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            work.toOpaque()
        )
        pthread_detach(thread)
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ answer: @Sendable (String) -> [UInt8]) {
        while true {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { break }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !bytes.contains(subsequence: [13, 10, 13, 10]) {
                let count = recv(peer, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            let head = String(decoding: bytes, as: UTF8.self)
            seen.withLock { $0.append(head) }
            let response = answer(head)
            var sent = 0
            while sent < response.count {
                let count = response.withUnsafeBytes {
                    send(peer, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            shutdown(peer, Int32(SHUT_WR))
            while recv(peer, &buffer, buffer.count, 0) > 0 {}
            close(peer)
        }
        close(listener)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// A whole response.
    static func response(
        _ status: String = "200 OK",
        type: String? = "text/plain; version=0.0.4",
        _ headers: [String] = [],
        body: [UInt8]
    ) -> [UInt8] {
        let fields =
            ["HTTP/1.1 \(status)", "Content-Length: \(body.count)", "Connection: close"]
            + (type.map { ["Content-Type: \($0)"] } ?? []) + headers
        return Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// The bytes as gzip, stored and not compressed (RFC 1951, 3.2.4); at most 65,535.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        let count = UInt16(bytes.count)
        func little(_ value: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        }
        let size = [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)]
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1] + size + size.map { ~$0 } + bytes + little(~crc)
            + little(UInt32(bytes.count))
    }
}

extension [UInt8] {
    func contains(subsequence other: [UInt8]) -> Bool {
        count >= other.count
            && (0...count - other.count).contains { self[$0..<$0 + other.count].elementsEqual(other) }
    }
}
