import CLinux
import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Limits of commands")
struct ShellLimitTests {
    private func policy(_ change: (inout ToolPolicy) -> Void = { _ in }) -> ToolPolicy {
        var policy = ToolPolicy()
        policy.timeout = .seconds(15)
        change(&policy)
        return policy
    }

    @Test(
        "a command that sleeps for ever is killed with its children",
        arguments: [ToolPolicy.Sandbox.required, .off]
    )
    func timeLimit(_ sandbox: ToolPolicy.Sandbox) async throws {
        let scratch = try ScratchWorkspace()
        let started = ContinuousClock.now
        let result = try await scratch.call(
            ShellTool(),
            ["command": "trap '' TERM; echo started; (sleep 77777 &) ; sleep 77777", "timeout_s": 0.3],
            policy { $0.sandbox = sandbox }
        )
        #expect(result.failure == .timedOut && result.exitStatus == 124)
        #expect(result.output["stdout"] == "started\n")
        #expect(started.duration(to: .now) < .seconds(30))
    }

    @Test("output that never ends is cut, and ends the command")
    func endlessOutput() async throws {
        let scratch = try ScratchWorkspace()
        let result = try await scratch.call(
            ShellTool(),
            ["command": "yes"],
            policy { $0.outputBytesMax = 1000 }
        )
        #expect(result.failure == .tooLarge && result.truncated)
        #expect(result.text.utf8.count < 1300 && result.text.contains("its output did not end"))
    }

    @Test("output at full speed, and bytes that are no text, end the command and stay text")
    func binaryOutput() async throws {
        let scratch = try ScratchWorkspace()
        let started = ContinuousClock.now
        let flood = await scratch.shell("cat /dev/zero", .onCopy, policy { $0.outputBytesMax = 4096 })
        #expect(flood.failure == .tooLarge && flood.output["output_bytes"]?.int ?? 0 > 64 << 20)
        #expect(started.duration(to: .now) < .seconds(10))
        let random = await scratch.shell(
            "head -c 3000000 /dev/urandom; printf '\\033[31m\\377'",
            .onCopy,
            policy { $0.outputBytesMax = 4096 }
        )
        #expect(random.failure == nil && random.truncated)
        #expect(try JSON.parse(random.output.bytes())["output_bytes"] == 3_000_006)
    }

    @Test("a command that closes its output and runs on ends with its time", arguments: SandboxMode.allCases)
    func closedOutput(_ mode: SandboxMode) async throws {
        let scratch = try ScratchWorkspace()
        let started = ContinuousClock.now
        let result = await scratch.shell(
            "exec > /dev/null 2>&1 >&- 2>&-; sleep 600",
            mode,
            policy { $0.timeout = .milliseconds(500) }
        )
        #expect(
            result.failure == .timedOut
                && result.text == "[It was killed with all of its children after 0.5 s.]\n"
        )
        #expect(started.duration(to: .now) < .seconds(5))
    }

    @Test("a command that fills the disk is killed before it is full", arguments: SandboxMode.allCases)
    func disk(_ mode: SandboxMode) async throws {
        let scratch = try ScratchWorkspace()
        let result = await scratch.shell(
            "i=0; while [ $i -lt 60 ]; do head -c 32M /dev/zero > f$i || break; sleep 0.05; i=$((i+1)); done; echo all",
            mode,
            // As on a disk that has no more left than that: 64 MiB may be written all the same.
            policy { $0.diskBytesLeft = .max }
        )
        #expect(result.failure == .tooLarge, "\(result.text)")
        #expect(result.text.contains("about to fill the disk") && !result.text.contains("all\n"))
        #expect(scratch.exists("f0") == (mode == .inPlace))
    }

    @Test("one process can't take more memory than allowed, and neither can many together")
    func memory() async throws {
        let scratch = try ScratchWorkspace()
        let limits = policy { $0.memoryBytesMax = 300 << 20 }
        let one = try await scratch.call(
            ShellTool(),
            ["command": "head -c 900M /dev/zero | tail | wc -c"],
            limits
        )
        let written = one.output["stdout"]?.string
        #expect(written != nil && written != "943718400\n")
        let many = "for i in 1 2 3; do (head -c 150M /dev/zero | tail; sleep 20) & done; wait"
        let started = ContinuousClock.now
        let together = try await scratch.call(
            ShellTool(),
            ["command": .string(many)],
            policy {
                $0.memoryBytesMax = 200 << 20
                $0.timeout = .seconds(10)
            }
        )
        #expect(together.isError)
        #expect(started.duration(to: .now) < .seconds(14))
    }

    @Test("processes and file sizes are bounded")
    func processesAndFiles() async throws {
        let scratch = try ScratchWorkspace()
        let script = "n=0; while [ $n -lt 200 ]; do sleep 30 & n=$((n+1)); done 2>&1; echo all $n"
        let result = try await scratch.call(
            ShellTool(),
            ["command": .string(script), "timeout_s": 5],
            policy { $0.processesMax = 40 }
        )
        #expect(!result.text.contains("all 200"))
        let file = try await scratch.call(
            ShellTool(),
            ["command": "head -c 5M /dev/zero > big; stat -c %s big; rm big"],
            policy { $0.fileBytesMax = 1 << 20 }
        )
        #expect(file.text.contains("1048576"))
    }

    @Test("a cancelled call kills its command")
    func cancellation() async throws {
        let scratch = try ScratchWorkspace()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let context = ToolContext(workspace: scratch.path, policy: policy()) { _ in continuation.yield() }
        let task = Task { await ShellTool().call(["command": "echo on; sleep 60"], context) }
        for await _ in stream { break }
        task.cancel()
        let result = await task.value
        #expect(result.failure == .cancelled && result.exitStatus == 137)
    }

    @Test("an exit status and a signal come back as a shell has them")
    func ends() async throws {
        let scratch = try ScratchWorkspace()
        for (command, status) in [
            ("exit 0", 0), ("exit 42", 42), ("kill -9 $$", 137), ("nowhere-to-be-found", 127),
        ] {
            let result = try await scratch.call(ShellTool(), ["command": .string(command)], policy())
            #expect(result.exitStatus == status, "\(command)")
            #expect(result.isError == (status != 0))
        }
    }

    @Test("folder, variables and wrong arguments")
    func arguments() async throws {
        let scratch = try ScratchWorkspace(["sub/x": "1"])
        let result = try await scratch.call(
            ShellTool(),
            ["command": "pwd; echo $A; echo $HOME", "folder": "sub", "environment": ["A": "b c"]],
            policy()
        )
        #expect(result.text == "/workspace/sub\nb c\n/workspace\n")
        let wrong: [JSON] = [
            ["command": "a\u{0}b"], ["command": "x", "environment": ["a=b": "c"]], ["command": ""],
        ]
        for arguments in wrong {
            #expect(try await scratch.call(ShellTool(), arguments, policy()).failure == .invalidArguments)
        }
        let missing = try await scratch.call(ShellTool(), ["command": "x", "folder": "none"], policy())
        #expect(missing.failure == .notFound)
    }

    @Test("without bubblewrap a required sandbox is refused")
    func noSandbox() {
        do throws(ToolError) {
            _ = try Sandbox(places: ["/nowhere/bwrap"])
            Issue.record("a sandbox was found")
        } catch {
            #expect(error.failure == .refused && error.description.contains("bubblewrap is not installed"))
        }
    }

    @Test("a sandbox that can't be set up runs nothing and says why")
    func brokenSandbox() throws {
        let scratch = try ScratchWorkspace()
        var profile = SandboxProfile(
            hostWorkspace: scratch.path,
            folder: .root,
            policy: policy(),
            environment: [:]
        )
        profile = SandboxProfile(
            hostWorkspace: "/nowhere/at/all",
            folder: profile.folder,
            policy: profile.policy,
            environment: [:]
        )
        let sandbox = try Sandbox()
        do throws(ToolError) {
            let stop = StopSignal(timeout: nil)
            _ = try sandbox.run("true", profile, user: SandboxUser.next(), timeout: .seconds(5), stop: stop) {
                _ in
            }
            Issue.record("it ran")
        } catch {
            #expect(error.failure == .refused && error.summary.contains("nothing was run"))
        }
    }

    @Test("the check for a sandbox says nothing where it works, and what is wrong where not")
    func check() async {
        #expect(await SandboxCheck.failure() == nil)
        #expect(await SandboxCheck.failure(scratchFolder: "/nowhere")?.contains("/nowhere") == true)
    }

    @Test("ids are looked up in the map of a container")
    func identities() {
        #expect(SandboxUser.next(effectiveUser: 1000) == nil)
        #expect(SandboxUser.isMapped(1_879_048_192, in: "         0          0 4294967295\n"))
        #expect(!SandboxUser.isMapped(1_879_048_192, in: "         0     100000      65536\n"))
        #expect(SandboxUser.isMapped(65_534, in: "0 100000 65536"))
    }

    @Test("the system call filter fits its buffer")
    func filter() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = soma_seccomp_filter(&bytes, bytes.count)
        #expect(count > 400 && count % 8 == 0)
        #expect(soma_seccomp_filter(&bytes, 8) == -1)
    }
}
