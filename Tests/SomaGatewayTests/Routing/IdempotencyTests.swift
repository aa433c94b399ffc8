import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

@Suite("Idempotency keys", .timeLimit(.minutes(1)))
struct IdempotencyTests {
    private let body = #"{"goal":"hold"}"#

    @Test("A repeated request is answered as the first one was and does nothing")
    func repeated() async throws {
        try await Rig.run { rig in
            let first = try await rig.send(.post, "/v1/runs", headers: ["Idempotency-Key": "k1"], body: body)
            let second = try await rig.send(.post, "/v1/runs", headers: ["Idempotency-Key": "k1"], body: body)
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers["Location"] == first.headers["Location"])
            #expect(second.headers["Idempotent-Replayed"] == "true")
            #expect(try await rig.store.runs(.init()).count == 1)
        }
    }

    @Test("Requests with one key at the same time start one run")
    func atOnce() async throws {
        try await Rig.run { rig in
            let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        let headers: HTTPHeaders = ["Idempotency-Key": "same"]
                        return try await rig.send(.post, "/v1/runs", headers: headers, body: self.body).body
                    }
                }
                return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
            }
            #expect(answers.count == 1)
            #expect(try await rig.store.runs(.init()).count == 1)
        }
    }

    @Test("A refusal is repeated too")
    func refusals() async throws {
        try await Rig.run { rig in
            let bad = #"{"goal":"fly"}"#
            let first = try await rig.send(.post, "/v1/runs", headers: ["Idempotency-Key": "k"], body: bad)
            let second = try await rig.send(.post, "/v1/runs", headers: ["Idempotency-Key": "k"], body: bad)
            #expect(first.status == 422)
            #expect(second.status == 422)
        }
    }

    @Test("What found no room is done when it is asked again with its key, and once")
    func noRoom() async throws {
        var options = GatewayOptions()
        options.runsActiveMax = 1
        try await Rig.run(options: options) { rig in
            let first = try await rig.client.start(StartRunDocument(goal: "hold")).run
            let headers: HTTPHeaders = ["Idempotency-Key": "later"]
            for _ in 0..<2 {
                let refused = try await rig.send(.post, "/v1/runs", headers: headers, body: body)
                #expect(refused.status == 429)
                #expect(refused.headers["Retry-After"] == "5")
                #expect(try JSON.parse(refused.body).decode(Problem.self).code == "runs.many")
            }
            _ = try await rig.client.cancel(first.rawValue, reason: nil)
            try await rig.until(first) { $0.status.isTerminal }
            let started = try await rig.send(.post, "/v1/runs", headers: headers, body: body)
            #expect(started.status == 201)
            // There is no room again, and what was done is still told.
            let repeated = try await rig.send(.post, "/v1/runs", headers: headers, body: body)
            #expect(repeated.body == started.body)
            #expect(try await rig.store.runs(.init()).count == 2)
        }
    }

    @Test("A key that was used for another request is refused")
    func reused() async throws {
        try await Rig.run { rig in
            _ = try await rig.send(.post, "/v1/runs", headers: ["Idempotency-Key": "k"], body: body)
            let other = #"{"goal":"count 2"}"#
            let response = try await rig.send(
                .post,
                "/v1/runs",
                headers: ["Idempotency-Key": "k"],
                body: other
            )
            #expect(response.status == 422)
            #expect(try JSON.parse(response.body).decode(Problem.self).code == "idempotency.reused")
        }
    }

    @Test("A request that was cut off before its answer is not done a second time")
    func cutOff() async throws {
        let store = MemoryStore()
        try await Rig.run(store: store) { rig in
            let first = try await rig.send(
                .post,
                "/v1/runs",
                headers: ["Idempotency-Key": "probe"],
                body: body
            )
            #expect(first.status == 201)
            let begun = try #require(try await store.idempotent(key: "begun:probe", answer: nil))
            _ = try await store.idempotent(key: "begun:lost", answer: begun)
            let response = try await rig.send(
                .post,
                "/v1/runs",
                headers: ["Idempotency-Key": "lost"],
                body: body
            )
            #expect(response.status == 409)
            #expect(try await store.runs(.init()).count == 1)
        }
    }

    @Test("Keys that are no keys are refused", arguments: ["a b", "ä", String(repeating: "k", count: 201)])
    func badKeys(key: String) async throws {
        try await Rig.run { rig in
            let response = try await rig.send(
                .post,
                "/v1/runs",
                headers: ["Idempotency-Key": key],
                body: body
            )
            #expect(response.status == 400)
        }
    }
}
