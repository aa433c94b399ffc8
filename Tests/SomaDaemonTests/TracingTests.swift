import CollectorFixture
import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import SomaHTTP
import SomaSettings
import SomaTraces
import Testing

@testable import SomaDaemon

/// Traces of runs through a whole daemon, as a collector gets them.
@Suite("Traces, end to end", .serialized, .timeLimit(.minutes(3)))
struct TracingTests {
    private static let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// A daemon at work on a folder of its own, which is told to end before `body`'s outcome is given.
    private func withDaemon(
        _ collector: Collector,
        _ flags: [(String, String)] = [],
        _ body: (DaemonClient, String) async throws -> Void
    ) async throws {
        var template = Array("/tmp/soma-traces-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        mkdir(folder + "/files", 0o755)
        try Data("the colour is teal\n".utf8).write(to: URL(filePath: folder + "/files/a.txt"))
        var options = DaemonOptions()
        let own = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"),
            ("agents_dir", DaemonTests.agents),
            ("log.level", "critical"), ("tracing.endpoint", collector.base),
        ]
        options.flags = (own + flags).map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        let daemon = try Daemon(options)
        let task = Task { try await daemon.run() }
        let client = try DaemonClient(.unix(path: folder + "/s"))
        while (try? await client.daemon())?.isReady != true { try await Task.sleep(for: .milliseconds(10)) }
        try await body(client, folder)
        await client.close()
        task.cancel()
        _ = await task.result
    }

    private func end(_ run: RunID, _ client: DaemonClient) async throws -> RunDocument {
        var document = try await client.run(run.rawValue)
        while !document.status.isTerminal {
            try await Task.sleep(for: .milliseconds(20))
            document = try await client.run(run.rawValue)
        }
        return document
    }

    /// All spans that a collector has, in the order in which they came.
    private func spans(_ collector: Collector) throws -> [TraceSpan] {
        try collector.requests.flatMap { try SpanSet(protobuf: $0.unpacked).spans }
    }

    /// What is told of a span and doesn't depend on the clock.
    private struct Node: Hashable {
        let id: SpanID
        let parent: SpanID?
        let name: String
        let start: Int64
        let duration: Int64
        let hasFailed: Bool

        init(_ span: TraceSpan) {
            (id, parent, name) = (span.id, span.parent, span.name)
            (start, duration, hasFailed) = (span.start, span.duration, span.hasFailed)
        }
    }

    @Test(
        "A run and what it delegates are one trace: the one that their logs tell, whole, and each span once"
    )
    func whole() async throws {
        let collector = try Collector()
        var logs: [[Transition]] = []
        var root = RunID("")
        try await withDaemon(collector) { client, folder in
            root = try await client.start(
                StartRunDocument(goal: "check this host", workspace: folder + "/files")
            ).run
            #expect(try await end(root, client).status == .completed)
            let log = try await client.transitions(of: root, after: 0).transitions
            let children = log.compactMap { $0.body["child"]?.string }.map { RunID($0) }
            logs = [log]
            for child in Set(children) {
                _ = try await end(child, client)
                logs.append(try await client.transitions(of: child, after: 0).transitions)
            }
            let metrics = try await client.metrics()
            #expect(metrics.contains("soma_trace_spans_dropped_total{reason=\"queue\"} 0"))
        }
        #expect(logs.count == 2)
        let all = try spans(collector)
        #expect(Set(all.map(\.id)).count == all.count)
        let exported = all.filter { $0.trace == TraceIdentity.trace(of: root) }
        // What only looked at it is in traces of its own.
        let looks = all.filter { $0.trace != TraceIdentity.trace(of: root) }
        #expect(
            looks.allSatisfy { $0.kind == .server && $0.parent == nil && $0.name.hasPrefix("GET /v1/runs") }
        )
        let request = try #require(exported.first { $0.kind == .server })
        #expect(request.name == "POST /v1/runs" && exported.count { $0.kind == .server } == 1)
        #expect(request.attributes["soma.run.id"] == .string(root.rawValue))
        let told = exported.filter { $0.name != "commit" && $0.kind != .server }
        // The log alone knows nothing of the request.
        let expected = RunTrace.trace(of: root, logs).spans.map { span in
            var span = span
            span.parent = span.parent ?? request.id
            return span
        }
        #expect(Set(told.map(Node.init)) == Set(expected.map(Node.init)))
        #expect(exported.count > told.count, "commits are spans")
        let ids = Set(exported.map(\.id))
        #expect(
            exported.filter { $0.parent.map { !ids.contains($0) } ?? true }.map(\.id) == [request.id]
        )
        let resource = try SpanSet(protobuf: try #require(collector.requests.first).unpacked).resources.first
        #expect(resource?.service == "somad")
        #expect(collector.requests.contains { $0.headers["content-encoding"] == "gzip" })
        collector.stop()
    }

    @Test("A caller's trace goes through the run to the model, and each sees the one before as its parent")
    func propagated() async throws {
        let collector = try Collector()
        let server = try ChatServer { request in
            switch request.ask {
            case .plan: .text(#"{"steps": [{"id": "look", "title": "Read", "criterion": "known"}]}"#)
            case .select where request.number == 0: .call("read_file", #"{"path": "a.txt"}"#)
            case .select: .call("finish_step", #"{"result": "teal"}"#)
            case .judge: .text(#"{"accepted": true, "evidence": "read_file shows it"}"#)
            case .report: .text("It is teal.")
            }
        }
        defer { server.stop() }
        var log: [Transition] = []
        let flags = [("model.url", server.url), ("model.name", "tester"), ("tracing.sample", "0")]
        try await withDaemon(collector, flags) { client, folder in
            let start = StartRunDocument(
                goal: "tell me which colour a.txt is about",
                workspace: folder + "/files"
            )
            let http = try HTTPClient()
            let answer = try await http.send(
                HTTPRequest(
                    .post,
                    "http://soma/v1/runs",
                    headers: [
                        "Content-Type": "application/json", "traceparent": Self.caller,
                        "tracestate": "rojo=1",
                    ],
                    body: try JSON(encoding: start).bytes(),
                    unixSocketPath: folder + "/s"
                )
            )
            let run = RunID(try #require(try JSON.parse(answer.body)["run"]?.string))
            #expect(try await end(run, client).status == .completed)
            log = try await client.transitions(of: run, after: 0).transitions
        }
        let exported = try spans(collector)
        let request = try #require(exported.first { $0.parent == SpanID(0xB7AD_6B71_6920_3331) })
        #expect(request.name == "POST /v1/runs" && request.traceState == "rojo=1")
        let root = try #require(exported.first { $0.parent == request.id })
        #expect(root.name.hasPrefix("invoke_agent") && root.traceState == "rojo=1")
        #expect(exported.allSatisfy { "\($0.trace)" == "0af7651916cd43dd8448eb211c80319c" })
        #expect(log.allSatisfy { $0.trace == "0af7651916cd43dd8448eb211c80319c" })
        // What the model was told names the very spans that were exported.
        let calls = exported.filter { $0.name == "chat tester" }
        #expect(calls.count == server.requests.count && calls.count == 5)
        let told = server.requests.map { request in
            request.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("traceparent: ") } ?? ""
        }
        let expected = calls.map {
            "traceparent: \(TraceIdentity.traceparent($0.trace, $0.id, isSampled: true))"
        }
        #expect(Set(told.map { String($0) }) == Set(expected))
        #expect(server.requests.allSatisfy { $0.head.lowercased().contains("\r\ntracestate: rojo=1\r\n") })
        #expect(calls.allSatisfy { $0.attributes["gen_ai.usage.input_tokens"] == .int(1000) })
        collector.stop()
    }

    @Test("A message's run is in the trace of the request that posted it, below it")
    func message() async throws {
        let collector = try Collector()
        try await withDaemon(collector, [("tracing.sample", "0")]) { client, folder in
            let http = try HTTPClient()
            func post(_ path: String, _ body: JSON) async throws -> JSON {
                let answer = try await http.send(
                    HTTPRequest(
                        .post,
                        "http://soma/v1/conversations" + path,
                        headers: [
                            "Content-Type": "application/json", "traceparent": Self.caller,
                            "tracestate": "rojo=1",
                        ],
                        body: body.bytes(),
                        unixSocketPath: folder + "/s"
                    )
                )
                #expect(answer.status < 300)
                return try JSON.parse(answer.body)
            }
            let talk = try await post("", ["workspace": .string(folder + "/files")])
            let id = try #require(talk["id"]?.string)
            _ = try await post("/\(id)/messages", ["text": "check this host"])
            while try await client.runs(status: "completed").runs.first(where: { $0.parent == nil }) == nil {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let exported = try spans(collector)
        #expect(exported.allSatisfy { "\($0.trace)" == "0af7651916cd43dd8448eb211c80319c" })
        let request = try #require(
            exported.first { $0.name == "POST /v1/conversations/{id}/messages" }
        )
        #expect(request.parent == SpanID(0xB7AD_6B71_6920_3331))
        let root = try #require(exported.first { $0.parent == request.id })
        #expect(root.name.hasPrefix("invoke_agent") && root.traceState == "rojo=1")
        let children = exported.filter { $0.name.hasPrefix("invoke_agent") && $0.id != root.id }
        #expect(!children.isEmpty && children.allSatisfy { $0.traceState == "rojo=1" })
        collector.stop()
    }

    @Test("Outside the share a run is exported whole where it failed, and not at all where it did well")
    func tail() async throws {
        let collector = try Collector()
        let server = try ChatServer { _ in .status("400 Bad Request", [], #"{"error": {"message": "no"}}"#) }
        defer { server.stop() }
        var failed = RunID("")
        var log: [Transition] = []
        let flags = [("model.url", server.url), ("model.name", "tester"), ("tracing.sample", "0")]
        try await withDaemon(collector, flags) { client, folder in
            let well = try await client.start(
                StartRunDocument(goal: "check this host", workspace: folder + "/files")
            )
            .run
            #expect(try await end(well, client).status == .completed)
            let start = StartRunDocument(
                goal: "tell me which colour a.txt is about",
                workspace: folder + "/files"
            )
            failed = try await client.start(start).run
            #expect(try await end(failed, client).status == .failed)
            log = try await client.transitions(of: failed, after: 0).transitions
        }
        let exported = try spans(collector)
        #expect(Set(exported.map(Node.init)) == Set(RunTrace.trace(of: failed, [log]).spans.map(Node.init)))
        collector.stop()
    }

    @Test("With nobody there runs go on, the end comes in time, and what was left out is counted")
    func away() async throws {
        let collector = try Collector()
        collector.stop()
        let clock = ContinuousClock.now
        try await withDaemon(collector) { client, folder in
            let run = try await client.start(
                StartRunDocument(goal: "check this host", workspace: folder + "/files")
            ).run
            #expect(try await end(run, client).status == .completed)
        }
        #expect(ContinuousClock.now - clock < .seconds(60))
    }

    @Test("What doesn't fit is refused before anything is opened")
    func refused() throws {
        for (flags, words) in [
            ([("tracing.endpoint", "file:///etc/passwd")], "http://"), ([("tracing.sample", "2")], "0 to 1"),
            ([("tracing.endpoint", "http://h"), ("tracing.headers", "env:SOMA_TEST_HEADERS")], "not shown"),
            ([("tracing.protocol", "grpc")], "http/protobuf"),
        ] {
            var options = DaemonOptions()
            let own = [
                ("data_dir", "/nonexistent/soma"), ("agents_dir", DaemonTests.agents),
                ("log.level", "critical"),
            ]
            options.flags = (own + flags).map { .init(key: $0.0, values: [$0.1]) }
            options.environment = ["SOMA_TEST_HEADERS": "secret without a name"]
            do {
                _ = try Daemon(options)
                Issue.record("\(flags) is taken")
            } catch {
                #expect(error.description.contains(words), "\(error.description)")
                #expect(!error.description.contains("secret without"))
            }
        }
    }
}
