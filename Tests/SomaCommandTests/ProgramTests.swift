import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import SomaHTTP
import SomaSettings
import Testing

@testable import soma

@Suite("The programs, as people run them", .timeLimit(.minutes(5)))
struct ProgramTests {
    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test(
        "a survey, piped, prints its report and a line a transition; closed pipes and colours are as asked for"
    )
    func piped() async throws {
        try await Place.with { place in
            let none = try await place.soma("ps")
            #expect(none.code == 3)
            #expect(none.notes.contains("soma daemon start"))
            try write("print(\"hello\")\n", place.workspace + "/main.swift")
            let run = try await place.soma("run", "survey .")
            #expect(run.code == 0, "\(run.notes)")
            #expect(run.output.hasPrefix("# Survey of work\n"))
            #expect(run.notes.contains("run.completed"))
            #expect(!run.notes.contains("\u{1B}") && !run.output.contains("\u{1B}"))

            let soma = Place.executable("soma")
            let id =
                try await place.soma("ps", "--all", "--role", "researcher", "--json").json()
                .array?.first?["id"]?.string ?? ""
            let head = try await place.run([
                "/bin/sh", "-c", "\(soma) log \(id) | head -1; echo \"${PIPESTATUS:-0}\"",
            ])
            #expect(head.output.split(separator: "\n").count == 2)
            #expect(head.notes == "")

            let forced = try await place.soma("ps", "--all", with: ["CLICOLOR_FORCE": "1"])
            #expect(forced.output.contains("\u{1B}["))
            let both = try await place.soma("ps", "--all", with: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"])
            #expect(!both.output.contains("\u{1B}["))
            let always = try await place.soma("ps", "--all", "--set", "color=always")
            #expect(always.output == forced.output)
            let narrow = try await place.soma("ps", "--all", with: ["COLUMNS": "50"])
            #expect(narrow.output.split(separator: "\n").allSatisfy { $0.count <= 50 }, "\(narrow.output)")
            let log = try await place.soma("log", id, with: ["COLUMNS": "60"])
            #expect(log.output.split(separator: "\n").allSatisfy { $0.count <= 60 }, "\(log.output)")
            let first = try await place.soma("--json", "ps", "--all")
            #expect(try first.json().array?.count == 2)
        }
    }

    @Test("both programs allocate by jemalloc, as it is set for them", arguments: ["soma", "somad"])
    func allocator(program: String) async throws {
        try await Place.with { place in
            let run = try await place.run(
                [Place.executable(program), "--version"],
                with: ["MALLOC_CONF": "stats_print:true"]
            )
            #expect(run.code == 0)
            #expect(run.notes.contains("Begin jemalloc statistics"))
            #expect(run.notes.contains("opt.dirty_decay_ms: 500 "))
            // What both do before they end was allocated here.
            let small = run.notes.split(separator: "\n").first { $0.hasPrefix("small:") }
            let allocated = small?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            #expect(allocated ?? 0 > 10_000, "\(small ?? "")")
        }
    }

    @Test("results that can't be written are said, and what nobody hears doesn't end a command")
    func unwritable() async throws {
        try await Place.with { place in
            let soma = Place.executable("soma")
            func shell(_ line: String) async throws -> CommandHarness.Outcome {
                try await place.run(["/bin/sh", "-c", "\(soma) \(line)"])
            }
            let full = try await shell("roles >/dev/full")
            #expect(full.code == 1)
            #expect(full.notes == "soma: Could not write standard output: No space left on device.\n")
            let closed = try await shell("roles >&-")
            #expect(closed.code == 1)
            #expect(closed.notes == "soma: Could not write standard output: Bad file descriptor.\n")
            // Progress that nobody hears; the report is whole.
            for silent in ["2>&-", "2>/dev/full"] {
                let run = try await shell("run 'survey .' \(silent)")
                #expect(run.code == 0 && run.output.hasPrefix("# Survey of work\n"))
            }
        }
    }

    @Test("on a terminal, one living line, then the report and where to look further")
    func live() async throws {
        try await Place.with { place in
            try write("print(\"hello\")\n", place.workspace + "/main.swift")
            let terminal = try TestTerminal(place, [Place.executable("soma"), "run", "survey ."])
            #expect(try await terminal.end() == 0)
            let text = terminal.text
            #expect(text.contains("# Survey of work"))
            #expect(!text.contains("node.entered"))
            // The last thing on the line is that it was taken away.
            let line = try #require(text.ranges(of: "\r\u{1B}[K").last)
            #expect(text[line.upperBound...].hasPrefix("# Survey") == true, "\(text)")
            #expect(text.contains("done in"))
            #expect(text.contains("soma log"))
        }
    }

    @Test("in --linear what a person did, there or with another client, is told once")
    func linear() async throws {
        try await Place.with { place in
            try write("teh end\n", place.workspace + "/a.txt")
            let terminal = try TestTerminal(place, [Place.executable("soma"), "--linear"])
            try await terminal.until("No runs yet.")
            func waiting(after count: Int) async throws -> String {
                try await terminal.until("waits for you") { $0.ranges(of: "waits for you").count > count }
                // The stream may tell it a moment before the list has it.
                for _ in 0..<100 {
                    let all = try JSON.parse(await place.soma("ps", "--needs-me", "--json").output)
                    if let id = all.array?.first?["id"]?.string { return id }
                    try await Task.sleep(for: .milliseconds(50))
                }
                throw TerminalRig.NotSeen(what: "a run that needs a person")
            }
            terminal.type("start replace teh with the in a.txt\n")
            let first = try await waiting(after: 0)
            terminal.type("approve \(first)\n")
            try await terminal.until("done: ")
            terminal.type("start replace end with start in a.txt\n")
            let second = try await waiting(after: 1)
            terminal.type("resume \(second)\n")
            try await terminal.until("was not paused.")
            terminal.type("pause \(second)\n")
            try await terminal.until("paused by ")
            terminal.type("resume \(second)\n")
            try await terminal.until("went on after pause")
            #expect(try await place.soma("cancel", second, "-m", "not today").code == 0)
            try await terminal.until("not today")
            terminal.type("quit\n")
            #expect(try await terminal.end() == 0)
            let text = terminal.text
            for told in ["approved by ", "paused by ", "went on after pause", "cancelled by "] {
                #expect(text.ranges(of: told).count == 1, "\(told): \(text)")
            }
            #expect(!text.contains("\(RunID(first).short) approved."))
        }
    }

    @Test("Ctrl-C leaves a run at work and says so")
    func interrupted() async throws {
        let model = try StubServer(answer: nil)
        defer { model.stop() }
        try await Place.with { place in
            let soma = Place.executable("soma")
            let terminal = try TestTerminal(
                place,
                [soma, "run", "think about it"],
                with: ["SOMA_MODEL_URL": "http://\(model.place)/v1", "SOMA_MODEL": "stub"]
            )
            try await terminal.until("think about it")
            terminal.type("\u{3}")
            #expect(try await terminal.end() == 130)
            #expect(terminal.text.contains("goes on without you"))
            let runs = try await place.soma("ps", "--json").json()
            #expect(runs.array?.count == 1)
            let id = runs.array?.first?["id"]?.string ?? ""
            for arguments in [["wait", id], ["log", id, "--follow"]] {
                let waiting = try TestTerminal(place, [soma] + arguments)
                let client = try DaemonClient(.unix(path: try await socket(place)))
                while try await client.daemon().streamClients == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                waiting.type("\u{3}")
                #expect(try await waiting.end() == 130)
            }
            #expect(try await place.soma("cancel", id).code == 0)
        }
    }

    @Test(
        "a daemon of another version is said in both directions, with what to do",
        arguments: [(9, "client"), (0, "daemon")]
    )
    func versions(api: Int, old: String) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        // Only versions from 1 are versions; 0 stands for a refusal by an older daemon.
        let header = api > 0 ? "Soma-Version: \(api) (9.9)\r\n" : "Soma-Version: 1 (0.1.0)\r\n"
        let refusal = Problem(426, "version.mismatch", "The daemon is too old: soma daemon stop.")
        let body = try JSON(encoding: refusal).text()
        let server = try StubServer(
            path: folder + "/s",
            answer:
                "HTTP/1.1 \(api > 0 ? "200 OK" : "426 Upgrade Required")\r\n\(header)Connection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        defer { server.stop() }
        let address = "unix:\(folder)/s"
        for command in [["ps"], ["show", "x"], ["run", "survey ."], ["daemon", "status"]] {
            let outcome = await CommandHarness.soma(command + ["--daemon", address])
            #expect(outcome.code == 3, "\(command): \(outcome.notes)")
            #expect(outcome.notes.contains("\(old) is too old"), "\(outcome.notes)")
        }
        #expect(DaemonAddress(address)?.listeningProcess == getpid())
        let doctor = await CommandHarness.soma(["doctor", "--daemon", address])
        #expect(doctor.code == 1)
        #expect(doctor.output.contains("✗ daemon"))
    }

    @Test("a daemon that is there and says nothing is no missing one: no other is started in its place")
    func silent() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let data = try DataFolder(chosen: folder + "/data", environment: Environment.all)
        try data.prepare()
        try data.prepareSocketFolder()
        let server = try StubServer(path: data.socketPath, answer: nil)
        defer { server.stop() }
        async let looking = CommandHarness.soma(["doctor", "--data-dir", data.path])
        async let starting = CommandHarness.soma(["run", "survey .", "--data-dir", data.path])
        let (doctor, run) = await (looking, starting)
        #expect(doctor.code == 1)
        #expect(doctor.output.contains("✗ daemon         What listens at "), "\(doctor.output)")
        #expect(run.code == 3)
        #expect(run.notes.contains("has not answered for 10 s"), "\(run.notes)")
        #expect(!FileManager.default.fileExists(atPath: data.path + "/somad.log"))
    }

    @Test("a daemon that is killed while somebody waits is said, and the wait goes on with the next one")
    func killed() async throws {
        try await Place.with { place in
            try write("the colour is grey\n", place.workspace + "/a.txt")
            let run = try await place.soma("run", "replace grey with blue in a.txt")
            #expect(run.code == 4, "\(run.notes)")
            let id = try await place.soma("ps", "--json").json().array?.first?["id"]?.string ?? ""
            let waiting = try TestTerminal(place, [Place.executable("soma"), "wait", "--patient", id])
            let client = try DaemonClient(.unix(path: try await socket(place)))
            while try await client.daemon().streamClients == 0 { try await Task.sleep(for: .milliseconds(5)) }
            let pid = try #require(place.daemonProcess)
            kill(pid, SIGKILL)
            try await waiting.until("The daemon went away")
            // The socket that it left is no hindrance.
            let start = try await place.soma("daemon", "start")
            #expect(start.code == 0, "\(start.notes)")
            try await waiting.until("nothing was missed")
            #expect(try await place.soma("approve", id).code == 0)
            #expect(try await waiting.end() == 0)
            #expect(
                try String(decoding: InputFile.bytes(place.workspace + "/a.txt"), as: UTF8.self)
                    == "the colour is blue\n"
            )
        }
    }

    private func socket(_ place: Place) async throws -> String {
        let status = try await place.soma("daemon", "status", "--json").json()
        return String(status["listen"]?.array?.first?.string?.dropFirst("unix:".count) ?? "")
    }

    @Test("a daemon that was started for a command stays once somebody has started it")
    func stays() async throws {
        try await Place.with { place in
            let first = try await place.soma("run", "check this host", "--set", "daemon.linger=24h")
            #expect(first.code == 0, "\(first.notes)")
            #expect(try await place.soma("daemon", "--json").json()["lingers"]?.bool == true)
            #expect(try await place.soma("daemon").output.contains("soma daemon start keeps it"))
            #expect(try await place.soma("daemon", "start", "--json").json()["lingers"]?.bool == false)
            let second = try await place.run([Place.executable("somad")])
            #expect(second.code == 1)
            #expect(second.notes.contains("\(try #require(place.daemonProcess))"), "\(second.notes)")
            let stop = try await place.soma("daemon", "stop")
            #expect(stop.code == 0)
            #expect(try await place.soma("daemon", "stop").code == 3)
        }
    }

    private static let reply = {
        let body = """
            {"id":"1","object":"chat.completion","model":"stub","choices":[{"index":0,"finish_reason":"stop",\
            "message":{"role":"assistant","content":"I have nothing to add."}}],\
            "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}
            """
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }()

    @Test("the port for metrics has them, with the tokens and the money of a model whose prices are set")
    func metrics() async throws {
        let model = try StubServer(answer: Self.reply)
        defer { model.stop() }
        try await Place.with { place in
            let start = try await place.soma(
                "daemon",
                "start",
                "--set",
                "metrics=127.0.0.1:0",
                with: [
                    "SOMA_MODEL_URL": "http://\(model.place)/v1", "SOMA_MODEL": "stub",
                    "SOMA_MODEL_USD_PER_MILLION_INPUT": "3", "SOMA_MODEL_USD_PER_MILLION_OUTPUT": "10",
                ]
            )
            #expect(start.code == 0, "\(start.notes)")
            let run = try await place.soma("run", "bake a cake", "--json")
            let spent = try run.json()["budget"]?["spent"]
            let money = spent?["microdollars"]?.int ?? 0
            // 1,000 tokens sent and 100 received cost 4,000 millionths.
            #expect(money > 0 && money % 4_000 == 0, "\(run.output)\(run.notes)")
            #expect(spent?["tokens"]?.int == money / 4_000 * 1_100)
            let status = try await place.soma("daemon", "status", "--json").json()
            let port = try #require(status["listen"]?.array?.last?.string)
            let http = try HTTPClient(userAgent: "test")
            let text = try await http.send(
                HTTPRequest(.get, "http://\(port)/metrics", addressPolicy: .any)
            ).text
            await http.shutdown()
            let calls = money / 4_000
            let labels = "provider=\"\(model.place)\",model=\"stub\""
            #expect(
                text.contains("soma_model_tokens_total{\(labels),direction=\"input\"} \(calls * 1000)\n"),
                "\(text)"
            )
            #expect(text.contains("soma_model_cost_usd_total{\(labels)} "))
        }
    }

    @Test(
        "what doesn't fit the screen goes to the person's pager, and what fits doesn't",
        arguments: [(6, true), (60, false)]
    )
    func pager(rows: Int, isPaged: Bool) async throws {
        try await Place.with { place in
            let terminal = try TestTerminal(
                place,
                [Place.executable("soma"), "tools"],
                rows: UInt16(rows),
                with: ["PAGER": "sed s/^/PAGED:/"]
            )
            #expect(try await terminal.end() == 0)
            #expect(terminal.text.contains("PAGED:") == isPaged)
            #expect(terminal.text.contains("read_file"))
        }
    }

    @Test(
        "folders that can't be had are said with what to do",
        arguments: [
            (["run", "survey .", "--data-dir", "/proc/nowhere"], 1, "Pass --data-dir"),
            (["run", "survey .", "--data-dir", "/etc/passwd"], 1, "not a folder"),
            (["ps", "--daemon", "unix:/" + String(repeating: "d", count: 120)], 2, "107 bytes"),
            (["ps", "--daemon", "http://"], 2, "unix:PATH"),
            (["run", "survey .", "--workspace", "/nonexistent"], 2, "doesn't exist"),
            (["run", "survey .", "--workspace", "/etc/passwd"], 2, "not a folder"),
            (["run", "survey .", "--runbook", "./nope.yaml"], 2, "work/nope.yaml"),
            (["run", "survey .", "--runbook", "survey-repositry"], 2, "survey-repository"),
            (["run", "survey .", "--param", "nonsense=1"], 2, "path"),
            (["run", "-"], 2, "no goal"),
            (["run", ""], 2, "empty"),
            (["run", "survey .", "--budget-usd", "much"], 2, "--budget-usd"),
            (["run", "survey .", "--budget-time", "5"], 2, "--budget-time"),
            (["run", "bake\u{1B}[31m\na cake"], 2, "\\u001b[31m\\na cake"),
            (["show", ""], 2, "empty"),
            (["config", "--set", "log.levle=x"], 2, "log.level"),
            (["config", "--set", "nonsense"], 2, "KEY=VALUE"),
            (["config", "--config", "/nonexistent"], 2, "doesn't exist"),
        ]
    )
    func badInput(arguments: [String], code: Int, wanted: String) async throws {
        try await Place.with { place in
            let soma = Place.executable("soma")
            let outcome = try await place.run([soma] + arguments)
            #expect(outcome.code == Int32(code), "\(arguments): \(outcome.notes)")
            #expect(outcome.notes.contains(wanted), "\(arguments): \(outcome.notes)")
            #expect(outcome.output == "")
            #expect(outcome.notes.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
            // With --json nothing changes: a document or nothing, and the reason on standard error.
            let json = try await place.run([soma] + arguments + ["--json"])
            #expect(json.code == Int32(code))
            #expect(json.output == "")
        }
    }

    @Test("without a home it says what is missing; a goal too long is refused")
    func oddities() async throws {
        try await Place.with { place in
            let homeless = try await place.soma("ps", with: ["HOME": nil, "XDG_RUNTIME_DIR": nil])
            #expect(homeless.code == 2)
            #expect(homeless.notes.contains("SOMA_DATA_DIR"))
            let doctor = try await place.soma("doctor", with: ["HOME": nil, "XDG_RUNTIME_DIR": nil])
            #expect(doctor.code == 1)
            #expect(doctor.output.contains("✗ data"))
            #expect(doctor.output.contains("✓ roles"))
            let odd = try await place.soma("doctor", with: ["TERM": "x\u{1B}]0;y\u{7}", "LC_ALL": "C.UTF-8"])
            #expect(odd.output.contains("terminal"))
            #expect(odd.output.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A }, "\(odd.output)")
            let long = try await place.soma("run", "-", input: String(repeating: "a", count: 1 << 20))
            #expect(long.code == 2)
            #expect(long.notes.contains("1048576 bytes"), "\(long.notes)")
            let blank = try await place.soma("run", "-", input: "\n \n")
            #expect(blank.code == 2)
        }
    }

    @Test("bash completes commands, options and values")
    func completions() async throws {
        try await Place.with { place in
            let script = place.folder + "/soma.bash"
            try write(try await place.soma("completions", "bash").output, script)
            func complete(_ words: String...) async throws -> [String] {
                let list = words.map { "'\($0)'" }.joined(separator: " ")
                let text = """
                    . '\(script)'
                    COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
                    _soma soma '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """
                let outcome = try await place.run(["/bin/bash", "--norc", "-c", text])
                #expect(outcome.notes == "")
                return outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined() }
                    .sorted()
            }
            #expect(try await complete("soma", "ro") == ["roles"])
            #expect(try await complete("soma", "re") == ["record", "reject", "replay", "resume"])
            #expect(try await complete("soma", "daemon", "st") == ["start", "status", "stop"])
            #expect(try await complete("soma", "ps", "--nee") == ["--needs-me"])
            #expect(try await complete("soma", "completions", "f") == ["fish"])
        }
    }
}
