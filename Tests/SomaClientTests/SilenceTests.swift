import Dispatch
import Glibc
import SomaCore
import Testing

@testable import SomaClient

/// Daemons that take connections and say little or nothing.
@Suite("Daemons that don't answer", .timeLimit(.minutes(1)))
struct SilenceTests {
    /// A port of this machine where connections are taken: by the kernel, as nobody accepts them.
    private static func listen() throws -> (socket: Int32, port: UInt16) {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, size) == 0 && Glibc.listen(file, 16) == 0 && getsockname(file, $0, &size) == 0
            }
        }
        try #require(isBound)
        return (file, UInt16(bigEndian: place.sin_port))
    }

    /// Accepts connections until the socket is shut down, and closes each after `serve`.
    private static func accept(at file: Int32, _ serve: @escaping @Sendable (Int32) -> Void) {
        DispatchQueue.global().async {
            while case let connection = Glibc.accept(file, nil, nil), connection >= 0 {
                DispatchQueue.global().async {
                    serve(connection)
                    close(connection)
                }
            }
        }
    }

    @Test("One that takes connections and never answers is given up, with its address and what to do")
    func silent() async throws {
        let (file, port) = try Self.listen()
        defer { close(file) }
        let address = try #require(DaemonAddress("http://127.0.0.1:\(port)"))
        let client = try DaemonClient(address, patience: .seconds(1))
        let start = ContinuousClock.now
        let error = await #expect(throws: ClientError.self) { _ = try await client.daemon() }
        #expect(error?.kind == .noDaemon)
        #expect(error?.isUnanswered == true)
        #expect(error?.isSilent == true)
        #expect(
            error?.description.hasPrefix("What listens at \(address) has not answered for 1 s. ") == true
        )
        #expect(error?.description.contains("--daemon") == true)
        #expect(ContinuousClock.now - start < .seconds(20))
        await client.close()
    }

    @Test("Where something was to change, it is said that it may still")
    func silentAfterOrder() async throws {
        let (file, port) = try Self.listen()
        defer { close(file) }
        let address = try #require(DaemonAddress("http://127.0.0.1:\(port)"))
        let client = try DaemonClient(address, patience: .seconds(1))
        let error = await #expect(throws: ClientError.self) { _ = try await client.cancel("a", reason: nil) }
        #expect(error?.description.contains("may still be done") == true)
        let look = await #expect(throws: ClientError.self) { _ = try await client.daemon() }
        #expect(look?.description.contains("may still be done") == false)
        await client.close()
    }

    @Test("A port where something else speaks is told as that")
    func stranger() async throws {
        let (file, port) = try Self.listen()
        Self.accept(at: file) { connection in
            _ = "SSH-2.0-OpenSSH_9.2\r\n".withCString { send(connection, $0, strlen($0), 0) }
        }
        defer {
            shutdown(file, Int32(SHUT_RDWR))
            close(file)
        }
        let address = try #require(DaemonAddress("http://127.0.0.1:\(port)"))
        let client = try DaemonClient(address, patience: .seconds(5))
        let error = await #expect(throws: ClientError.self) { _ = try await client.daemon() }
        #expect(
            error?.description == "What answers at \(address) is no soma daemon. Name another with --daemon."
        )
        await client.close()
    }

    @Test("One that is slow with an answer, and answers for its health meanwhile, is waited for")
    func slow() async throws {
        let (file, port) = try Self.listen()
        Self.accept(at: file, Self.serve)
        defer {
            shutdown(file, Int32(SHUT_RDWR))
            close(file)
        }
        let address = try #require(DaemonAddress("http://127.0.0.1:\(port)"))
        let client = try DaemonClient(address, patience: .milliseconds(1500))
        #expect(try await client.metrics() == "{}")
        await client.close()
    }

    /// Answers one request: at once where it is for the health, otherwise after three seconds.
    private static func serve(_ connection: Int32) {
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = recv(connection, &bytes, bytes.count, 0)
        guard count > 0 else { return }
        if !String(decoding: bytes.prefix(count), as: UTF8.self).contains(" /healthz ") { sleep(3) }
        let answer =
            "HTTP/1.1 200 OK\r\n\(SomaVersion.header): \(SomaVersion.headerValue)\r\n"
            + "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
        _ = answer.withCString { send(connection, $0, strlen($0), 0) }
    }
}
