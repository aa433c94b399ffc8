import RedisFixture
import Testing

@testable import SomaRedis

@Suite("Shared limits", .timeLimit(.minutes(1)))
struct SharedLimiterTests {
    /// A minute a token: none comes while a test runs.
    private let slow = TokenRate(perSecond: 1, burst: 20)

    private func taken(_ limiters: [SharedLimiter], _ key: String, tries: Int) async -> Int {
        await withTaskGroup { group in
            for number in 0..<tries {
                group.addTask { await limiters[number % limiters.count].take(key) == nil ? 1 : 0 }
            }
            return await group.reduce(0, +)
        }
    }

    @Test("Two processes share a bucket, keys have their own, and the wait is told")
    func shared() async throws {
        let server = try await TestRedis.start()
        let limiters = [
            SharedLimiter(try await .connected(to: server), rate: slow, prefix: "soma"),
            SharedLimiter(try await .connected(to: server), rate: slow, prefix: "soma"),
        ]
        #expect((20...22).contains(await taken(limiters, "one", tries: 200)))
        #expect((20...22).contains(await taken(limiters, "two", tries: 200)))
        let wait = try #require(await limiters[0].take("one"))
        #expect(wait > .zero && wait <= .seconds(1))
        // Another cluster's limits are its own.
        let other = SharedLimiter(try await .connected(to: server), rate: slow, prefix: "other")
        #expect(await other.take("one") == nil)
    }

    @Test("The script gives what the bucket gives")
    func script() async throws {
        let server = try await TestRedis.start()
        let rate = TokenRate(perSecond: 50, burst: 5)
        let limiter = SharedLimiter(try await .connected(to: server), rate: rate, prefix: "soma")
        let start = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - start < .milliseconds(500) {
            guard let wait = await limiter.take("key") else {
                count += 1
                continue
            }
            #expect(wait <= .milliseconds(20))
            try await Task.sleep(for: wait)
        }
        // 5 at once and one each 20 ms; sleeping too long loses some.
        #expect((15...31).contains(count))
        try await eventually("a bucket that is full leaves nothing behind") {
            try await server.tell("dbsize").contains("0")
        }
    }

    @Test("While Redis is away each process counts for itself, in time; afterwards together again")
    func away() async throws {
        let server = try await TestRedis.start()
        let clients = [
            try await RedisClient.connected(to: server, timeout: .milliseconds(200)),
            try await RedisClient.connected(to: server, timeout: .milliseconds(200)),
        ]
        let limiters = clients.map { SharedLimiter($0, rate: slow, prefix: "soma") }
        #expect((20...21).contains(await taken(limiters, "key", tries: 200)))
        for isFrozen in [true, false] {
            try await (isFrozen ? server.freeze() : server.crash())
            let key = "key \(isFrozen)"
            var count = 0
            let took = await timed { count = await taken(limiters, key, tries: 400) }
            #expect((40...44).contains(count))
            #expect(took < .seconds(1))
            try await (isFrozen ? server.thaw() : server.start())
            try await eventually("both are back") { clients.allSatisfy(\.isUp) }
            #expect((20...22).contains(await taken(limiters, "new \(key)", tries: 200)))
        }
    }

    @Test("An emptied server gives new buckets; one that lets nobody write is told once and counted around")
    func emptied() async throws {
        let server = try await TestRedis.start()
        let notes = Notes()
        let limiter = SharedLimiter(try await .connected(to: server), rate: slow, prefix: "soma") {
            notes.add("\($0.kind)")
        }
        #expect(await limiter.take("key") == nil)
        try await server.tell("flushall")
        #expect((20...21).contains(await taken([limiter], "key", tries: 100)))
        try await server.tell("config set maxmemory 1")
        #expect((20...21).contains(await taken([limiter], "other", tries: 100)))
        #expect(notes.all == ["refused(\"OOM\")"])
        try await server.tell("config set maxmemory 0")
        #expect(await limiter.take("third") == nil)
        #expect(notes.all.count == 1)
        // Full in 300 years, as after a clock that was set back: nobody is shut out for longer than a bucket takes to fill.
        try await server.tell("set soma:limit:later 9000000000000000")
        #expect(await limiter.take("later") != nil)
        let left = try await server.tell("pttl soma:limit:later")
        #expect((1...20_000).contains(Int(left.filter(\.isNumber)) ?? 0))
        // What somebody else keeps under the name is an error of the script, and no reason to refuse.
        try await server.tell("set soma:limit:strange nonsense")
        #expect(await limiter.take("strange") == nil)
        try await server.tell("lpush soma:limit:list nonsense")
        #expect(await limiter.take("list") == nil)
    }

    @Test("A refusal that comes and goes with each call is said once a minute, another one then too")
    func flood() {
        var notes = RefusalNotes()
        var said: [Int64] = []
        for second in Int64(0)..<180 {
            if notes.isNews(second < 90 ? "OOM" : "NOPERM", at: second * 1_000_000) { said.append(second) }
            if second < 70 || second == 100 { notes.ends() }
        }
        #expect(said == [0, 60, 120])
    }

    @Test("Without Redis a process limits by itself")
    func alone() async {
        let limiter = SharedLimiter(nil, rate: slow, prefix: "soma")
        #expect((20...21).contains(await taken([limiter], "key", tries: 200)))
    }
}
