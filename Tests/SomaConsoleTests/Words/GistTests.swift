@testable import SomaConsole
import SomaTerminal
import Testing

@Suite("Gist of an outcome")
struct GistTests {
    @Test(
        "a line that says what came of it, and not the goal again",
        arguments: [
            ("4 files changed.\nMore.", "tidy up", "4 files changed."),
            ("# Survey of hello\n\n31 files", "survey .", "Survey of hello"),
            ("# why slow\n\nThe pool was made smaller.", "why slow", "The pool was made smaller."),
            ("# Why slow\r\n\r\n- The pool was made smaller.", "why slow", "The pool was made smaller."),
            ("why slow\nwhy slow\nThe pool.", "why slow", "The pool."),
            ("# why slow\n\n| A | B |\n|---|---|\n## Cause\n", "why slow", "Cause"),
            ("# why slow", "why slow", "why slow"),
            ("# why slow\n```\nx", "why slow", "x"),
            ("\n\n", "why slow", ""),
            ("# why slow\nbecause", "", "why slow"),
        ]
    )
    func said(outcome: String, goal: String, wanted: String) {
        #expect(Gist.line(outcome, of: goal) == wanted)
    }

    @Test("without the goal's words the first line stands, and without the outcome's their state")
    func unknown() {
        let look = Look(theme: .dark, glyphs: .unicode)
        #expect(Gist.line("# why slow\nbecause", of: nil) == "why slow")
        #expect(look.gist(.erased, of: nil).text == "erased")
        #expect(look.gist(nil, of: .init("why slow")).text == "loading")
    }

    @Test("an outcome of any size and shape is looked at only in part")
    func bounded() {
        let goal = "why slow"
        let repeated = String(repeating: "# why slow\n", count: 100_000)
        #expect(Gist.line(repeated + "because", of: goal) == goal)
        #expect(Gist.line(String(repeating: "x", count: 1_000_000), of: goal).count <= 2_000)
    }
}
