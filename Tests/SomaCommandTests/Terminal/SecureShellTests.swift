import Glibc
import SomaCore
import Testing

extension TerminalTests {
    @Test("over ssh it is as at home, in any size; a lost line ends it at once, and neither daemon nor runs")
    func overSecureShell() async throws {
        try await TerminalRig.with { rig in
            let there = try await SecureShell(rig)
            try rig.write("here/a.txt", "teh end\n")
            await rig.run("soma", "run", "replace teh with the in a.txt")
            await rig.enter("show " + there.command("soma"))
            try await rig.until("◆ 1 needs you")
            await rig.resize(120, 40)
            try await rig.until("the columns of the larger window") { $0.contains("TOKENS") }
            // There is no shell that it could be given back to.
            await rig.press("C-z", "?")
            try await rig.until("any other key closes")
            await rig.press("q", "q")
            try await rig.expectClean(endedWith: 0)

            await rig.enter("show " + there.command("soma"))
            try await rig.until("◆ 1 needs you")
            let console = try #require(there.process)
            try there.cut()
            let cutAt = ContinuousClock.now
            try await rig.eventually("the console there is gone") { rig.hasEnded(console) }
            #expect(ContinuousClock.now - cutAt < .seconds(1))
            try await rig.until("the end of ssh") { $0.contains("ended with 255") }
            let runs = try JSON.parse(await rig.run("soma", "ps", "--json")).array ?? []
            #expect(runs.count == 1)
        }
    }

    @Test("a daemon there is reached through a forwarded socket, and again after the line was lost")
    func forwarded() async throws {
        try await TerminalRig.with { rig in
            let there = try await SecureShell(rig)
            try rig.write("here/a.txt", "teh end\n")
            await rig.run("soma", "run", "replace teh with the in a.txt")
            let status = try JSON.parse(await rig.run("soma", "daemon", "status", "--json"))
            let address = try #require(status["listen"]?.array?.first?.string)
            let socket = address.drop { $0 != ":" }.dropFirst()
            let forward =
                "\(there.onLine) -fNM -o ExitOnForwardFailure=yes -o StreamLocalBindUnlink=yes -L $HOME/there.sock:\(socket) there"
            await rig.enter("\(forward) 2>/dev/null; echo forwarded")
            try await rig.until("\nforwarded")
            await rig.enter("show soma --daemon unix:$HOME/there.sock")
            try await rig.until("◆ 1 needs you")
            await there.closeLine()
            try await rig.until("as of ")
            await rig.run("sh", "-c", forward + " >/dev/null 2>&1")
            try await rig.until("the fleet, live") { $0.contains("◆ 1 needs you") && !$0.contains("as of ") }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
            await there.closeLine()
        }
    }
}
