import Glibc
import SomaCore
import Testing

@testable import SomaAgents

/// One command that must work, or must not get at what it tries.
struct SandboxCase: Sendable, CustomTestStringConvertible {
    var name: String
    var command: String
    var has: [String] = []
    var lacks: [String] = []
    var hostCheck: String?
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var limitSeconds = 20.0
    var endsWithinSeconds: Double?
    var testDescription: String { name }

    init(
        _ name: String,
        _ command: String,
        has: [String] = [],
        lacks: [String] = [],
        hostCheck: String? = nil
    ) {
        self.name = name
        self.command = command
        self.has = has
        self.lacks = lacks
        self.hostCheck = hostCheck
    }

    init?(_ json: JSON) {
        guard let name = json["name"]?.string, let command = json["command"]?.string else { return nil }
        self.init(name, command)
        has = json["stdout_has"]?.array?.compactMap(\.string) ?? []
        lacks = json["stdout_lacks"]?.array?.compactMap(\.string) ?? []
        hostCheck = json["host_check"]?.string
        for member in json["workspace_files"]?.object?.members ?? [] {
            files[member.key] = member.value.string
        }
        for member in json["env"]?.object?.members ?? [] { environment[member.key] = member.value.string }
        limitSeconds = json["limit_s"]?.double ?? 20
        endsWithinSeconds = json["ends_within_s"]?.double
    }

    /// Ours always; all of a corpus where `SOMA_CORPORA` names a folder with one.
    static let all: [SandboxCase] = {
        guard let folder = getenv("SOMA_CORPORA").map({ String(cString: $0) }),
            let text = ProcFile.text("\(folder)/sandbox/cases.json"), let corpus = try? JSON.parse(text)
        else { return own }
        return own + (corpus["cases"]?.array ?? []).compactMap { SandboxCase($0) }
    }()

    private static let own = [
        SandboxCase(
            "everyday work",
            "echo a > f && cat f && ls | wc -l && (exit 7); echo rc=$?",
            has: ["a", "1", "rc=7"]
        ),
        SandboxCase(
            "temporary files",
            "d=$(mktemp -d) && echo t > $d/x && cat $d/x && rm -r $d && echo ok",
            has: ["ok"]
        ),
        SandboxCase(
            "reading beside the workspace",
            "cat {canary}/secret ../canary/secret ../secret-beside /proc/1/root/{canary}/secret; ls {canary}; echo done",
            has: ["done"],
            lacks: ["{token}"]
        ),
        SandboxCase(
            "writing beside the workspace",
            "touch {canary}/w ../w /usr/w /etc/w /w /dev/w; ln -s {canary} l; echo x > l/w; echo done",
            has: ["done"],
            hostCheck: "test ! -e {canary}/w -a ! -e {ws}/../w -a ! -e /usr/w -a ! -e /etc/w -a ! -e /w"
        ),
        SandboxCase(
            "the daemon's environment and descriptors",
            "env; cat /proc/*/environ /proc/1/cmdline; cat /proc/self/fd/* <&- ; ls /proc/self/fd; echo done",
            has: ["done"],
            lacks: ["{token}", "SOMA_CANARY"]
        ),
        SandboxCase(
            "the kernel's settings",
            "echo x > /proc/sys/kernel/core_pattern && echo WROTE; echo 1 > /proc/sys/vm/drop_caches && echo WROTE; "
                + "echo b > /proc/sysrq-trigger && echo WROTE; echo done",
            has: ["done"],
            lacks: ["WROTE"]
        ),
        SandboxCase(
            "more namespaces and capabilities",
            "unshare -Ur true && echo NESTED; unshare -m true && echo NESTED; grep -E '^(NoNewPrivs|CapEff|CapBnd|Seccomp):' "
                + "/proc/self/status",
            has: ["NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "Seccomp:\t2"],
            lacks: ["NESTED"]
        ),
        SandboxCase(
            "other processes",
            "kill -9 {victim} && echo KILLED; kill -9 -1; ls /proc | grep -x {victim} && echo SEEN; echo done",
            lacks: ["KILLED", "SEEN"],
            hostCheck: "kill -0 {victim}"
        ),
        SandboxCase(
            "network devices",
            "cat /proc/net/dev | tail -n +3 | grep -v lo: && echo DEVICE; echo done",
            has: ["done"],
            lacks: ["DEVICE"]
        ),
        SandboxCase(
            "variables stay inside",
            "echo $EXTRA; echo \"$LD_PRELOAD\"",
            has: ["extra value"]
        ),
    ]
}

@Suite("Sandbox cases", .serialized)
struct SandboxCorpusTests {
    @Test("a command can do its work and nothing else", arguments: SandboxCase.all)
    func run(_ one: SandboxCase) async throws {
        let fixture = try SandboxFixture()
        for (name, content) in one.files {
            try fixture.scratch.write(name, fixture.filled(content))
            chmod("\(fixture.scratch.path)/\(name)", 0o755)
        }
        var policy = ToolPolicy()
        policy.timeout = .seconds(one.limitSeconds)
        policy.environment = one.environment.mapValues(fixture.filled)
        if one.name == "variables stay inside" {
            policy.environment = ["EXTRA": "extra value", "LD_PRELOAD": "/nowhere.so"]
        }
        let started = ContinuousClock.now
        let result = try await fixture.scratch.call(
            ShellTool(),
            ["command": .string(fixture.filled(one.command))],
            policy
        )
        let took = started.duration(to: .now).seconds
        for text in one.has {
            #expect(result.text.contains(fixture.filled(text)), "\(result.text.suffix(1500))")
        }
        for text in one.lacks {
            #expect(!result.text.contains(fixture.filled(text)), "\(result.text.suffix(1500))")
        }
        #expect(took < one.endsWithinSeconds ?? one.limitSeconds + 3)
        if let check = one.hostCheck {
            #expect(throws: Never.self) {
                _ = try HostProgram.output("/bin/bash", ["-c", fixture.filled(check)], timeout: .seconds(20))
            }
        }
    }
}

/// What a case tries to reach: a file beside the workspace, a listener, a process, an open descriptor, a variable.
final class SandboxFixture: Sendable {
    let scratch: ScratchWorkspace
    private let token = "TOKEN-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    private let id = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    private let listener: Int32
    private let port: Int
    private let leaked: Int32
    private let victim: pid_t

    init() throws {
        scratch = try ScratchWorkspace()
        mkdir("\(scratch.outer)/canary", 0o755)
        try ScratchWorkspace.put(token, "\(scratch.outer)/canary/secret")
        try ScratchWorkspace.put(token, "\(scratch.outer)/secret-beside")
        chmod(scratch.path, 0o777)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                _ = bind(descriptor, plain, size) == 0 && listen(descriptor, 4) == 0
                getsockname(descriptor, plain, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        // Inheritable, as a careless library leaves one.
        leaked = open("\(scratch.outer)/canary/secret", O_RDONLY)
        setenv("SOMA_CANARY_SECRET", token, 1)
        var pid: pid_t = 0
        let arguments = CStrings(["soma-victim-\(id)", "300"])
        let environment = CStrings([])
        try #require(posix_spawn(&pid, "/bin/sleep", nil, nil, arguments.pointer, environment.pointer) == 0)
        victim = pid
    }

    deinit {
        kill(victim, SIGKILL)
        var status: Int32 = 0
        waitpid(victim, &status, 0)
        close(listener)
        close(leaked)
    }

    func filled(_ text: String) -> String {
        let values = [
            "canary": "\(scratch.outer)/canary", "ws": scratch.path, "token": token, "port": "\(port)",
            "victim": "\(victim)", "id": id, "fd": "\(leaked)",
        ]
        var result = ""
        var rest = Substring(text)
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            if let end = rest.firstIndex(of: "}"), let value = values[String(rest[..<end])] {
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                // A doubled brace stands for one.
                result += "{"
                if rest.first == "{" { rest = rest.dropFirst() }
            }
        }
        result += rest
        return result
    }
}
