import RedisFixture
import Synchronization
import Testing

@testable import SomaRedis

/// What the client notes: one word each time.
final class Notes: Sendable {
    private let words = Mutex<[String]>([])
    var all: [String] { words.withLock { $0 } }
    func add(_ word: String) { words.withLock { $0.append(word) } }
    @Sendable func note(_ error: RedisError?) { add(error == nil ? "up" : "away") }
}

@Suite("Losing Redis", .timeLimit(.minutes(1)))
struct LossTests {
    @Test("While the server is killed calls fail at once; when it is back they go on, and each is said once")
    func crash() async throws {
        let server = try await TestRedis.start()
        let notes = Notes()
        let client = try await RedisClient.connected(to: server, note: notes.note)
        for round in 1...3 {
            try await server.crash()
            try await eventually("the loss is seen") { client.failure != nil }
            let took = await timed {
                for _ in 0..<200 { _ = try? await client.send(RedisCommand("PING")) }
            }
            #expect(took < .seconds(1))
            try await server.start()
            try await eventually("the client is back") { client.isUp }
            #expect(try await client.send(RedisCommand("INCR", "count")) == .integer(1))
            #expect(notes.all == ["up"] + (0..<round).flatMap { _ in ["away", "up"] })
        }
    }

    @Test("A server that answers and hangs up each time is tried ever more slowly")
    func droppedAtOnce() async throws {
        let server = try StrangeServer(says: "+PONG\r\n", times: 3, waits: false)
        var options = try RedisOptions(url: "redis://127.0.0.1:\(server.port)")
        options.backoff = .milliseconds(20) ... .seconds(60)
        let notes = Notes()
        let took = try await timed {
            let client = try RedisClient(options, note: notes.note)
            try await eventually("it was taken six times") { server.connections >= 6 }
            await client.close()
        }
        // Half of 20, 40, 80, 160 and 320 ms at least lie between six attempts.
        #expect(took >= .milliseconds(310))
        #expect(notes.all.contains("up"))
    }

    @Test("A server that knows no scripts counts as away, said once; one that allows none has the rest")
    func tooOld() async throws {
        let server = try await TestRedis.start(["--rename-command", "EVAL", "gone"])
        let notes = Notes()
        var options = try RedisOptions(url: server.url)
        options.backoff = .milliseconds(10) ... .milliseconds(20)
        do {
            let client = try RedisClient(options, note: notes.note)
            try await eventually("it counts as away") { client.failure?.kind == .serverTooOld }
            let error = try await failure { try await client.send(RedisCommand("PING")) }
            #expect(error.kind == .serverTooOld)
            let limiter = SharedLimiter(client, rate: TokenRate(perSecond: 1, burst: 2), prefix: "soma")
            for _ in 0..<2 { #expect(await limiter.take("key") == nil) }
            #expect(await limiter.take("key") != nil)
            try await Task.sleep(for: .milliseconds(200))
            #expect(notes.all == ["away"])
        }
        let other = try await TestRedis.start()
        try await other.tell("acl setuser default -eval")
        let client = try await RedisClient.connected(to: other)
        #expect(try await client.send(RedisCommand("INCR", "count")) == .integer(1))
    }

    @Test("Another reason for the same absence is said where it wants somebody, once a minute at most")
    func reasons() {
        let said = Mutex<[RedisError.Kind?]>([])
        let status = RedisStatus { error in said.withLock { $0.append(error?.kind) } }
        let start = ContinuousClock.now
        func change(_ error: RedisError?, after seconds: Int) {
            status.change(to: error, at: start + .seconds(seconds))
        }
        change(.lost, after: 0)
        change(.tooOld, after: 30)
        change(.timeout(.seconds(1)), after: 70)
        change(.tooOld, after: 71)
        change(.tooOld, after: 129)
        change(RedisError(reply: "NOAUTH Authentication required."), after: 130)
        #expect(said.withLock { $0 } == [.away, .serverTooOld])
        change(RedisError(reply: "NOAUTH Authentication required."), after: 131)
        change(nil, after: 133)
        change(nil, after: 134)
        change(.lost, after: 135)
        #expect(said.withLock { $0 } == [.away, .serverTooOld, .authentication, nil, .away])
    }

    @Test("A server that stalls costs its timeout once, then nothing; when it goes on so do calls")
    func stall() async throws {
        let server = try await TestRedis.start()
        let notes = Notes()
        let client = try await RedisClient.connected(
            to: server,
            timeout: .milliseconds(200),
            note: notes.note
        )
        try await server.freeze()
        // All of them at once: none waits for another's timeout.
        let first = await timed {
            await withTaskGroup { group in
                for _ in 0..<100 { group.addTask { _ = try? await client.send(RedisCommand("PING")) } }
            }
        }
        #expect(first >= .milliseconds(190) && first < .milliseconds(600))
        try await eventually("it counts as away") { client.failure != nil }
        let next = await timed { for _ in 0..<100 { _ = try? await client.send(RedisCommand("PING")) } }
        #expect(next < .milliseconds(600))
        try await server.thaw()
        try await eventually("the client is back") { client.isUp }
        #expect(try await client.send(RedisCommand("ECHO", "on")) == .bytes(Array("on".utf8)))
        #expect(notes.all == ["up", "away", "up"])
    }

    @Test("A client that never reached its server fails its first calls in time, and connects when it comes")
    func absent() async throws {
        let server = try await TestRedis.start()
        try await server.stop()
        var options = try RedisOptions(url: server.url)
        options.backoff = .milliseconds(10) ... .milliseconds(100)
        let client = try RedisClient(options)
        let took = try await timed {
            let error = try await failure { try await client.send(RedisCommand("PING")) }
            #expect([.away, .timeout].contains(error.kind))
        }
        #expect(took < .seconds(1))
        try await server.start()
        try await eventually("the client connects") { client.isUp }
    }

    @Test("A server that accepts and says nothing is not up")
    func silent() async throws {
        let server = try await TestRedis.start()
        try await server.freeze()
        var options = try RedisOptions(url: server.url)
        options.connectTimeout = .milliseconds(200)
        let client = try RedisClient(options)
        let took = try await timed {
            let error = try await failure { try await client.send(RedisCommand("PING")) }
            #expect(error.kind == .timeout)
        }
        #expect(took >= .milliseconds(90) && took < .milliseconds(600))
        #expect(!client.isUp)
        try await server.thaw()
        try await eventually("the client connects") { client.isUp }
    }

    @Test(
        "A server that answers nonsense or unasked is left",
        arguments: ["?nonsense\r\n", "+PONG\r\n+MORE\r\n"]
    )
    func nonsense(_ words: String) async throws {
        let server = try StrangeServer(says: words)
        var options = try RedisOptions(url: "redis://127.0.0.1:\(server.port)")
        options.timeout = .seconds(5)
        let client = try RedisClient(options)
        try await eventually("it is left") { client.failure != nil }
        #expect(client.failure?.kind == .protocol)
    }

    @Test("Closing fails what waits and ends the thread; dropping the client does too")
    func closing() async throws {
        let server = try await TestRedis.start()
        do {
            let client = try await RedisClient.connected(to: server, timeout: .seconds(30))
            try await server.freeze()
            let task = Task { try await client.send(RedisCommand("PING")) }
            try await Task.sleep(for: .milliseconds(20))
            await client.close()
            await client.close()
            #expect(try await failure { _ = try await task.value }.kind == .closed)
            try await server.thaw()
            _ = try await RedisClient.connected(to: server)
        }
        try await eventually("the connections are gone") {
            try await server.tell("client list").split(separator: "id=").count == 1
        }
    }
}
