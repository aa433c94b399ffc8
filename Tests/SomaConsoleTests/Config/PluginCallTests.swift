import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("What a plugin is told")
struct PluginCallTests {
    private func environment(_ run: RunState?, goal: String? = nil, daemon: String? = nil) -> [String: String]
    {
        PluginCall.environment(
            run: run,
            goal: goal,
            view: "fleet",
            context: "prod",
            daemon: daemon,
            isReadOnly: daemon == nil
        )
    }

    @Test("is the run with its fields, the context and the daemon")
    func fields() {
        let run = Stories.needsApproval().state
        let told = environment(run, goal: "rotate the key", daemon: "unix:/run/soma/1.sock")
        #expect(told["SOMA_RUN"] == run.id.rawValue)
        #expect(told["SOMA_ROLE"] == run.role)
        #expect(told["SOMA_STATUS"] == run.status.rawValue)
        #expect(told["SOMA_NODE"] == run.activations.last?.node)
        #expect(told["SOMA_SEQ"] == "\(run.seq)")
        #expect(told["SOMA_QUESTION"] == run.openQuestion?.question.map { "\($0)" })
        #expect(told["SOMA_QUESTION"] != nil)
        #expect(told["SOMA_GOAL"] == "rotate the key")
        #expect(told["SOMA_VIEW"] == "fleet" && told["SOMA_CONTEXT"] == "prod")
        #expect(told["SOMA_DAEMON"] == "unix:/run/soma/1.sock" && told["SOMA_SOCKET"] == "/run/soma/1.sock")
        #expect(told["SOMA_READ_ONLY"] == nil)
        #expect(Set(told.keys).isSubset(of: PluginCall.names))
    }

    @Test("has no run where none is in sight, and no daemon in a recording")
    func nothing() {
        #expect(environment(nil) == ["SOMA_VIEW": "fleet", "SOMA_CONTEXT": "prod", "SOMA_READ_ONLY": "1"])
        let told = environment(nil, daemon: "http://127.0.0.1:80")
        #expect(told["SOMA_DAEMON"] == "http://127.0.0.1:80" && told["SOMA_SOCKET"] == nil)
    }

    @Test("is harmless and no longer than a system takes")
    func hostile() {
        let run = Stories.done().state
        let told = environment(run, goal: "a\u{1B}[2J\u{0}b\u{202E}c\nd")["SOMA_GOAL"] ?? ""
        #expect(!told.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        #expect(told.hasSuffix("\nd"))
        for text in [
            String(repeating: "x", count: 1_000_000), String(repeating: "\u{1B}", count: 200_000),
            String(repeating: "😀", count: 200_000), "e" + String(repeating: "\u{301}", count: 500_000),
        ] {
            #expect(
                (environment(run, goal: text)["SOMA_GOAL"] ?? "").utf8.count <= PluginCall.bytesMax * 8 - 100
            )
        }
    }

    @Test("is nothing of a run whose name looks like an option or a path")
    func names() {
        for name in ["7f3a91", "a-b_C9"] { #expect(PluginCall.isSafe(RunID(name))) }
        for name in ["", "-rf", "a/b", "a b", "a;b", "$(x)", "é", "a\n", String(repeating: "a", count: 65)] {
            #expect(!PluginCall.isSafe(RunID(name)), "\(name)")
        }
    }
}
