import RedisFixture
import SomaRedis
import Testing

@Suite("Client of Redis", .timeLimit(.minutes(1)))
struct ClientTests {
    @Test("Commands of many tasks travel together, and each gets its own answer")
    func pipelining() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    let answer = try? await client.send(RedisCommand("ECHO", "\(number)"))
                    #expect(answer == .bytes(Array("\(number)".utf8)))
                }
            }
        }
        let answers = try await client.pipeline([
            RedisCommand("SET", "key").adding([0, 13, 10, 255]), RedisCommand("GET", "key"),
            RedisCommand("GET", "none"), RedisCommand("INCR", "key"), RedisCommand("INCR", "count"),
            RedisCommand("LRANGE", "none", "0", "-1"), RedisCommand("EVAL", "return {1,{'a',false}}", "0"),
        ])
        #expect(answers.count == 7)
        #expect(answers[0] == .status("OK"))
        #expect(answers[1] == .bytes([0, 13, 10, 255]))
        #expect(answers[2] == .null)
        guard case .error(let error) = answers[3] else { throw error(answers[3]) }
        #expect(error.kind == .refused("ERR"))
        #expect(answers[4] == .integer(1))
        #expect(answers[5] == .array([]))
        #expect(answers[6] == .array([.integer(1), .array([.bytes([97]), .null])]))
        #expect(try await client.pipeline([]) == [])
        await client.close()
        #expect(try await failure { try await client.send(RedisCommand("PING")) }.kind == .closed)
    }

    private func error(_ value: RedisValue) -> TestRedisError { TestRedisError(reason: "no error: \(value)") }

    @Test("A large value comes and goes whole")
    func large() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let value = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await client.send(RedisCommand("SET", "large").adding(value))
        #expect(try await client.send(RedisCommand("GET", "large")).bytes == value)
    }

    @Test("A refused command is an error, and the connection goes on")
    func refusal() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let error = try await failure { try await client.send(RedisCommand("NONSENSE", "geheim")) }
        #expect(error.kind == .serverTooOld)
        #expect(!"\(error)".contains("geheim"))
        #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
        #expect(client.isUp)
    }

    @Test("User, password, database and a socket in the file system do")
    func login() async throws {
        let server = try await TestRedis.start(["--requirepass", "open sesame"])
        for (url, password) in [("\(server.url)/2", "open sesame"), (server.socketURL, "open sesame")] {
            var options = try RedisOptions(url: url, password: password)
            options.name = "soma test"
            options.timeout = .seconds(5)
            let client = try RedisClient(options)
            let found = try await client.send(RedisCommand("CLIENT", "INFO")).bytes ?? []
            let info = String(decoding: found, as: UTF8.self)
            #expect(info.contains("name=soma-test"))
            #expect(info.contains(url.hasPrefix("unix") ? "db=0" : "db=2"))
        }
        for password in [nil, "wrong"] {
            var options = try RedisOptions(url: server.url, password: password)
            options.timeout = .seconds(5)
            let client = try RedisClient(options)
            let error = try await failure { try await client.send(RedisCommand("PING")) }
            #expect(error.kind == .authentication)
            #expect("\(error)".contains("redis.password"))
            #expect(!"\(error)".contains("wrong"))
        }
    }

    @Test("TLS that can't be had is refused with what to do")
    func tls() async throws {
        let error = try await failure { _ = try RedisClient(RedisOptions(url: "rediss://localhost")) }
        #expect([.library, .invalidOptions].contains(error.kind))
        #expect(!error.hint.isEmpty)
    }

    @Test("A cancelled task waits no longer, and the next one gets its own answer")
    func cancellation() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server, timeout: .seconds(30))
        try await server.freeze()
        let task = Task { try await client.send(RedisCommand("ECHO", "first")) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        let error = try await failure { _ = try await task.value }
        #expect(error.kind == .cancelled)
        try await server.thaw()
        #expect(try await client.send(RedisCommand("ECHO", "second")) == .bytes(Array("second".utf8)))
    }
}
