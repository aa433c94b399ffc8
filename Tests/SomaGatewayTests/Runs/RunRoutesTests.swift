import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

/// Runs something that a daemon must refuse, and gives the refusal.
func refusal(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws -> ClientError {
    do {
        try await body()
    } catch let error as ClientError {
        return error
    }
    return try #require(nil as ClientError?, "it was not refused", sourceLocation: sourceLocation)
}

@Suite("Routes of runs", .timeLimit(.minutes(1)))
struct RunRoutesTests {
    @Test("A started run is shown with its goal, outcome, counts and where it stands")
    func startAndShow() async throws {
        try await Rig.run { rig in
            let run = try await rig.finish("count 3")
            let shown = try await rig.client.run(run.rawValue)
            #expect(shown.status == .completed)
            #expect(shown.goal == "count 3")
            #expect(shown.outcome == "It is done.\nAll of it.")
            #expect(shown.role == "tester")
            #expect(shown.holder == nil)
            #expect(shown.budget.spent.steps == 3)
            let page = try await rig.client.runs(status: "all")
            #expect(page.runs.map(\.id) == [run])
            #expect(page.runs.first?.outcome == "It is done.")
            #expect(page.next == nil)
        }
    }

    @Test("A start answers 201 with the place of the run")
    func created() async throws {
        try await Rig.run { rig in
            let response = try await rig.send(.post, "/v1/runs", body: #"{"goal":"hold"}"#)
            let receipt = try JSON.parse(response.body).decode(ReceiptDocument.self)
            #expect(response.status == 201)
            #expect(response.headers["Location"] == "/v1/runs/\(receipt.run)")
            #expect(receipt.status == .running)
        }
    }

    @Test("A run is named by any prefix that no other has, and several are listed")
    func prefixes() async throws {
        let store = MemoryStore()
        for name in ["abc111111111111", "abc222222222222", "abd333333333333"] {
            let start = Transition(
                run: RunID(name),
                seq: 1,
                at: Timestamp(microseconds: 1),
                kind: .runStarted
            )
            let end = Transition(
                run: RunID(name),
                seq: 2,
                at: Timestamp(microseconds: 2),
                kind: .runCompleted
            )
            _ = try await store.append([
                CommitGroup(run: RunID(name), transitions: [start, end], content: [], snapshots: [])
            ])
        }
        try await Rig.run(store: store) { rig in
            #expect(try await rig.client.run("abd").id.rawValue == "abd333333333333")
            #expect(try await rig.client.run("abc1").id.rawValue == "abc111111111111")
            let error = try await refusal { _ = try await rig.client.run("abc") }
            #expect(error.kind == .refused(409))
            #expect(error.problem?.code == "run.ambiguous")
            #expect(error.problem?.candidates == ["abc111111111111", "abc222222222222"])
            #expect(error.exitCode == 2)
        }
    }

    @Test(
        "A run that is not there is a 404 with what to do",
        arguments: ["zzzzzz", "..%2f..", "ABC", "%00", "x%20y", "💥"]
    )
    func missing(name: String) async throws {
        try await Rig.run { rig in
            let escaped = DaemonClientEscape.utf8(name)
            let response = try await rig.send(.get, "/v1/runs/\(escaped)")
            #expect(response.status == 404 || response.status == 400)
            let problem = try JSON.parse(response.body).decode(Problem.self)
            #expect(problem.type.hasPrefix(Problem.typePrefix))
            #expect(problem.trace?.utf8.count == 32)
        }
    }

    @Test("Lists go on after their cursor, filtered by status and role")
    func pages() async throws {
        try await Rig.run { rig in
            for index in 0..<5 {
                var request = StartRunDocument(goal: "count 1")
                request.role = index.isMultiple(of: 2) ? "even" : "odd"
                let run = try await rig.client.start(request).run
                try await rig.until(run) { $0.status.isTerminal }
            }
            for _ in 0..<3 { _ = try await rig.client.start(StartRunDocument(goal: "hold")) }
            for (status, role, count) in [
                ("all", nil, 8), ("ended", "even", 3), ("completed", "odd", 2), ("unfinished", nil, 3),
                ("failed", nil, 0),
            ] as [(String, String?, Int)] {
                var found: [RunID] = []
                var after: String?
                repeat {
                    let page = try await rig.client.runs(status: status, role: role, after: after, limit: 2)
                    found += page.runs.map(\.id)
                    after = page.next
                } while after != nil
                #expect(found.count == count, "\(status) \(role ?? "")")
                #expect(Set(found).count == count)
            }
        }
    }

    @Test("Transitions come in order with their stored bytes, page by page")
    func transitions() async throws {
        try await Rig.run { rig in
            let run = try await rig.finish("count 20")
            var seqs: [Int] = []
            var after = 0
            while true {
                let page = try await rig.client.transitions(of: run, after: after, limit: 7)
                seqs += page.transitions.map(\.seq)
                guard let next = page.next else { break }
                after = next
            }
            let stored = try await rig.store.transitions(of: run, after: 0, limit: 1000)
            #expect(seqs == stored.map(\.transition.seq))
            let raw = try await rig.send(.get, "/v1/runs/\(run)/transitions?limit=1")
            let first = String(decoding: try #require(stored.first).bytes, as: UTF8.self)
            #expect(raw.text.contains(first))
        }
    }

    @Test("The state is the fold of the log, now and after each transition")
    func state() async throws {
        try await Rig.run { rig in
            let run = try await rig.finish("count 2")
            let transitions = try await rig.client.transitions(of: run, after: 0).transitions
            var state = RunState(id: run)
            for transition in transitions {
                state.apply(transition)
                #expect(try await rig.client.state(of: run, at: transition.seq).document == state.document)
            }
            #expect(try await rig.client.state(of: run).seq == transitions.count)
            let error = try await refusal { _ = try await rig.client.state(of: run, at: 999) }
            #expect(error.problem?.code == "transition.missing")
        }
    }

    @Test("A question is answered once; an answer to a closed one is refused with 409")
    func answers() async throws {
        try await Rig.run { rig in
            let run = try await rig.client.start(StartRunDocument(goal: "ask")).run
            try await rig.until(run) { $0.waiting?.reason == .person }
            let wait = try #require(try await rig.client.run(run.rawValue).waits.first)
            #expect(wait.needsPerson)
            let seq = try #require(wait.seq)
            let wrong = try await refusal {
                _ = try await rig.client.answer(run.rawValue, question: seq, AnswerDocument(.approve))
            }
            #expect(wrong.kind == .refused(400))
            _ = try await rig.client.answer(
                run.rawValue,
                question: seq,
                AnswerDocument(.answer, text: "that one")
            )
            try await rig.until(run) { $0.status.isTerminal }
            let late = try await refusal {
                _ = try await rig.client.answer(
                    run.rawValue,
                    question: seq,
                    AnswerDocument(.answer, text: "no")
                )
            }
            #expect(late.kind == .refused(409))
            #expect(late.exitCode == 2)
        }
    }

    @Test("An approval goes on, with other arguments where they are given; a rejection doesn't")
    func approvals() async throws {
        try await Rig.run { rig in
            for action in [
                AnswerDocument(.approve, arguments: ["x": 1]), AnswerDocument(.reject, text: "no"),
            ] {
                let run = try await rig.client.start(StartRunDocument(goal: "approve")).run
                try await rig.until(run) { $0.waiting?.reason == .person }
                let body = try JSON(encoding: action).text()
                let response = try await rig.send(.post, "/v1/runs/\(run)/interrupts/open", body: body)
                #expect(response.status == 200)
                try await rig.until(run) { $0.status.isTerminal }
            }
        }
    }

    @Test("Runs are paused, resumed, limited, forked and cancelled")
    func steering() async throws {
        try await Rig.run { rig in
            let run = try await rig.client.start(StartRunDocument(goal: "hold")).run.rawValue
            #expect(try await rig.client.steer(run, "pause").status == .paused)
            #expect(try await rig.client.steer(run, "resume").status == .running)
            _ = try await rig.client.budget(run, Limits(steps: 77))
            #expect(try await rig.client.run(run).budget.limits.steps == 77)
            #expect(try await rig.client.cancel(run, reason: "enough").status == .cancelled)
            #expect(try await rig.client.run(run).outcome == "enough")
            let error = try await refusal { _ = try await rig.client.steer(run, "pause") }
            #expect(error.problem?.code == "run.ended")
            let settled = try await refusal {
                _ = try await rig.client.settle(run, effect: 3, happened: true)
            }
            #expect(settled.kind == .refused(409))
            let nowhere = try await refusal { _ = try await rig.client.fork(run, ForkDocument(at: 4711)) }
            #expect(nowhere.kind == .refused(404))
        }
    }

    @Test("A goal that nobody knows is refused with the reason and the hint")
    func unknownGoal() async throws {
        try await Rig.run { rig in
            let error = try await refusal { _ = try await rig.client.start(StartRunDocument(goal: "fly")) }
            #expect(error.kind == .refused(422))
            #expect(error.problem?.code == "goal.unknown")
            #expect(error.description.contains("Try count 3."))
        }
    }

    @Test(
        "Bodies that make no sense are refused with their place",
        arguments: [
            (#"{"goal":"count"#, 400, "body.json"),
            (#"[]"#, 400, "body.invalid"),
            (#"{}"#, 400, "body.invalid"),
            (#"{"goal":7}"#, 400, "body.invalid"),
            (#"{"goal":"  "}"#, 400, "goal.invalid"),
            (#"{"goal":"count","workspace":"relative"}"#, 400, "workspace.invalid"),
            (#"{"goal":"count","limits":{"steps":-1}}"#, 400, "limits.invalid"),
            (String(repeating: "[", count: 100_000), 400, "body.json"),
        ]
    )
    func badBodies(body: String, status: Int, code: String) async throws {
        try await Rig.run { rig in
            let response = try await rig.send(.post, "/v1/runs", body: body)
            #expect(response.status == status)
            #expect(response.headers["Content-Type"] == "application/problem+json")
            #expect(try JSON.parse(response.body).decode(Problem.self).code == code)
        }
    }

    @Test("More unfinished runs than allowed, begun or forked, answer 429 with when to come back")
    func admission() async throws {
        var options = GatewayOptions()
        options.runsActiveMax = 2
        try await Rig.run(options: options) { rig in
            let first = try await rig.client.start(StartRunDocument(goal: "hold"))
            _ = try await rig.client.start(StartRunDocument(goal: "hold"))
            let wanted = [("/v1/runs", #"{"goal":"hold"}"#), ("/v1/runs/\(first.run)/fork", #"{"at":2}"#)]
            for (path, body) in wanted {
                let response = try await rig.send(.post, path, body: body)
                #expect(response.status == 429)
                #expect(response.headers["Retry-After"] == "5")
            }
        }
    }

    @Test("Words come as text where they are text and as bytes where they are not")
    func content() async throws {
        let store = MemoryStore()
        let (text, bytes) = (ContentID(high: 1, low: 1), ContentID(high: 2, low: 2))
        let run = RunID("abc111111111111")
        let words = [
            Content(id: text, subject: "local", words: Words("wörter")),
            Content(id: bytes, subject: "local", words: Words(bytes: [0xFF, 0x00])),
        ]
        let start = Transition(run: run, seq: 1, at: Timestamp(microseconds: 1), kind: .runStarted)
        _ = try await store.append([
            CommitGroup(run: run, transitions: [start], content: words, snapshots: [])
        ])
        try await Rig.run(store: store) { rig in
            let missing = ContentID(high: 3, low: 3)
            let found = try await rig.client.content([text, bytes, missing])
            #expect(found == [text: Array("wörter".utf8), bytes: [0xFF, 0x00]])
            let many = (0..<ContentDocument.idsMax).map { ContentID(high: 9, low: UInt64($0)).description }
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            raw.send(
                "GET /v1/content?ids=\(many.joined(separator: ",")) HTTP/1.1\r\nHost: soma\r\nConnection: close\r\n\r\n"
            )
            let answer = await raw.readAll()
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            for ids in ["", "xyz", Array(repeating: "a", count: 501).joined(separator: ",")] {
                let response = try await rig.send(.get, "/v1/content?ids=\(ids)")
                #expect(response.status == 400)
            }
        }
    }

    @Test("The fleet is what a fold of the log up to its place gives")
    func fleet() async throws {
        try await Rig.run { rig in
            for goal in ["count 2", "count 3"] { try await rig.finish(goal) }
            let document = try await rig.client.fleet()
            var fleet = Fleet()
            for stored in try await rig.store.transitions(after: .start, limit: 1000) {
                fleet.apply(stored.transition)
            }
            let head = try await rig.store.head()
            #expect(document.position == head.description)
            #expect(document.fleet.runs.map(\.seq) == fleet.runs.map(\.seq))
            #expect(Set(document.words.values) == ["count 2", "count 3", "It is done.\nAll of it."])
        }
    }
}

/// Escapes as clients do.
enum DaemonClientEscape {
    static func utf8(_ text: String) -> String {
        if text.contains("%") { return text }
        return text.utf8.map { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
