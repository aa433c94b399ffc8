import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

@Suite("Care", .timeLimit(.minutes(1)))
struct CareRoutesTests {
    @Test("The daemon tells what it is and how much it does")
    func daemon() async throws {
        try await Rig.run { rig in
            let run = try await rig.client.start(StartRunDocument(goal: "ask")).run
            try await rig.until(run) { $0.waiting?.reason == .person }
            let daemon = try await rig.client.daemon()
            #expect(daemon.version == SomaVersion.product)
            #expect(daemon.pid == 7)
            #expect(daemon.listen == ["unix:\(rig.socket)"])
            #expect(daemon.isReady)
            #expect(daemon.runsUnfinished == 1)
            #expect(daemon.runsWaitingForPerson == 1)
            let head = try await rig.store.head()
            #expect(daemon.position == head.description)
        }
    }

    @Test("Before the runs are taken up it is alive but not ready, and what needs them is told to wait")
    func notReady() async throws {
        var options = GatewayOptions()
        options.readyWithin = .zero
        try await Rig.run(options: options, recovers: false) { rig in
            #expect(try await rig.send(.get, "/healthz").status == 200)
            #expect(try await rig.send(.get, "/readyz").status == 503)
            #expect(try await rig.client.isReady() == false)
            let fleet = try await rig.send(.get, "/v1/fleet")
            #expect(fleet.status == 503)
            #expect(fleet.headers["Retry-After"] == "1")
            rig.readiness.state = .ready
            #expect(try await rig.client.isReady())
            rig.readiness.state = .stopping
            #expect(try await rig.send(.get, "/v1/fleet").status == 200)
            #expect(try await rig.send(.post, "/v1/runs", body: #"{"goal":"hold"}"#).status == 503)
        }
    }

    @Test("While nothing can be kept it says why, answers questions, and refuses what would have to wait")
    func trouble() async throws {
        try await Rig.run { rig in
            rig.readiness.trouble = "The disk is full."
            #expect(try await rig.client.health() == "The disk is full.")
            #expect(try await rig.client.isReady() == false)
            #expect(try await rig.client.daemon().trouble == "The disk is full.")
            #expect(try await rig.send(.get, "/v1/fleet").status == 200)
            let refused = try await rig.send(.post, "/v1/runs", body: #"{"goal":"hold"}"#)
            #expect(refused.status == 507)
            #expect(refused.headers["Retry-After"] == "5")
            #expect(refused.text.contains("store.full"))
            #expect(refused.text.contains("The disk is full."))
            rig.readiness.trouble = nil
            #expect(try await rig.client.isReady())
            #expect(try await rig.client.health() == "ok")
            #expect(try await rig.client.daemon().trouble == nil)
            #expect(try await rig.send(.post, "/v1/runs", body: #"{"goal":"hold"}"#).status == 201)
        }
    }

    @Test("A request waits for the runs to be taken up")
    func waits() async throws {
        try await Rig.run(recovers: false) { rig in
            async let fleet = rig.client.fleet()
            try await rig.engine.recover()
            rig.readiness.state = .ready
            let runs = try await fleet.runs
            #expect(runs.isEmpty)
        }
    }

    @Test("While the store is away, whatever needs it is refused with the reason, and the rest is answered")
    func storeAway() async throws {
        let why = "waiting for the store: It is away. Start it."
        var bounds = GatewayOptions()
        bounds.readyWithin = .zero
        try await Rig.run(options: bounds, recovers: false) { rig in
            rig.readiness.state = .starting(why)
            rig.readiness.trouble = why
            for (method, path) in [
                (HTTPMethod.get, "/v1/fleet"), (.post, "/v1/runs"), (.post, "/v1/daemon/stay"),
            ] {
                let refused = try await rig.send(method, path, body: method == .post ? #"{"goal":"x"}"# : nil)
                #expect(refused.status == 503, "\(path)")
                #expect(refused.headers["Retry-After"] == "1")
                #expect(refused.text.contains("The daemon is \(why)\""), "\(refused.text)")
            }
            #expect(try await rig.client.health() == why)
            #expect(try await rig.send(.get, "/readyz").text.contains(why))
            #expect(try await rig.client.daemon().trouble == why)
            #expect(try await rig.client.daemon().isReady == false)
        }
    }

    @Test("Roles are listed and shown")
    func roles() async throws {
        try await Rig.run { rig in
            #expect(try await rig.client.roles() == [StubRoles.coder, StubRoles.operator_])
            #expect(try await rig.client.role("coder") == StubRoles.coder)
            let error = try await refusal { _ = try await rig.client.role("cook") }
            #expect(error.description.contains("coder, operator"))
        }
    }

    @Test("Memories are found by words, on their workspace only")
    func memory() async throws {
        let store = MemoryStore()
        let memory = Memory(
            run: RunID("abc"),
            workspace: "/srv/x",
            at: Timestamp(microseconds: 5),
            title: "Survey",
            text: "Mostly Swift."
        )
        try await store.remember(memory)
        try await Rig.run(store: store) { rig in
            let found = try await rig.client.memories(workspace: "/srv/x", query: "swift").memories
            #expect(found.map(\.title) == ["Survey"])
            #expect(try await rig.client.memories(workspace: "/srv", query: "swift").memories.isEmpty)
            #expect(try await rig.send(.get, "/v1/memory?q=x").status == 400)
            #expect(try await rig.send(.get, "/v1/memory?workspace=/x&limit=1000").status == 400)
        }
    }

    @Test("Metrics are Prometheus' text, and what else a client asks for")
    func metrics() async throws {
        try await Rig.run { rig in
            #expect(try await rig.client.metrics() == "soma_up 1\n")
            let plain = try await rig.send(.get, "/metrics").headers
            #expect(plain["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(plain["Content-Encoding"] == nil)
            let asked: HTTPHeaders = [
                "Accept": "application/openmetrics-text", "Accept-Encoding": "identity",
            ]
            let headers = try await rig.send(.get, "/metrics", headers: asked).headers
            #expect(headers["Content-Type"] == "application/openmetrics-text")
            #expect(headers["Content-Encoding"] == "identity")
            #expect(headers["Vary"] == "Accept, Accept-Encoding")
        }
    }
}
