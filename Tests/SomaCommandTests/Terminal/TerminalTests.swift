import FoundationEssentials
import Glibc
import SomaCore
import SomaTerminal
import Testing

@Suite("The console in a real terminal", .serialized, .timeLimit(.minutes(5)))
struct TerminalTests {
    private static let approval = "replace teh with the in a.txt"

    @Test("a run is seen, approved and finished, and the terminal is as it was")
    func approve() async throws {
        try await TerminalRig.with { rig in
            try rig.write("here/a.txt", "teh end\n")
            await rig.enter("show soma")
            try await rig.until("No runs yet.")
            await rig.run("soma", "run", Self.approval)
            let fleet = try await rig.until("◆ 1 needs you")
            #expect(fleet.contains("a approve"))
            await rig.press("Enter")
            try await rig.until("asks you to approve")
            await rig.press("a")
            try await rig.until("the end of the run") { $0.contains("End") && $0.contains("✓") }
            #expect(try String(contentsOfFile: rig.folder + "/here/a.txt", encoding: .utf8) == "the end\n")
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("a recording is looked at beside the Kafka that the settings name")
    func replayedBesideKafka() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("SOMA_KAFKA_BROKERS=127.0.0.1:1 show soma replay --demo --paused")
            try await rig.until("‖")
            await rig.press("9")
            try await rig.until("why it can't be asked") { $0.contains("127.0.0.1:1") }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("it fits whatever size the window gets, while it changes quickly too")
    func resize() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo --paused")
            try await rig.until("‖")
            await rig.press("End")
            try await rig.until("survey .")
            await rig.resize(200, 60)
            try await rig.until("everything at 200 columns") { $0.contains("TOKENS") && $0.contains("COST") }
            await rig.resize(20, 5)
            try await rig.until("a small screen") { $0.contains("◆") && !$0.contains("TOKENS") }
            await rig.resize(10, 3)
            try await rig.until("Too small")
            await rig.resize(1, 1)
            for step in 1...40 { await rig.resize(3 + step * 37 % 190, 1 + step * 23 % 58) }
            await rig.resize(80, 24)
            let text = try await rig.until("the whole fleet") {
                $0.contains("survey .") && $0.contains("GOAL")
            }
            #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 25)
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("LINES and COLUMNS of the environment don't cut the screen")
    func environmentSize() async throws {
        try await TerminalRig.with(.standard, ["LINES": "9", "COLUMNS": "30"]) { rig in
            await rig.enter("show soma replay --demo --paused")
            try await rig.until("the footer on the last line") { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().last?.contains(
                    "keys"
                ) == true
            }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("ctrl+z gives the terminal to the shell as it was, and fg takes it again, in its new size")
    func suspend() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo --paused")
            try await rig.until("‖")
            await rig.press("C-z")
            try await rig.expectClean(endedWith: 128 + SIGTSTP)
            await rig.resize(60, 20)
            await rig.enter("fg")
            try await rig.until("‖")
            #expect(await rig.flags() != TerminalRig.cleanFlags)
            let pid = try #require(await rig.process("soma"))
            kill(pid, SIGTSTP)
            try await rig.until("the shell again") { !$0.contains("‖") && $0.contains("$") }
            #expect(await rig.flags() == TerminalRig.cleanFlags)
            await rig.enter("fg")
            try await rig.until("‖")
            await rig.press("q")
            try await rig.until("the shell at last") { !$0.contains("‖") && $0.contains("$") }
            await rig.enter("printf '\\033c'; modes")
            try await rig.until("modes same")
            #expect(await rig.flags() == TerminalRig.cleanFlags)
        }
    }

    @Test(
        "a signal or a crash ends it with the terminal as it was",
        arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGALRM]
    )
    func signal(number: Int32) async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo --paused")
            try await rig.until("‖")
            let pid = try #require(await rig.process("soma"))
            kill(pid, number)
            try await rig.expectClean(endedWith: 128 + number)
        }
    }

    @Test(
        "over a line of 300 ms and 5 kB/s one frame at most is on its way, keys are in the next, and q ends it soon"
    )
    func slowLine() async throws {
        try await TerminalRig.with { rig in
            let line = CommandHarness.root + "/Tests/SomaCommandTests/Terminal/slow_line.py"
            await rig.enter("show python3 \(line) --log $HOME/line soma replay --demo --speed 4")
            // The clock of the strip runs, so that there is always something new to show.
            try await rig.until("event 2")
            for key in "jjjjjjjjjjkkkkkkkkkkjjjjjjjjjj" { await rig.press("\(key)") }
            await rig.press("/")
            for key in "ZQXJ" { await rig.press("\(key)") }
            try await rig.until("/ZQXJ")
            await rig.resize(100, 30)
            try await rig.until("the footer of the larger window") { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).count == 31
                    && text.contains("/ZQXJ")
            }
            await rig.press("Escape")
            try await rig.until("the fleet again") { $0.contains("survey .") }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
            let log = try JSON.parse(try String(contentsOfFile: rig.folder + "/line", encoding: .utf8))
            #expect(log["frames_on_the_way_max"]?.int == 1, "\(log)")
            #expect(log["frames_until_echo_max"]?.int == 1, "\(log)")
            // 30 a second were there to show.
            let (frames, seconds) = (log["frames"]?.int ?? .max, log["seconds"]?.double ?? 0)
            #expect(frames > 5 && Double(frames) < seconds / 0.3 + 2, "\(log)")
            #expect(log["bytes_on_the_way_max"]?.int ?? .max < 10_000, "\(log)")
            #expect(log["milliseconds_to_end"]?.int ?? .max < 1_500, "\(log)")
        }
    }

    @Test("what is copied can be pasted in tmux, and outside of it is in a file that is named")
    func copies() async throws {
        try await TerminalRig.with { rig in
            for (unset, told) in [
                ("", "into tmux's paste buffer"), ("env -u TMUX ", "state/soma/copied.txt"),
            ] {
                await rig.enter("show \(unset)soma replay --demo --paused")
                try await rig.until("‖")
                await rig.press("End")
                try await rig.until("survey .")
                await rig.press("g")
                try await rig.until("←/→ walk")
                await rig.press("y")
                try await rig.until(told)
                await rig.press("q")
                try await rig.expectClean(endedWith: 0)
            }
            let file = try String(contentsOfFile: rig.folder + "/state/soma/copied.txt", encoding: .utf8)
            #expect(file.contains("- Plan, done"))
            #expect(await rig.pasteBuffer() == file)
        }
    }

    @Test("it ends when its terminal goes away")
    func hangUp() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo")
            try await rig.until("▶")
            let pid = try #require(await rig.process("soma"))
            await rig.hangUp()
            try await rig.eventually("the process is gone") { rig.hasEnded(pid) }
        }
    }

    @Test(
        "terminals of many kinds show it and are left clean",
        arguments: [
            ("xterm-256color", "‖"), ("screen", "‖"), ("screen-256color", "‖"), ("tmux-256color", "‖"),
            ("vt100", "‖"),
            ("linux", "="),
        ]
    )
    func terms(term: String, sign: String) async throws {
        try await TerminalRig.with { rig in
            await rig.enter("TERM=\(term) show soma replay --demo --paused")
            try await rig.until("the strip") { $0.contains("\(sign) 1") && $0.contains("keys") }
            await rig.press("End")
            try await rig.until("survey .")
            await rig.press("q")
            try await rig.expectClean(endedWith: 0, term)
        }
    }

    @Test("without UTF-8 and without colours it shows the same in ASCII")
    func ascii() async throws {
        try await TerminalRig.with(.standard, ["NO_COLOR": "1"]) { rig in
            await rig.enter("LC_ALL=C show soma replay --demo --paused")
            let text = try await rig.until("= 1x")
            #expect(text.utf8.allSatisfy { $0 < 0x80 })
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test(
        "a terminal that can't show screens is told what happens in lines",
        arguments: [
            ("dumb", "can't show full screens"), ("no-such-terminal", "is unknown here"),
            ("", "TERM is not set"),
        ]
    )
    func linear(term: String, sentence: String) async throws {
        try await TerminalRig.with { rig in
            try rig.write("here/a.txt", "teh end\n")
            await rig.enter("TERM='\(term)' show soma")
            try await rig.until("why and what now") { text in
                let flat = text.filter { !$0.isNewline }
                return flat.contains(sentence) && flat.contains("told in lines")
            }
            try await rig.until("No runs yet.")
            await rig.run("soma", "run", Self.approval)
            // Where lines can be typed, they need not name the program.
            try await rig.until("how to answer") { $0.filter { !$0.isNewline }.contains("approve ") }
            await rig.press("C-c")
            try await rig.until("the shell") { $0.contains("^C") && $0.contains("\n$") }
            await rig.enter("modes")
            try await rig.until("modes same")
        }
    }

    @Test(
        "without a terminal it says so, starts nothing and doesn't hang",
        arguments: ["soma <&-", "soma </dev/null", "soma >&-", "soma >/dev/null"]
    )
    func closed(command: String) async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show eval '\(command)'")
            let text = try await rig.until("modes ")
            #expect(text.filter { !$0.isNewline }.contains("needs a terminal"))
            try await rig.expectClean(endedWith: 2, command)
            #expect(await rig.run("soma", "daemon", "status").isEmpty)
        }
    }

    @Test("a recording that comes through standard input is played with the terminal's keys")
    func pipedRecording() async throws {
        try await TerminalRig.with { rig in
            let demo = CommandHarness.root + "/docs/recordings/demo.soma.ndjson"
            await rig.enter("show eval 'cat \(demo) | soma replay - --paused'")
            try await rig.until("‖")
            await rig.press("End")
            try await rig.until("survey .")
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("a recording plays by itself, at the speed that was asked for, from where it was asked to begin")
    func plays() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo --speed 1000 --from 1s")
            try await rig.until("the end of the recording") {
                $0.contains("‖ 1000×") && $0.contains("✓ done")
            }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test(
        "when the daemon is killed it says so, and when there is one again nothing is missing or there twice"
    )
    func reconnect() async throws {
        try await TerminalRig.with { rig in
            try rig.write("here/a.txt", "teh end\n")
            await rig.run("soma", "run", Self.approval)
            await rig.enter("show soma")
            try await rig.until("◆ 1 needs you")
            let status = try JSON.parse(await rig.run("soma", "daemon", "status", "--json"))
            kill(pid_t(try #require(status["pid"]?.int)), SIGKILL)
            try await rig.until("as of ")
            await rig.run("soma", "run", "check this host", "--detach")
            try await rig.until("the new run, done") { text in
                text.contains("check this host") && text.contains("✓ done") && !text.contains("as of ")
            }
            let all = try JSON.parse(await rig.run("soma", "ps", "--all", "--json")).array ?? []
            let text = try await rig.until("all runs") { $0.contains("\(all.count) runs") }
            for line in text.split(separator: "\n") where line.contains(Self.approval.prefix(14)) {
                #expect(line.contains("◆"))
            }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }
}
