import Foundation
import Glibc
import SomaCore
import Synchronization

/// A server that speaks the OpenAI-compatible chat completions protocol over TCP, well or badly as it is told.
final class ChatServer: Sendable {
    /// What a request is answered with.
    enum Answer: Sendable {
        /// A stream of text in pieces, then the count of tokens.
        case text(String)
        /// A stream that asks for a tool; its arguments come in pieces, and may be no JSON.
        case call(String, String)
        /// A stream that ends in the middle of an event.
        case cut(String)
        /// A stream with an event that is no JSON.
        case garbage
        /// A stream of text without end.
        case endless
        /// Another status, with its head's lines and body.
        case status(String, [String], String)
        /// No answer; the connection stays open.
        case silence
    }

    /// What a run asks a model for.
    enum Ask: String, Sendable { case plan, select, judge, report }

    /// A request as it came.
    struct Request: Sendable {
        let ask: Ask
        let head: String
        let body: JSON
        let at: ContinuousClock.Instant
        /// How often the same was asked for before.
        let number: Int
    }

    static let inputTokens = 1000
    static let outputTokens = 100

    let port: Int
    private let listener: Int32
    private let log = Mutex<[Request]>([])
    private let peers = Mutex<[Int32]>([])
    private let answer: @Sendable (Request) -> Answer

    struct Failure: Error {}

    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        self.answer = answer
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
        Thread.detachNewThread { [self] in accept() }
    }

    var url: String { "http://127.0.0.1:\(port)/v1" }

    /// What was asked so far.
    var requests: [Request] { log.withLock { $0 } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for peer in peers.withLock({ $0 }) { shutdown(peer, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        while case let peer = Glibc.accept(listener, nil, nil), peer >= 0 {
            peers.withLock { $0.append(peer) }
            // A thread each: one that says nothing must not keep others from their answer.
            Thread.detachNewThread { [self] in
                if let (head, body) = read(peer) { reply(peer, record(head, body)) }
                shutdown(peer, Int32(SHUT_RDWR))
            }
        }
        for peer in peers.withLock({ $0 }) { close(peer) }
        close(listener)
    }

    private func record(_ head: String, _ body: JSON) -> Request {
        let task = body["messages"]?.array?.last?["content"]?.string ?? ""
        let ask: Ask =
            if task.hasPrefix("Write a plan") { .plan } else if task.hasPrefix("Judge") {
                .judge
            } else if task.hasPrefix("Write the report") { .report } else { .select }
        return log.withLock { log in
            let number = log.count { $0.ask == ask }
            log.append(Request(ask: ask, head: head, body: body, at: .now, number: number))
            return log[log.count - 1]
        }
    }

    private func reply(_ peer: Int32, _ request: Request) {
        switch answer(request) {
        case .text(let text):
            let parts = stride(from: 0, to: text.count, by: 9).map { String(text.dropFirst($0).prefix(9)) }
            let events = parts.map { Self.piece(["content": .string($0)]) }
            send(peer, Self.stream + Self.frames(events + [Self.finish("stop"), Self.usage, "[DONE]"]))
        case .call(let name, let arguments):
            let half = arguments.count / 2
            let first: JSON = [
                "index": 0, "id": "call_1", "type": "function",
                "function": ["name": .string(name), "arguments": .string(String(arguments.prefix(half)))],
            ]
            let rest: JSON = [
                "index": 0, "function": ["arguments": .string(String(arguments.dropFirst(half)))],
            ]
            let events = [first, rest].map { Self.piece(["tool_calls": [$0]]) }
            send(peer, Self.stream + Self.frames(events + [Self.finish("tool_calls"), Self.usage, "[DONE]"]))
        case .cut(let text):
            let frames = Self.frames([Self.piece(["content": .string(text)]), Self.finish("stop")])
            send(peer, Self.stream + frames.dropLast(12))
        case .garbage: send(peer, Self.stream + Self.frames(["{\"choices\": [{", "[DONE]"]))
        case .endless:
            send(peer, Self.stream)
            let frame = Self.frames([Self.piece(["content": .string(String(repeating: "la ", count: 3000))])])
            while send(peer, frame) {}
        case .status(let status, let headers, let body):
            let lines = ["HTTP/1.1 \(status)", "Content-Type: application/json"] + headers
            let tail = ["Content-Length: \(body.utf8.count)", "Connection: close", "", body]
            send(peer, (lines + tail).joined(separator: "\r\n"))
        case .silence:
            var byte: UInt8 = 0
            while recv(peer, &byte, 1, 0) > 0 {}
        }
    }

    private static let stream =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: welcome\r\n\r\n"

    private static func frames(_ events: [String]) -> String {
        events.map { "data: \($0)\r\n\r\n" }.joined()
    }

    private static func chunk(_ members: JSONObject) -> String {
        var object: JSONObject = [
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_780_000_000,
            "model": "tester-1",
        ]
        for member in members.members { object[member.key] = member.value }
        return JSON.object(object).text()
    }

    private static func piece(_ delta: JSON) -> String {
        chunk(["choices": [["index": 0, "delta": delta, "finish_reason": .null]]])
    }

    private static func finish(_ reason: String) -> String {
        chunk(["choices": [["index": 0, "delta": [:], "finish_reason": .string(reason)]]])
    }

    private static var usage: String {
        chunk([
            "choices": [],
            "usage": [
                "prompt_tokens": JSON(inputTokens), "completion_tokens": JSON(outputTokens),
                "total_tokens": JSON(inputTokens + outputTokens),
            ],
        ])
    }

    /// Sends in odd pieces, so that nothing of the protocol arrives whole. Whether the client took it.
    @discardableResult
    private func send(_ peer: Int32, _ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 1021) {
            let piece = Array(bytes[start..<min(start + 1021, bytes.count)])
            guard Glibc.send(peer, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count else {
                return false
            }
        }
        return true
    }

    private func read(_ peer: Int32) -> (String, JSON)? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let length = head.lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                if let length, bytes.count >= end.upperBound + length {
                    guard let body = try? JSON.parse(Array(bytes[end.upperBound...])) else { return nil }
                    return (head, body)
                }
            }
            let count = recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
