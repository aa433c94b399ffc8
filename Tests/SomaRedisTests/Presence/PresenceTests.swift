import RedisFixture
import SomaCore
import Testing

@testable import SomaRedis

@Suite("Presence of replicas", .timeLimit(.minutes(1)))
struct PresenceTests {
    private func replica(_ name: String, _ role: String = "orchestrator") -> Replica {
        Replica(
            name: name,
            role: role,
            address: "127.0.0.1:1",
            since: Timestamp(microseconds: 1_700_000_000_000_000),
            version: "1"
        )
    }

    @Test(
        "Replicas are listed by role and name; who takes its leave is gone, and so is who is silent for long"
    )
    func lists() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let (one, two, three) = (replica("b"), replica("a"), replica("z", "gateway"))
        let presences = [one, two].map { replica in
            ReplicaPresence(client, prefix: "soma") { replica }
        }
        let brief = ReplicaPresence(client, prefix: "soma", life: .milliseconds(150)) { three }
        for presence in presences + [brief] { await presence.renew() }
        let seen = try await presences[0].list()
        #expect(seen.map(\.replica) == [three, two, one])
        #expect(seen.allSatisfy { $0.age >= .zero && $0.age < .seconds(10) })
        #expect(try await ReplicaPresence(client, prefix: "other") { one }.list() == [])
        try await eventually("the silent one is gone") { try await presences[0].list().count == 2 }
        await presences[0].leave()
        #expect(try await presences[1].list().map(\.replica) == [two])
        #expect(try await server.tell("smembers soma:replicas").contains("z") == false)
    }

    @Test("A replica stays present through an emptied and a restarted server, and goes when it ends")
    func stays() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let own = replica("a")
        let presence = ReplicaPresence(client, prefix: "soma", life: .milliseconds(300)) { own }
        let running = Task { await presence.run() }
        func isThere() async -> Bool { (try? await presence.list().map(\.replica)) == [own] }
        try await eventually("it is there") { await isThere() }
        try await server.tell("flushall")
        try await eventually("it is there again") { await isThere() }
        try await server.crash()
        try await server.start()
        try await eventually("it is there after a restart") { await isThere() }
        running.cancel()
        await running.value
        #expect(try await presence.list() == [])
    }

    @Test("However many were killed, those that are there are listed, and the others' names forgotten")
    func manyGone() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let own = replica("a")
        let presence = ReplicaPresence(client, prefix: "soma") { own }
        await presence.renew()
        let names = (0..<5_000).reduce(RedisCommand("SADD", "soma:replicas")) { $0.adding("gone-\($1) ") }
        try await client.send(names)
        #expect(try await presence.list().map(\.replica) == [own])
        #expect(try await client.send(RedisCommand("SCARD", "soma:replicas")) == .integer(1))
    }

    @Test("What others wrote under the names is passed over")
    func hostile() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let own = replica("a")
        let presence = ReplicaPresence(client, prefix: "soma") { own }
        await presence.renew()
        for (name, value) in [("x", "nonsense"), ("y", "{}"), ("z", #"{"name":"a"}"#)] {
            try await client.send(RedisCommand("SET", "soma:replica:\(name)", value))
            try await client.send(RedisCommand("SADD", "soma:replicas", name))
        }
        try await client.send(RedisCommand("SADD", "soma:replicas").adding([255, 254]))
        #expect(try await presence.list().map(\.replica) == [own])
        try await client.send(RedisCommand("SET", "soma:replicas", "not a set"))
        #expect(try await failure { _ = try await presence.list() }.kind == .refused("WRONGTYPE"))
    }

    @Test("What a replica tells reads back")
    func roundTrip() {
        let own = replica("somad 7 on \"host\"\n")
        #expect(Replica(own.bytes) == own)
        #expect(Replica(Array("{}".utf8)) == nil)
        #expect(Replica([UInt8](repeating: 0x20, count: 5_000)) == nil)
    }
}
