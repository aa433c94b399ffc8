import FoundationEssentials
import Glibc
import SomaTerminal
import Testing

@Suite("The person's editor in a real terminal", .serialized, .timeLimit(.minutes(2)))
struct EditorTerminalTests {
    @Test("it gets the terminal, and the console gets it back, whatever the editor does")
    func handOver() async throws {
        let editor = ["VISUAL": "sh \"$HOME/edit\" two", "EDITOR": "false"]
        try await TerminalRig.with(.standard, editor) { rig in
            func edits(_ script: String, _ told: String) async throws {
                try rig.write("edit", script)
                await rig.press("e")
                try await rig.until(told)
            }
            try rig.write("here/a.txt", "teh end\n")
            await rig.enter("show soma --view approvals")
            try await rig.until("0")
            await rig.run("soma", "run", "replace teh with the in a.txt")
            try await rig.until("apply_patch")
            let flags = await rig.flags()

            let asks = "printf 'argument %s\\n' \"$1\"; stty -echo raw; head -c 1 >/dev/null; exit 0"
            try await edits(asks, "argument two")
            #expect(await rig.flags() == TerminalRig.cleanFlags)
            await rig.press("x")
            try await rig.until("the arguments are as they were")
            #expect(await rig.flags() == flags)
            // Keys are keys again.
            await rig.press("?")
            try await rig.until("any other key closes")
            await rig.press("Escape")
            try await rig.until("the keys are gone") { !$0.contains("any other key closes") }

            try await edits("stty raw; echo '{' >\"$2\"; exit 3", "the editor ended with 3")
            try await edits("kill -9 $$", "the editor was ended by signal 9")
            try await edits("rm \"$2\"", "not approved")
            try await edits("echo '{\"patch\":' >\"$2\"", "These are no JSON arguments")
            // What is typed while the console takes the terminal back may be dropped.
            try await rig.eventually("the question is closed") {
                let screen = await rig.screen()
                guard screen.contains("no JSON arguments") else { return screen.contains("whole story") }
                await rig.press("c")
                try? await Task.sleep(for: .milliseconds(200))
                return false
            }
            try await edits("sed -i 's/+the end/+The End/' \"$2\"", "with these arguments?")
            await rig.press("y")
            try await rig.eventually("the file is changed") {
                (try? String(contentsOfFile: rig.folder + "/here/a.txt", encoding: .utf8)) == "The End\n"
            }
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }
}
