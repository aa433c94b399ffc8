import Glibc
import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

@Suite("Stream", .timeLimit(.minutes(2)))
struct StreamTests {
    /// The ids and data of a stream until an id comes.
    private func read(_ rig: Rig, _ query: String, headers: HTTPHeaders = [:], until last: String)
        async throws
        -> [SSEEvent]
    {
        var request = HTTPRequest(
            .get,
            "http://soma/v1/stream\(query)",
            headers: headers,
            unixSocketPath: rig.socket
        )
        request.addressPolicy = .any
        var events: [SSEEvent] = []
        for try await event in try await rig.http.events(request) {
            events.append(event)
            if event.lastEventID == last { break }
        }
        return events
    }

    @Test("Data are the stored bytes, ids the places, from the beginning to the head")
    func bytes() async throws {
        try await Rig.run { rig in
            try await rig.finish("count 3")
            let head = try await rig.store.head()
            let stored = try await rig.store.transitions(after: .start, limit: 1000)
            let events = try await read(rig, "?after=p0", until: head.description)
            #expect(events.map(\.lastEventID) == stored.map(\.position.description))
            #expect(events.map(\.data) == stored.map { String(decoding: $0.bytes, as: UTF8.self) })
            #expect(Set(events.map(\.type)) == ["message"])
        }
    }

    @Test("Last-Event-ID wins over after, as a browser that comes back means it")
    func resume() async throws {
        try await Rig.run { rig in
            try await rig.finish("count 3")
            let head = try await rig.store.head().description
            let events = try await read(rig, "?after=p0", headers: ["Last-Event-ID": "p3"], until: head)
            #expect(events.first?.lastEventID == "p4")
        }
    }

    @Test("Runs and kinds are picked out")
    func filters() async throws {
        try await Rig.run { rig in
            try await rig.finish("count 2")
            let run = try await rig.finish("count 2")
            let head = try await rig.store.head().description
            let one = try await read(rig, "?after=p0&run=\(run.short)", until: head)
            let transitions = try one.map { try Transition(cloudEvent: Array($0.data.utf8)) }
            #expect(Set(transitions.map(\.run)) == [run])
            let family = try await read(rig, "?after=p0&kind=run", until: head)
            let kinds = try family.map { try Transition(cloudEvent: Array($0.data.utf8)).kind }
            #expect(kinds == [.runStarted, .runCompleted, .runStarted, .runCompleted])
        }
    }

    @Test("A place that the log no longer has is a 410, one that is none a 400")
    func gone() async throws {
        try await Rig.run(oldest: Position(3)) { rig in
            try await rig.finish("count 3")
            for (after, status) in [("p1", 410), ("pffff", 410), ("nonsense", 400), ("p-1", 400)] {
                #expect(try await rig.send(.get, "/v1/stream?after=\(after)").status == status, "\(after)")
            }
        }
    }

    @Test("Streamed output is shown without a place, text as text and bytes as bytes")
    func output() async throws {
        try await Rig.run { rig in
            let position = try await rig.client.fleet().position
            async let outputs = collect(rig, after: position)
            while rig.gateway.streamClients == 0 { await Task.yield() }
            try await rig.finish("shout")
            let found = try await outputs
            #expect(found == ["hey": nil, "": "//4="])
        }
    }

    private func collect(_ rig: Rig, after position: String) async throws -> [String: String?] {
        var found: [String: String?] = [:]
        for try await event in rig.client.follow(after: position) {
            guard case .output(let output) = event else { continue }
            found[output.text ?? ""] = output.base64
            if found.count == 2 { break }
        }
        return found
    }

    @Test("Under load, a client that attaches, is cut and comes back has everything once and in order")
    func noGapNoRepeat() async throws {
        try await Rig.run { rig in
            let load = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<20 {
                        group.addTask { try await rig.finish("count \(20 + index)") }
                    }
                    try await group.waitForAll()
                }
            }
            let readers = (0..<4).map { number in
                Task { try await follow(rig, cutEvery: 50 + 37 * number) }
            }
            try await load.value
            let expected = try await rig.store.transitions(after: .start, limit: 100_000)
            var fleet = Fleet()
            for stored in expected { fleet.apply(stored.transition) }
            for reader in readers {
                let seen = try await reader.value
                #expect(seen.gaps == 0)
                #expect(seen.runs.map(\.seq).sorted() == fleet.runs.map(\.seq).sorted())
                #expect(seen.runs.allSatisfy { $0.status == .completed })
            }
        }
    }

    /// Attaches, folds, and comes back after every so many events, until all 20 runs have ended.
    private func follow(_ rig: Rig, cutEvery: Int) async throws -> Fleet {
        let snapshot = try await rig.client.fleet()
        var fleet = snapshot.fleet
        var position = snapshot.position
        func isDone() -> Bool { fleet.runs.count == 20 && fleet.runs.allSatisfy(\.status.isTerminal) }
        while !isDone() {
            var count = 0
            for try await event in rig.client.follow(after: position) {
                guard case .transition(let transition, let place) = event else { continue }
                let applied = fleet.apply(transition)
                #expect(applied == .next, "\(transition.eventID)")
                position = place
                count += 1
                if count == cutEvery || isDone() { break }
            }
        }
        return fleet
    }

    @Test("A client that is too slow for the ring is told so and misses nothing")
    func lagged() async throws {
        try await Rig.run { rig in
            let run = RunID("abc111111111111")
            let slow = try RawClient(rig.socket)
            defer { slow.close() }
            slow.send("GET /v1/stream HTTP/1.1\r\nHost: soma\r\n\r\n")
            while rig.gateway.streamClients == 0 { await Task.yield() }
            // More than the ring and the socket's buffers hold together.
            let count = 3 * EventHub.capacity
            let big = String(repeating: "x", count: 300)
            for chunk in stride(from: 1, through: count, by: 1000) {
                let transitions = (chunk..<min(chunk + 1000, count + 1)).map { seq in
                    Transition(
                        run: run,
                        seq: seq,
                        at: Timestamp(microseconds: Int64(seq)),
                        kind: seq == 1 ? .runStarted : .factObserved,
                        body: ["big": .string(big)]
                    )
                }
                let group = CommitGroup(run: run, transitions: transitions, content: [], snapshots: [])
                rig.engine.hub.publish(try await rig.store.append([group]))
            }
            var text: [UInt8] = []
            let end = Array("\nid: p\(String(count, radix: 16))\n".utf8)
            var searched = 0
            while true {
                text += await slow.read()
                if text[max(0, searched - 64)...].firstRange(of: end) != nil { break }
                searched = text.count
            }
            let lines = text.split(separator: 0x0A)
            let ids = lines.filter { $0.starts(with: "id: ".utf8) }
            let isTold = lines.contains { $0.starts(with: "event: lagged".utf8) }
            #expect(ids.count == count)
            #expect(Set(ids).count == count)
            #expect(isTold)
        }
    }

    @Test("A client that takes nothing is cut; others notice nothing")
    func stalled() async throws {
        var options = GatewayOptions()
        options.stallMax = .milliseconds(200)
        try await Rig.run(options: options) { rig in
            let dead = try RawClient(rig.socket)
            defer { dead.close() }
            dead.send("GET /v1/stream HTTP/1.1\r\nHost: soma\r\n\r\n")
            while rig.gateway.streamClients == 0 { await Task.yield() }
            let fact = Transition(
                run: RunID("abc"),
                seq: 1,
                at: Timestamp(microseconds: 1),
                kind: .factObserved
            )
            let bytes = [UInt8](repeating: 0x78, count: 60_000)
            rig.engine.hub.publish(
                (1...200).map { StoredTransition(position: Position($0), transition: fact, bytes: bytes) }
            )
            while rig.gateway.streamClients > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await rig.send(.get, "/healthz").status == 200)
        }
    }

    @Test("A silent stream says that it is alive, with the place that others' transitions have moved it to")
    func heartbeat() async throws {
        var options = GatewayOptions()
        options.heartbeat = .milliseconds(40)
        try await Rig.run(options: options) { rig in
            let client = try RawClient(rig.socket)
            defer { client.close() }
            client.send("GET /v1/stream?kind=nothing.at-all HTTP/1.1\r\nHost: soma\r\n\r\n")
            while rig.gateway.streamClients == 0 { await Task.yield() }
            try await rig.finish("count 1")
            let head = try await rig.store.head()
            var text: [UInt8] = []
            while text.firstRange(of: Array(": alive\nid: \(head)\n\n".utf8)) == nil {
                text += await client.read()
            }
            #expect(String(decoding: text, as: UTF8.self).contains("text/event-stream"))
        }
    }

    @Test("More clients than allowed are told when to come back; one that leaves makes room at once")
    func limit() async throws {
        var options = GatewayOptions()
        options.streamsMax = 1
        try await Rig.run(options: options) { rig in
            let first = try RawClient(rig.socket)
            first.send("GET /v1/stream HTTP/1.1\r\nHost: soma\r\n\r\n")
            while rig.gateway.streamClients == 0 { await Task.yield() }
            let refused = try await rig.send(.get, "/v1/stream")
            #expect(refused.status == 429)
            #expect(refused.headers["Retry-After"] == "5")
            first.close()
            while rig.gateway.streamClients > 0 { await Task.yield() }
            #expect(rig.observer.clients == 0)
        }
    }

    @Test("Who asks for a stream's head alone takes no place among those who follow it")
    func head() async throws {
        try await Rig.run { rig in
            let talk = try await rig.client.converse(StartConversationDocument(), key: "talk").id
            for path in ["/v1/stream", "/v1/conversations/\(talk)/stream"] {
                let answer = try await rig.send(.head, path)
                #expect(answer.status == 200)
                #expect(answer.headers["Content-Type"] == "text/event-stream")
                #expect(rig.gateway.streamClients == 0, "\(path)")
                #expect(rig.observer.clients == 0, "\(path)")
            }
        }
    }

    @Test("An attached client gets the snapshot, then what happens, and comes back by itself")
    func attach() async throws {
        try await Rig.run { rig in
            let done = try await rig.finish("count 2")
            var iterator = rig.client.attach().makeAsyncIterator()
            guard case .snapshot(let document)? = try await iterator.next() else {
                Issue.record("the first event is the snapshot")
                return
            }
            #expect(document.fleet[done]?.status == .completed)
            let run = try await rig.finish("count 2")
            var seen: [Int] = []
            while let event = try await iterator.next() {
                guard case .transition(let transition, _) = event else { continue }
                #expect(transition.run == run)
                seen.append(transition.seq)
                if transition.kind == .runCompleted { break }
            }
            #expect(seen == Array(1...seen.count))
        }
    }

    @Test("One run is followed from any of its transitions, out of the log and on, without gap or repeat")
    func followRun() async throws {
        try await Rig.run { rig in
            let run = try await rig.client.start(StartRunDocument(goal: "ask")).run
            try await rig.until(run) { $0.waiting?.reason == .person }
            var seqs: [Int] = []
            for try await event in rig.client.follow(run, after: 1) {
                guard case .transition(let transition, _) = event else { continue }
                seqs.append(transition.seq)
                if transition.kind == .interruptOpened {
                    let answer = AnswerDocument(.answer, text: "yes")
                    _ = try await rig.client.answer(run.rawValue, question: transition.seq, answer)
                }
                if transition.kind == .runCompleted { break }
            }
            #expect(seqs == Array(2...(seqs.count + 1)))
        }
    }
}
