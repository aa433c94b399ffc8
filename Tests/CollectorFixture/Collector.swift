import CZlib
import Foundation
import Glibc
import Synchronization

/// A collector of spans as others see it: a real HTTP server on a port of its own. It remembers what it was sent and answers
/// as a test wants it. One thread; connections aren't kept.
package final class Collector: Sendable {
    package struct Request: Sendable {
        package var target = ""
        package var headers: [String: String] = [:]
        package var body: [UInt8] = []

        /// The body without gzip.
        package var unpacked: [UInt8] {
            guard headers["content-encoding"] == "gzip" else { return body }
            var stream = z_stream()
            // Gzip's head, and the largest window.
            guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
            else {
                return []
            }
            defer { inflateEnd(&stream) }
            var (input, output) = (body, [UInt8](repeating: 0, count: 64 << 20))
            let count = input.withUnsafeMutableBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    stream.next_in = input.baseAddress
                    stream.avail_in = UInt32(input.count)
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    return inflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
                }
            }
            return Array(output[..<count])
        }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var headers: [String: String]
        package var body: [UInt8]
        /// Hangs up without an answer.
        package var hangsUp: Bool
        /// How long it takes its time, in milliseconds.
        package var delay: UInt32

        package init(
            status: Int = 200,
            headers: [String: String] = [:],
            body: [UInt8] = [],
            hangsUp: Bool = false,
            delay: UInt32 = 0
        ) {
            (self.status, self.headers, self.body) = (status, headers, body)
            (self.hangsUp, self.delay) = (hangsUp, delay)
        }
    }

    package let port: Int
    private let listener: Int32
    private let answer: @Sendable (_ number: Int, Request) -> Answer
    private let asked = Mutex<[Request]>([])

    /// Begins to listen; `answer` says what each request gets, counted from 0.
    package init(_ answer: @escaping @Sendable (_ number: Int, Request) -> Answer = { _, _ in Answer() })
        throws
    {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
                    && listen(descriptor, 64) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    package var base: String { "http://127.0.0.1:\(port)" }

    /// What it was sent, in order.
    package var requests: [Request] { asked.withLock { $0 } }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while case let peer = accept(listener, nil, nil), peer >= 0 {
            if let request = read(from: peer) {
                let number = asked.withLock { asked in
                    asked.append(request)
                    return asked.count - 1
                }
                let answer = answer(number, request)
                if answer.delay > 0 { usleep(answer.delay * 1000) }
                if !answer.hangsUp { write(answer, to: peer) }
            }
            close(peer)
        }
        close(listener)
    }

    private func read(from peer: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        func more() -> Bool {
            let count = Glibc.read(peer, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            return count > 0
        }
        let end = Array("\r\n\r\n".utf8)
        var head: Range<Int>?
        while head == nil {
            guard more() else { return nil }
            head = bytes.firstRange(of: end)
        }
        guard let head else { return nil }
        var request = Request()
        let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        request.target = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            request.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = Int(request.headers["content-length"] ?? "0") ?? 0
        while bytes.count < head.upperBound + length { guard more() else { return nil } }
        request.body = Array(bytes[head.upperBound..<(head.upperBound + length)])
        return request
    }

    private func write(_ answer: Answer, to peer: Int32) {
        var text =
            "HTTP/1.1 \(answer.status) X\r\nContent-Length: \(answer.body.count)\r\nConnection: close\r\n"
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        var rest = (Array((text + "\r\n").utf8) + answer.body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
    }
}
