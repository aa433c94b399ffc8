import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import SomaSettings
import Testing

@testable import SomaDaemon

/// Runs that no runbook fits, planned by a model behind a real connection, through a whole daemon.
@Suite("A model, end to end", .serialized, .timeLimit(.minutes(3)))
struct ModelRunTests {
    private static let key = "sk-canary-4f1b9c2e7d"
    private static let plan = """
        {"steps": [{"id": "look", "title": "Read the file", "criterion": "its colour is known"}]}
        """

    /// What a model that does its work says.
    private static func answer(_ request: ChatServer.Request) -> ChatServer.Answer {
        switch request.ask {
        case .plan: .text("Here is the plan:\n" + plan)
        case .select where request.number == 0: .call("read_file", #"{"path": "a.txt"}"#)
        case .select: .call("finish_step", #"{"result": "the colour is teal"}"#)
        case .judge: .text(#"{"accepted": true, "evidence": "read_file shows it"}"#)
        case .report: .text("# The colour\n\nIt is **teal**, says a.txt.")
        }
    }

    /// A run to its end, with what is left of it.
    private struct Ended {
        let run: RunDocument
        let transitions: [Transition]
        let metrics: String
        /// All files of the data folder, and all that was asked for over the socket, as bytes.
        let written: [UInt8]
        func counts(_ kind: TransitionKind) -> Int { transitions.count { $0.kind == kind } }
    }

    /// Starts a daemon with the server as its model, and a run, and waits for the run's end.
    private func end(
        _ server: ChatServer,
        limits: Limits? = nil,
        meanwhile: (DaemonClient, RunID) async throws -> Void = { _, _ in }
    ) async throws -> Ended {
        var template = Array("/tmp/soma-model-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        mkdir(folder + "/files", 0o755)
        try Data("the colour is teal\n".utf8).write(to: URL(filePath: folder + "/files/a.txt"))
        try Data((Self.key + "\n").utf8).write(to: URL(filePath: folder + "/key"))
        chmod(folder + "/key", 0o600)
        var options = DaemonOptions()
        options.flags = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"),
            ("agents_dir", DaemonTests.agents),
            ("log.level", "critical"), ("model.url", server.url), ("model.name", "tester"),
            ("model.api_key", "file:\(folder)/key"), ("model.usd_per_million_input", "2"),
            ("model.usd_per_million_output", "10.50"),
        ].map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        let daemon = try Daemon(options)
        let task = Task { try await daemon.run() }
        let client = try DaemonClient(.unix(path: folder + "/s"))
        while (try? await client.daemon())?.isReady != true { try await Task.sleep(for: .milliseconds(10)) }
        let goal = "tell me which colour a.txt is about"
        let start = StartRunDocument(goal: goal, workspace: folder + "/files", limits: limits)
        let run = try await client.start(start).run
        try await meanwhile(client, run)
        var document = try await client.run(run.rawValue)
        while !document.status.isTerminal {
            try await Task.sleep(for: .milliseconds(20))
            document = try await client.run(run.rawValue)
        }
        let transitions = try await client.transitions(of: run, after: 0).transitions
        let ids = transitions.flatMap { $0.content.map(\.id) }
        var written = try await client.content(ids).values.flatMap { $0 }
        let metrics = try await client.metrics()
        await client.close()
        task.cancel()
        _ = await task.result
        written += transitions.flatMap { JSON.object($0.body).bytes() }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/data") {
            written += (try? [UInt8](Data(contentsOf: URL(filePath: "\(folder)/data/\(name)")))) ?? []
        }
        return Ended(run: document, transitions: transitions, metrics: metrics, written: written)
    }

    @Test("plans, calls tools in its scope, is refused others, is judged, reports, and pays for what it used")
    func success() async throws {
        let server = try ChatServer { request in
            switch (request.ask, request.number) {
            // Out of the role's scope, then broken: each is said back to the model, none is called.
            case (.select, 0): .call("shell", #"{"command": "id"}"#)
            case (.select, 1): .call("read_file", #"{"path": "#)
            case (.select, 2): .call("read_file", #"{"path": "a.txt"}"#)
            case (.select, _): .call("finish_step", #"{"result": "the colour is teal"}"#)
            default: Self.answer(request)
            }
        }
        defer { server.stop() }
        let ended = try await end(server)
        #expect(ended.run.status == .completed, "\(ended.run.outcome ?? "")")
        #expect(ended.run.outcome == "# The colour\n\nIt is **teal**, says a.txt.")
        let tools = ended.transitions.filter { $0.kind == .effectRequested }.compactMap {
            $0.body["effect"] == "tool" ? $0.body["name"]?.string : nil
        }
        #expect(tools == ["memory_recall", "read_file", "memory_commit"])
        let requests = server.requests
        #expect(requests.map(\.ask) == [.plan, .select, .select, .select, .select, .judge, .report])
        #expect(requests.allSatisfy { $0.head.contains("Authorization: Bearer \(Self.key)") })
        let offered = requests[1].body["tools"]?.array?.compactMap { $0["function"]?["name"]?.string } ?? []
        #expect(offered.contains("read_file") && !offered.contains("shell"))
        let told = requests.map { $0.body["messages"]?.array?.last?["content"]?.string ?? "" }
        #expect(told[2].contains(#"found "shell""#) && told[3].contains("found text that is none"))
        let result = requests[4].body["messages"]?.array?.first { $0["role"] == "tool" }
        #expect(result?["content"]?.string?.contains("the colour is teal") == true)
        // Seven answers of 1000 and 100 tokens, at 2 and 10.50 dollars a million.
        #expect(ended.run.budget.spent.tokens == 7700)
        #expect(ended.run.budget.spent.microdollars == 7 * (2000 + 1050))
        #expect(ended.run.budget.reserved == .zero)
        let label = #"{provider="127.0.0.1:\#(server.port)",model="tester",direction="input"}"#
        #expect(ended.metrics.contains("soma_model_tokens_total\(label) 7000"), "\(ended.metrics)")
        #expect(
            ended.written.firstRange(of: Array("It is **teal**".utf8)) != nil,
            "it looks at the right files"
        )
        #expect(ended.written.firstRange(of: Array(Self.key.utf8)) == nil, "the key was stored")
    }

    static let passing: [(String, ChatServer.Answer)] = [
        ("a stream that is cut", .cut(plan)), ("an event that is no JSON", .garbage),
        (
            "too many requests",
            .status("429 Too Many Requests", ["Retry-After: 1"], #"{"error":{"message":"slow"}}"#)
        ),
        ("a server that fails", .status("500 Internal Server Error", [], "<html>oops</html>")),
        ("a plan that is none", .text("I would rather talk about it.")),
    ]

    @Test("what passes is tried again and the run completes", arguments: passing)
    func passingTrouble(_ name: String, _ first: ChatServer.Answer) async throws {
        let server = try ChatServer { $0.ask == .plan && $0.number == 0 ? first : Self.answer($0) }
        defer { server.stop() }
        let ended = try await end(server)
        #expect(ended.run.status == .completed, "\(ended.run.outcome ?? "")")
        let plans = server.requests.filter { $0.ask == .plan }
        #expect(plans.count == 2)
        if case .status("429 Too Many Requests", _, _) = first, plans.count == 2 {
            #expect(plans[1].at - plans[0].at >= .seconds(1), "it did not wait as long as it was told")
        }
        // What arrived of an answer that broke off is charged too, by an estimate.
        if case .cut = first { #expect(ended.run.budget.spent.tokens > 5 * 1100) }
        #expect(ended.run.budget.reserved == .zero)
    }

    static let lasting: [(String, ChatServer.Answer, String)] = [
        (
            "a key that is refused",
            .status("401 Unauthorized", [], #"{"error":{"message":"Incorrect API key provided: \#(key)"}}"#),
            "Incorrect API key provided: [secret]"
        ),
        ("an answer without end", .endless, "larger than"),
        (
            "a wait that is too long",
            .status("429 Too Many Requests", ["Retry-After: 86400"], #"{"error":{"message":"slow"}}"#),
            "asks to wait for 1d"
        ),
        ("no server for chat at all", .status("404 Not Found", [], "nothing here"), "model.url"),
    ]

    @Test("what does not pass ends the run with the reason and without the key", arguments: lasting)
    func lastingTrouble(_ name: String, _ answer: ChatServer.Answer, _ words: String) async throws {
        let server = try ChatServer { _ in answer }
        defer { server.stop() }
        let ended = try await end(server)
        #expect(ended.run.status == .failed && ended.run.statusReason == "model.failed")
        #expect(ended.run.outcome?.contains(words) == true, "\(ended.run.outcome ?? "")")
        #expect(server.requests.count == 1)
        #expect(ended.written.firstRange(of: Array(Self.key.utf8)) == nil, "the key was stored")
        #expect(ended.run.budget.reserved == .zero)
    }

    @Test("a model that asks for the same call for ever is stopped")
    func loop() async throws {
        let server = try ChatServer { request in
            request.ask == .select ? .call("read_file", #"{"path": "a.txt"}"#) : Self.answer(request)
        }
        defer { server.stop() }
        let ended = try await end(server)
        #expect(ended.run.status == .failed)
        #expect(ended.run.statusReason == "loop", "\(ended.run.statusReason): \(ended.run.outcome ?? "")")
        #expect(server.requests.count < 40)
    }

    @Test("a run that waits for a model that never answers can be cancelled")
    func silence() async throws {
        let server = try ChatServer { _ in .silence }
        defer { server.stop() }
        let started = ContinuousClock.now
        let ended = try await end(server) { client, run in
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            _ = try await client.cancel(run.rawValue, reason: "enough")
        }
        #expect(ended.run.status == .cancelled)
        #expect(ContinuousClock.now - started < .seconds(30))
    }

    @Test("a budget that has no room for the next question pauses the run before it is asked")
    func budget() async throws {
        let server = try ChatServer(Self.answer)
        defer { server.stop() }
        let ended = try await end(server, limits: Limits(tokens: 8000)) { client, run in
            var document = try await client.run(run.rawValue)
            while document.status != .paused, !document.status.isTerminal {
                try await Task.sleep(for: .milliseconds(20))
                document = try await client.run(run.rawValue)
            }
            #expect(document.statusReason == "budget:tokens")
            #expect(document.budget.spent.tokens <= 8000)
            _ = try await client.budget(run.rawValue, Limits(tokens: 100_000))
        }
        #expect(ended.run.status == .completed, "\(ended.run.outcome ?? "")")
    }
}
