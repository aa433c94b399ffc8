import Glibc
import SomaConsole
import SomaTerminal
import Testing

@testable import soma

@Suite("Plugins as processes")
struct PluginProcessTests {
    private func run(
        _ command: String,
        _ told: [String: String] = [:],
        environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) async -> PluginOutcome {
        let plugin = Plugin("test", key: Key("X"), command: command, isBackground: true)
        let process = PluginProcess(terminal: 0, environment: environment)
        return await withCheckedContinuation { continuation in
            process.run(PluginCall(plugin, environment: told), on: RecordingScreen()) {
                continuation.resume(returning: $0)
            }
        }
    }

    @Test("end with a status, a signal, and the last line that they wrote")
    func ends() async {
        #expect(await run("echo one; echo two") == PluginOutcome(.exited(0), lastLine: "two"))
        #expect(await run("echo oh no >&2; exit 3") == PluginOutcome(.exited(3), lastLine: "oh no"))
        #expect(await run("kill -TERM $$") == PluginOutcome(.signalled(15)))
        #expect(await run("no-such-program-here 2>/dev/null") == PluginOutcome(.exited(127)))
        #expect(await run("printf 'last\\n\\n  \\n'") == PluginOutcome(.exited(0), lastLine: "last"))
    }

    @Test("that write much or leave somebody behind end all the same, and have no input")
    func endless() async {
        let much = await run("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo done")
        #expect(much == PluginOutcome(.exited(0), lastLine: "done"))
        #expect(await run("sleep 30 & echo started") == PluginOutcome(.exited(0), lastLine: "started"))
        #expect(await run("cat; echo read") == PluginOutcome(.exited(0), lastLine: "read"))
        #expect(await run("kill -STOP $$; echo on") == PluginOutcome(.exited(0), lastLine: "on"))
    }

    @Test(
        "get hostile values as they are told, and run nothing of them",
        arguments: [
            "$(touch hacked)", "`touch hacked`", "'; touch hacked; '", "\" touch hacked \"", "a\nb", "%s%n",
            "-rf /",
            "${PATH}", "a=b", "\\", "ünïcode 😀", "&& touch hacked", "|touch hacked", "",
        ]
    )
    func hostile(value: String) async throws {
        var template = Array("/tmp/soma-plugin-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { rmdir(folder) }
        let outcome = await run(
            "cd \"$FOLDER\" && ls | wc -l && printf %s \"$SOMA_GOAL\" | od -An -v -tx1 | tr -d ' \\n'",
            ["SOMA_GOAL": value],
            environment: ["PATH": "/usr/bin:/bin", "FOLDER": folder]
        )
        let bytes = value.utf8.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        #expect(outcome.end == .exited(0))
        #expect(outcome.lastLine == (value.isEmpty ? "0" : bytes.joined()))
        #expect(access(folder + "/hacked", F_OK) != 0)
    }

    @Test("know nothing of another run")
    func stale() async {
        let before = ["PATH": "/usr/bin:/bin", "SOMA_RUN": "old", "SOMA_NODE": "old", "SOMA_THEME": "dusk"]
        let outcome = await run(
            "echo \"${SOMA_RUN-unset} ${SOMA_NODE-unset} $SOMA_THEME\"",
            ["SOMA_RUN": "new"],
            environment: before
        )
        #expect(outcome.lastLine == "new unset dusk")
    }

    @Test("have none of the console's files open, and its signals as they were")
    func clean() async {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        signal(SIGPIPE, SIG_IGN)
        #expect(await run("ls /proc/self/fd | tr '\\n' ' '").lastLine == "0 1 2 3 ")
        #expect(await run("kill -PIPE $$") == PluginOutcome(.signalled(13)))
    }

    @Test("are refused where too many run already")
    func many() async {
        let process = PluginProcess(terminal: 0, environment: ["PATH": "/usr/bin:/bin"])
        let call = PluginCall(
            Plugin("wait", key: Key("X"), command: "kill -STOP $$; exec cat /dev/null", isBackground: true),
            environment: [:]
        )
        let all = await withTaskGroup(of: PluginOutcome.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        process.run(call, on: RecordingScreen()) { continuation.resume(returning: $0) }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count == 40)
        #expect(all.allSatisfy { $0.end == .exited(0) || $0.end == .notStarted("16 are running already") })
    }

    @Test("in the foreground get the screen's terminal for themselves")
    func foreground() async {
        let screen = RecordingScreen()
        let process = PluginProcess(
            terminal: open("/dev/null", O_RDWR | O_CLOEXEC),
            environment: ["PATH": "/bin"]
        )
        let plugin = Plugin("test", key: Key("X"), command: "exit 4")
        let outcome = await withCheckedContinuation { continuation in
            process.run(PluginCall(plugin, environment: [:]), on: screen) {
                continuation.resume(returning: $0)
            }
        }
        #expect(outcome == PluginOutcome(.exited(4)))
        #expect(screen.loans == 1)
    }

    @Test("are told about in a sentence")
    func notices() {
        let plugin = Plugin("logs", key: Key("L"), title: "service logs", command: "x")
        let cases: [(PluginOutcome, String, Notice.Kind)] = [
            (.init(.exited(0)), "service logs done", .good),
            (.init(.exited(0), lastLine: "3 lines"), "service logs done: 3 lines", .good),
            (.init(.exited(2), lastLine: "no pod"), "service logs ended with 2: no pod", .bad),
            (.init(.signalled(9)), "service logs was ended by signal 9", .bad),
            (.init(.notStarted("no memory")), "service logs not started: no memory", .bad),
        ]
        for (outcome, text, kind) in cases { #expect(outcome.notice(of: plugin) == Notice(text, kind)) }
    }
}
