import FoundationEssentials
import Glibc
import SomaConsole
import Testing

@testable import soma

@Suite("What is copied where the terminal has no clipboard")
struct CopyKeeperTests {
    @Test("goes into a file of its owner's, in the place of what was there, and the person is told where")
    func file() throws {
        let home = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(home) }
        let keeper = CopyKeeper(environment: ["HOME": home])
        #expect(keeper.keep("a longer text\nof two lines") == .file("~/.local/state/soma/copied.txt"))
        #expect(keeper.keep("中\n") == .file("~/.local/state/soma/copied.txt"))
        let path = home + "/.local/state/soma/copied.txt"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "中\n")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("goes into the file, too, where tmux is named but isn't there")
    func noTmux() throws {
        let home = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(home) }
        let variables = [
            "XDG_STATE_HOME": home, "TMUX": home + "/none,1,0", "PATH": "/usr/bin:/bin", "TMUX_TMPDIR": home,
        ]
        #expect(CopyKeeper(environment: variables).keep("x") == .file(home + "/soma/copied.txt"))
    }

    @Test("isn't written through a link, and what went wrong is told")
    func link() throws {
        let home = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(home) }
        let keeper = CopyKeeper(environment: ["XDG_STATE_HOME": home])
        #expect(keeper.keep("x") == .file(home + "/soma/copied.txt"))
        unlink(home + "/soma/copied.txt")
        symlink(home + "/elsewhere", home + "/soma/copied.txt")
        guard case .nowhere(let reason) = keeper.keep("x") else {
            Issue.record("It was written.")
            return
        }
        #expect(reason.contains("copied.txt can't be written"))
        #expect(access(home + "/elsewhere", F_OK) != 0)
        #expect(CopyKeeper(environment: [:]).keep("x") == .nowhere("there is no folder to keep it in"))
    }

    @Test(
        "is told of in a sentence",
        arguments: [
            (.clipboard, "Copied 3 lines with OSC 52."), (.tmux, "Copied 3 lines into tmux's paste buffer."),
            (.file("~/c"), "No clipboard here: 3 lines went to ~/c."),
            (.nowhere(""), "Not copied: no clipboard here."),
            (.nowhere("the disk is full"), "Not copied: no clipboard here, and the disk is full."),
        ] as [(CopyOutcome, String)]
    )
    func sentences(outcome: CopyOutcome, sentence: String) {
        #expect(outcome.notice(of: "3 lines").text == sentence)
    }
}
