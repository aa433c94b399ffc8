import Glibc
import Logging
import SomaClient
import SomaCore
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

@Suite("Server", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test("The socket is its owner's alone")
    func mode() async throws {
        try await Rig.run { rig in
            var status = stat()
            try #require(stat(rig.socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    /// A gateway of its own, that listens nowhere yet.
    private func gateway(on rig: Rig) -> Gateway {
        let services = GatewayServices(
            engine: rig.engine,
            store: rig.store,
            roles: StubRoles(),
            readiness: rig.readiness,
            about: GatewayAbout(
                pid: 1,
                startedAt: Timestamp(microseconds: 0),
                store: "",
                dataFolder: "",
                person: ""
            )
        )
        return Gateway(services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Listens with a gateway of its own and gives what it says.
    private func listen(_ address: ListenAddress, isInsecure: Bool = false, on rig: Rig) async
        -> GatewayError?
    {
        let gateway = gateway(on: rig)
        let serving: Task<Void, Never>
        do throws(GatewayError) {
            try await gateway.listen([address], isInsecure: isInsecure)
            serving = Task { await gateway.run() }
        } catch {
            await gateway.run()
            return error
        }
        await gateway.stop(grace: .zero)
        await serving.value
        return nil
    }

    @Test("A socket that a dead daemon left is taken; one that answers is not, nor is a file")
    func staleSocket() async throws {
        try await Rig.run { rig in
            let inUse = try #require(await listen(.unix(path: rig.socket), on: rig))
            #expect(inUse.kind == .inUse)
            #expect(inUse.description.contains("another daemon answers there"))
            #expect(try await rig.send(.get, "/healthz").status == 200)

            let stale = "\(rig.folder)/stale"
            try leaveSocket(stale)
            #expect(await listen(.unix(path: stale), on: rig) == nil)
            #expect(access(stale, F_OK) != 0)

            let file = "\(rig.folder)/file"
            close(open(file, O_CREAT | O_WRONLY, 0o600))
            let inTheWay = try #require(await listen(.unix(path: file), on: rig))
            #expect(inTheWay.kind == .unusable)
            #expect(access(file, F_OK) == 0)
        }
    }

    @Test("Connections that come while it stops are no reason to crash", arguments: 0..<20)
    func comingWhileStopping(_ round: Int) async throws {
        try await Rig.run { rig in
            let path = "\(rig.folder)/own"
            let gateway = gateway(on: rig)
            try await gateway.listen([.unix(path: path)])
            let serving = Task { await gateway.run() }
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        while access(path, F_OK) == 0 {
                            if let descriptor = connection(to: path) { close(descriptor) }
                            await Task.yield()
                        }
                    }
                }
                try? await Task.sleep(for: .milliseconds(5 + round))
                await gateway.stop(grace: .zero)
            }
            await serving.value
            #expect(gateway.openConnections == 0)
        }
    }

    @Test("Who connects before it serves waits, and is cut off where it never does")
    func comingBeforeServing() async throws {
        try await Rig.run { rig in
            let path = "\(rig.folder)/own"
            let gateway = gateway(on: rig)
            try await gateway.listen([.unix(path: path)])
            let descriptor = try #require(connection(to: path))
            defer { close(descriptor) }
            #expect(fcntl(descriptor, F_SETFL, 0) == 0)
            #expect(gateway.openConnections == 0)
            await gateway.stop(grace: .zero)
            await gateway.run()
            var byte: UInt8 = 0
            #expect(recv(descriptor, &byte, 1, 0) <= 0)
        }
    }

    private func leaveSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        try #require(Self.at(path) { bind(descriptor, $0, $1) } == 0)
    }

    /// A connection; nil where nobody listens, or so many wait that one more would have to wait for a place: who runs the
    /// tests' tasks must not.
    private func connection(to path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard Self.at(path, { connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Calls the system with the address of a unix socket.
    private static func at(_ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    @Test("Places that can't or shouldn't be listened at are refused with what to do")
    func places() async throws {
        try await Rig.run { rig in
            let long = "\(rig.folder)/" + String(repeating: "x", count: 120)
            #expect(await listen(.unix(path: long), on: rig)?.description.contains("at most 107") == true)
            #expect(await listen(.unix(path: "/nowhere/at/all/s"), on: rig)?.kind == .unusable)
            #expect(await listen(.unix(path: "/tmp/soma-test.sock"), on: rig)?.kind == .unsafe)
            let remote = try #require(await listen(.tcp(host: "0.0.0.0", port: 0), isInsecure: true, on: rig))
            #expect(remote.description.contains("until TLS is supported"))
            let loopback = try #require(await listen(.tcp(host: "127.0.0.1", port: 0), on: rig))
            #expect(loopback.description.contains("--insecure"))
            #expect(await listen(.tcp(host: "localhost", port: 0), isInsecure: true, on: rig) == nil)
        }
    }

    @Test("On TCP only requests to loopback names from no web page are answered")
    func rebinding() async throws {
        try await Rig.run(tcp: true) { rig in
            let base = try #require(rig.base)
            func status(_ headers: HTTPHeaders) async throws -> Int {
                try await rig.http.send(
                    HTTPRequest(.get, "\(base)/healthz", headers: headers, addressPolicy: .any)
                ).status
            }
            #expect(try await status([:]) == 200)
            #expect(try await status(["Host": "localhost:1"]) == 200)
            #expect(try await status(["Host": "[::1]:1"]) == 200)
            #expect(try await status(["Host": "evil.example"]) == 421)
            #expect(try await status(["Host": "127.0.0.1.evil.example"]) == 421)
            #expect(try await status(["Origin": "http://localhost:3000"]) == 200)
            #expect(try await status(["Origin": "http://evil.example"]) == 403)
            #expect(try await status(["Origin": "null"]) == 403)
            let client = try DaemonClient(.http(base))
            #expect(try await client.daemon().pid == 7)
            await client.close()
        }
    }

    @Test("A body that is too large is refused, with a length or without")
    func largeBody() async throws {
        var options = GatewayOptions()
        options.bodyBytesMax = 1000
        try await Rig.run(options: options) { rig in
            let large = String(repeating: "x", count: 1001)
            #expect(try await rig.send(.post, "/v1/runs", body: large).status == 413)
            let chunked = try RawClient(rig.socket)
            defer { chunked.close() }
            chunked.send("POST /v1/runs HTTP/1.1\r\nHost: soma\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<20 { chunked.send("64\r\n\(String(repeating: "x", count: 100))\r\n") }
            #expect(await chunked.readAll().hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test("A header that is too large is a 431, whether it can still be read or not")
    func largeHeader() async throws {
        try await Rig.run { rig in
            let large = String(repeating: "x", count: 40_000)
            #expect(try await rig.send(.get, "/healthz", headers: ["X-Large": large]).status == 431)
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            raw.send("GET /healthz HTTP/1.1\r\nHost: soma\r\n")
            for index in 0..<300 { raw.send("X-\(index): y\r\n") }
            raw.send("\r\n")
            let answer = await raw.readAll()
            #expect(answer.hasPrefix("HTTP/1.1 431"))
            #expect(answer.contains("urn:soma:problem:header.large"))
        }
    }

    @Test(
        "What is no HTTP ends the connection and nothing else",
        arguments: [
            "\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\nX Y Z\r\n\r\n",
        ]
    )
    func garbage(text: String) async throws {
        try await Rig.run { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            raw.send(text)
            _ = await raw.readAll()
            #expect(try await rig.send(.get, "/healthz").status == 200)
        }
    }

    @Test("A connection that says nothing is closed")
    func silent() async throws {
        var options = GatewayOptions()
        options.idleMax = .milliseconds(100)
        try await Rig.run(options: options) { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            #expect(await raw.readAll() == "")
        }
    }

    @Test("Too many connections and requests at a time are turned away")
    func crowds() async throws {
        var options = GatewayOptions()
        options.connectionsMax = 2
        try await Rig.run(options: options) { rig in
            let first = try RawClient(rig.socket)
            let second = try RawClient(rig.socket)
            while rig.gateway.openConnections < 2 { await Task.yield() }
            let third = try RawClient(rig.socket)
            #expect(await third.readAll() == "")
            for client in [first, second, third] { client.close() }
        }
        options.requestsMax = 0
        try await Rig.run(options: options) { rig in
            let answer = try await rig.send(.get, "/healthz")
            #expect(answer.status == 429)
        }
    }

    @Test("Stopping ends streams in order, lets go of the socket and takes nobody in")
    func drain() async throws {
        try await Rig.run { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            raw.send("GET /v1/stream HTTP/1.1\r\nHost: soma\r\n\r\n")
            while rig.gateway.streamClients == 0 { await Task.yield() }
            await rig.gateway.stop(grace: .seconds(5))
            // The last chunk of a body that ended in order.
            #expect(await raw.readAll().hasSuffix("0\r\n\r\n"))
            #expect(access(rig.socket, F_OK) != 0)
            let error = try await refusal { _ = try await rig.client.daemon() }
            #expect(error.kind == .noDaemon)
            #expect(error.exitCode == 3)
        }
    }
}
