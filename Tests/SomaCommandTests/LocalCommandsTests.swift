import ArgumentParser
import FoundationEssentials
import SomaCore
import Testing

@testable import soma

@Suite("Commands without a daemon")
struct LocalCommandsTests {
    @Test(
        "wrong use ends with 2 and says what was expected",
        arguments: [
            (["pss"], "pss"), (["run"], "goal"), (["ps", "--status", "dancing"], "dancing"),
            (["screen", "--size", "big"], "120x40"), (["replay"], "--demo"),
            (["replay", "/nonexistent"], "/nonexistent"),
            (["inspect", "/nonexistent", "--as", "json"], "/nonexistent"), (["completions", "tcsh"], "tcsh"),
            (["budget", "abc"], "--usd"), (["settle", "abc/1"], "--happened"),
            (["log", "x", "--grep", "("], "--grep"),
            (["replay", "--demo", "--speed", "0"], "--speed"), (["ps", "--daemon", "ftp://x"], "unix:PATH"),
            (["graph", "show", "/nonexistent"], "/nonexistent"), (["roles", "nobody"], "nobody"),
        ]
    )
    func wrongUse(arguments: [String], wanted: String) async {
        let outcome = await CommandHarness.soma(arguments)
        #expect(outcome.code == 2, "\(arguments): \(outcome.output)\(outcome.notes)")
        #expect(outcome.notes.contains(wanted), "\(outcome.notes)")
        #expect(outcome.output.isEmpty)
    }

    @Test(
        "a wrong setting is said by the name of the option that was used",
        arguments: [
            (["ps", "--set", "daemon.linger=abc"], "soma: --set daemon.linger: expected a length of time"),
            (
                ["topics", "--brokers", "foo"],
                "soma: --brokers: expected HOST:PORT, or a list of them, found"
            ),
        ]
    )
    func wrongSetting(arguments: [String], wanted: String) async {
        let outcome = await CommandHarness.soma(arguments)
        #expect(outcome.code == 2)
        #expect(outcome.notes.hasPrefix(wanted), "\(outcome.notes)")
    }

    @Test("commands that need a daemon end with 3 where none answers", arguments: ["ps", "tree", "daemon"])
    func noDaemon(command: String) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let outcome = await CommandHarness.soma([command, "--daemon", "unix:\(folder)/nobody"])
        #expect(outcome.code == 3)
        #expect(outcome.notes.contains("soma daemon start"))
    }

    @Test("help has an example for every command")
    func help() async {
        for command in Soma.configuration.subcommands
            + Soma.configuration.groupedSubcommands.flatMap(\.subcommands)
        {
            let name = command._commandName
            let outcome = await CommandHarness.soma([name, "--help"])
            #expect(outcome.code == 0)
            #expect(outcome.output.contains("soma") || outcome.output.contains("USAGE"), "\(name)")
        }
        #expect(await CommandHarness.soma(["--version"]).output.hasPrefix("soma 0."))
    }

    @Test("completions are written for each shell", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async {
        let outcome = await CommandHarness.soma(["completions", shell])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("approve"))
    }

    @Test("roles and tools are listed from the disk")
    func rolesAndTools() async throws {
        let roles = try await CommandHarness.soma(["roles", "--json"]).json()
        #expect(roles.array?.compactMap { $0["name"]?.string } == ["coder", "operator", "researcher"])
        #expect(await CommandHarness.soma(["roles", "coder"]).output.contains("tools:"))
        let tools = await CommandHarness.soma(["tools"])
        #expect(tools.output.contains("apply_patch"))
        let scoped = try await CommandHarness.soma(["tools", "list", "--role", "researcher", "--json"]).json()
        #expect(scoped.array?.contains { $0["name"]?.string == "write_file" } == false)
        #expect(await CommandHarness.soma(["graph"]).output.contains("Reflect"))
        #expect(await CommandHarness.soma(["graph", "check", "cognition"]).code == 0)
    }

    @Test("one call of a tool runs with the checks of an agent's call")
    func toolCall() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try Data("one\ntwo\n".utf8).write(to: URL(filePath: folder + "/a.txt"))
        let read = await CommandHarness.soma([
            "tools", "run", "read_file", "--workspace", folder, "--", "a.txt",
        ])
        #expect(read.code == 0, "\(read.notes)")
        #expect(read.output.contains("two"))
        let outside = await CommandHarness.soma([
            "tools", "run", "read_file", "--workspace", folder, "--", "/etc/passwd",
        ])
        #expect(outside.code != 0)
        #expect(!outside.output.contains("root:"))
        let unknown = await CommandHarness.soma(["tools", "run", "read_fil", "--workspace", folder])
        #expect(unknown.code == 2)
        #expect(unknown.notes.contains("read_file"))
        let shell = await CommandHarness.soma([
            "tools", "run", "shell", "--workspace", folder, "--", "wc -l a.txt; exit 3",
        ])
        #expect(shell.code == 3, "\(shell.notes)")
        #expect(shell.output.contains("2 a.txt"))
        let json = try await CommandHarness.soma([
            "tools", "run", "count_lines", "--json", "--workspace", folder,
        ]).json()
        #expect(json["ok"]?.bool == true)
    }

    @Test("settings show their values and where they come from")
    func config() async throws {
        let table = await CommandHarness.soma(["config", "show", "--origin"])
        #expect(table.output.contains("default"))
        let json = try await CommandHarness.soma(["config", "--json"]).json()
        #expect(json["sandbox"]?["origin"]?.string?.isEmpty == false)
        #expect(await CommandHarness.soma(["config", "show", "--help-settings"]).output.contains("sandbox"))
        let help = try await CommandHarness.soma(["config", "show", "--help-settings", "--json"]).json()
        #expect(help["kafka.partitions"]?["default"]?.string == "12")
        #expect(help["kafka.partitions"]?["variables"]?.array == ["SOMA_KAFKA_PARTITIONS"])
        #expect(help["listen"]?["default"] == .null)
    }

    @Test("inspect reads metrics and answers of Prometheus, or says the place that is wrong")
    func inspectMetrics() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        func inspect(_ text: String, _ format: String) async throws -> CommandHarness.Outcome {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/input"))
            return await CommandHarness.soma(["inspect", "\(folder)/input", "--as", format])
        }
        let text = try await inspect("# TYPE up gauge\nup{a=\"b\"} NaN\n", "prometheus")
        #expect(try text.json()["families"]?[0]?["samples"]?[0]?["value"] == "NaN")
        #expect(try await inspect("up 1\n# EOF\n", "openmetrics").json()["samples"] == 1)
        let bad = try await inspect("up 1\nup{a=1} 1\n", "prometheus")
        #expect(bad.code == 2)
        #expect(bad.notes.contains("input:2:6: "))
        #expect(try await inspect("up 1\n", "openmetrics").code == 2)
        let scalar = #"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#
        #expect(try await inspect(scalar, "promql").json()["point"]?[1]?.double == 2)
        let refused = try await inspect(#"{"status":"error","errorType":"bad_data","error":"no"}"#, "promql")
        #expect(refused.code == 2)
        #expect(refused.notes.contains("bad_data"))
    }

    @Test("inspect prints what it understood, or the place that is wrong")
    func inspect() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        func file(_ name: String, _ text: String) throws -> String {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }
        let good = try file("good.json", #"{"a": [1, 2.5, "x"]}"#)
        #expect(try await CommandHarness.soma(["inspect", good, "--as", "json"]).json()["a"]?[0] == 1)
        let bad = await CommandHarness.soma([
            "inspect", try file("bad.json", "{\n \"a\": ,}"), "--as", "json",
        ])
        #expect(bad.code == 2)
        #expect(bad.notes.contains(":2:7:"))
        let sse = await CommandHarness.soma(["inspect", try file("s", "id: 7\ndata: hi\n\n"), "--as", "sse"])
        #expect(sse.output == #"{"type":"message","data":"hi","last_event_id":"7"}"# + "\n")
        let yaml = await CommandHarness.soma(["inspect", try file("y.yaml", "a: [1, two]\n"), "--as", "yaml"])
        #expect(yaml.code == 0, "\(yaml.notes)")
        let tabs = await CommandHarness.soma(["inspect", try file("t.yaml", "a:\n\t- b\n"), "--as", "yaml"])
        #expect(tabs.code == 2)
        #expect(tabs.notes.contains("t.yaml:2"))
        let transition = Transition(
            run: RunID("r1"),
            seq: 1,
            at: Timestamp(microseconds: 1),
            kind: .runResumed
        )
        let events = try file("e", String(decoding: transition.cloudEvent(), as: UTF8.self) + "\n")
        #expect(await CommandHarness.soma(["inspect", events, "--as", "cloudevents"]).code == 0)
        let silent = await CommandHarness.soma(["inspect", good, "--as", "sse"])
        #expect(silent.code == 0 && silent.output.isEmpty)
        #expect(silent.notes.hasPrefix("No event is in \(good)"))
        let elsewhere = await CommandHarness.soma(["inspect", "ftp://host/x", "--as", "json"])
        #expect(
            elsewhere.code == 2 && elsewhere.notes.contains("only http: and https:"),
            "\(elsewhere.notes)"
        )
        let nobody = await CommandHarness.soma(["inspect", "http://127.0.0.1:1/", "--as", "prometheus"])
        #expect(
            nobody.code == 2 && nobody.notes.split(separator: "127.0.0.1:1/").count == 2,
            "\(nobody.notes)"
        )
        let wrong = await CommandHarness.soma(["inspect", try file("w", "{}\n"), "--as", "cloudevents"])
        #expect(wrong.code == 2)
    }

    @Test(
        "inspect of an address that answers otherwise says what to do",
        arguments: [
            ("jaeger", 302, "", "It redirects to /login"),
            ("json", 302, "", "inspect what is meant."), ("jaeger", 401, "", "curl -u NAME URL"),
            ("otlp", 403, "", "inspect - --as otlp"), ("jaeger", 404, "no page", "/api/services"),
            (
                "jaeger", 500, #"{"data":null,"errors":[{"code":500,"msg":"storage is away"}]}"#,
                "storage is away"
            ),
            ("yaml", 503, "", "its log says more"),
        ]
    )
    func inspectRefused(format: String, status: Int, body: String, words: String) async throws {
        let server = try StubServer(
            answer:
                "HTTP/1.1 \(status) X\r\nLocation: /login?a=\u{1B}[2J\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(body)"
        )
        defer { server.stop() }
        let outcome = await CommandHarness.soma(["inspect", "http://\(server.place)/x", "--as", format])
        #expect(outcome.code == 2 && outcome.notes.contains("/x answered \(status)"), "\(outcome.notes)")
        #expect(outcome.notes.contains(words) && !outcome.notes.contains("\u{1B}"), "\(outcome.notes)")
    }

    @Test("inspect reads as much as the console takes of a kind, and says how much that is")
    func inspectLarge() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let path = "\(folder)/large"
        func inspect(_ mebibytes: Int, _ format: String) async throws -> CommandHarness.Outcome {
            let line = "# " + String(repeating: "x", count: 1_021) + "\n"
            let text = String(repeating: line, count: mebibytes << 10) + "up 1\n"
            try Data(text.utf8).write(to: URL(filePath: path))
            return await CommandHarness.soma(["inspect", path, "--as", format])
        }
        #expect(try await inspect(17, "prometheus").json()["samples"] == 1)
        for (size, format, limit) in [(64, "prometheus", 64), (16, "json", 16)] {
            let outcome = try await inspect(size, format)
            #expect(outcome.code == 2)
            #expect(outcome.notes.contains("more than \(limit) MiB"), "\(outcome.notes)")
        }
    }

    @Test("synthetic recordings are the same for a seed, and replay is measured on them")
    func perf() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        for name in ["a", "b"] {
            let made = await CommandHarness.soma(
                ["perf", "generate", "--transitions", "2000", "--runs", "10", "--out", "\(folder)/\(name)"]
            )
            #expect(made.code == 0, "\(made.notes)")
        }
        #expect(try InputFile.bytes(folder + "/a") == InputFile.bytes(folder + "/b"))
        let replay = try await CommandHarness.soma(["perf", "replay", folder + "/a"]).json()
        #expect(replay["events"]?.int == 2000)
        let render = try await CommandHarness.soma([
            "perf", "render", "--size", "80x24", "--replay", folder + "/a",
        ]).json()
        #expect(render["frames"]?.int ?? 0 > 0)
        let engine = await CommandHarness.soma(
            [
                "perf", "engine", "--store", "sqlite:\(folder)/p", "--runs", "3", "--cycles", "4",
                "--state-bytes", "64", "--rounds", "1",
            ]
        )
        #expect(try engine.json()["transitions"]?.int == 3 * (2 * 4 + 2), "\(engine.notes)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/p")
        #expect(left.isEmpty, "\(left)")
    }

    @Test("times, budgets and parameters are read as people write them")
    func arguments() throws {
        #expect(try TimeArgument.parse("2026-01-31T14:00:00Z").description == "2026-01-31T14:00:00.000000Z")
        #expect(throws: CommandFailure.self) { try TimeArgument.parse("yesterday") }
        let limits = try LimitArguments.limits(usd: "2.50", steps: 4, tokens: nil, time: "10m")
        #expect(limits == Limits(microdollars: 2_500_000, steps: 4, seconds: 600))
        #expect(throws: CommandFailure.self) {
            try LimitArguments.limits(usd: "much", steps: nil, tokens: nil, time: nil)
        }
        let parameters = ["n=3", "on=true", "text=a=b", "word=x"].compactMap(KeyValue.init(argument:))
        #expect(RunParameters.json(parameters) == ["n": 3, "on": true, "text": "a=b", "word": "x"])
        #expect(RunPlace(argument: "abc/5")?.seq == 5)
        #expect(RunPlace(argument: "abc/x") == nil)
        #expect(RunPlace(argument: "") == nil)
    }

    @Test("colours follow the person's wish")
    func colours() {
        func hasColor(_ environment: [String: String], terminal: Bool = true, flag: Bool = false) -> Bool {
            OutputStyle.decide(
                noColor: flag,
                isTerminal: terminal,
                environment: environment,
                windowColumns: 100
            ).hasColor
        }
        #expect(hasColor(["TERM": "xterm"]))
        #expect(!hasColor(["TERM": "dumb"]))
        #expect(!hasColor(["NO_COLOR": "1"]))
        #expect(!hasColor([:], terminal: false))
        #expect(hasColor(["CLICOLOR_FORCE": "1"], terminal: false))
        #expect(!hasColor(["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
        #expect(!hasColor(["CLICOLOR_FORCE": "1"], flag: true))
    }

    @Test("control characters of others never reach the terminal")
    func neutral() {
        var table = TextTable(["A"])
        table.rows.append([("\u{1B}[31mred\u{7}", nil)])
        let style = OutputStyle(isTerminal: true, hasColor: false, columns: 80, limit: 80)
        #expect(table.lines(style).allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\u{7}") })
        let transition = Transition(
            run: RunID("r"),
            seq: 1,
            at: Timestamp(microseconds: 0),
            kind: .factObserved,
            node: "\u{9B}31m",
            body: ["name": "a\u{202E}b"]
        )
        let line = TransitionText.line(transition, words: [:])
        #expect(
            line.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x202E
            }
        )
    }
}
