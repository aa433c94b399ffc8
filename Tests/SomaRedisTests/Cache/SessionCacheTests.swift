import RedisFixture
import SomaRedis
import Testing

@Suite("Session cache", .timeLimit(.minutes(1)))
struct SessionCacheTests {
    @Test("A value is kept for its time, and another prefix doesn't see it")
    func keeps() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server)
        let cache = SessionCache(client, prefix: "soma")
        #expect(await cache.value(of: "a") == nil)
        await cache.keep([0, 1, 255], as: "a", for: .seconds(60))
        await cache.keep([2], as: "brief", for: .milliseconds(30))
        #expect(await cache.value(of: "a") == [0, 1, 255])
        #expect(await SessionCache(client, prefix: "other").value(of: "a") == nil)
        try await eventually("its time is over") { await cache.value(of: "brief") == nil }
        await cache.forget("a")
        #expect(await cache.value(of: "a") == nil)
    }

    @Test("What is too large or can't be kept leaves nothing old behind")
    func large() async throws {
        let server = try await TestRedis.start()
        let cache = SessionCache(try await RedisClient.connected(to: server), prefix: "soma")
        await cache.keep([1], as: "a", for: .seconds(60))
        await cache.keep(
            [UInt8](repeating: 0, count: SessionCache.valueBytesMax + 1),
            as: "a",
            for: .seconds(60)
        )
        #expect(await cache.value(of: "a") == nil)
        await cache.keep([1], as: "b", for: .seconds(60))
        try await server.tell("config set maxmemory 1")
        await cache.keep([2], as: "b", for: .seconds(60))
        #expect(await cache.value(of: "b") == nil)
    }

    @Test("A server that is away, stalls or was emptied is a miss, in time")
    func misses() async throws {
        let server = try await TestRedis.start()
        let client = try await RedisClient.connected(to: server, timeout: .milliseconds(200))
        let cache = SessionCache(client, prefix: "soma")
        await cache.keep([1], as: "a", for: .seconds(60))
        try await server.tell("flushall")
        #expect(await cache.value(of: "a") == nil)
        try await server.freeze()
        let took = await timed {
            #expect(await cache.value(of: "a") == nil)
            await cache.keep([1], as: "a", for: .seconds(60))
        }
        #expect(took < .milliseconds(900))
        try await server.crash()
        #expect(await cache.value(of: "a") == nil)
        #expect(await SessionCache(nil, prefix: "soma").value(of: "a") == nil)
    }
}
