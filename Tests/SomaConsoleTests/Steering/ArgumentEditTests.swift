import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Edited arguments")
struct ArgumentEditTests {
    private let story = Stories.needsApproval()
    private var question: Int { story.state.openQuestion?.question ?? 0 }

    /// A console whose shell has an editor, and what it was asked to edit.
    private func editing() -> (TestConsole, ArgumentEdit?) {
        var console = TestConsole.with([story])
        console.state.hasEditor = true
        console.press("3")
        let effects = console.state.update(.terminal(.key(Key("e"))), now: console.state.now)
        guard case .edit(let edit)? = effects.first, effects.count == 1 else { return (console, nil) }
        return (console, edit)
    }

    @Test("the editor gets the arguments laid out, once")
    func opens() throws {
        var (console, edit) = editing()
        #expect(edit?.text == "{\n  \"command\": \"vault kv put secret/api key=new\"\n}\n")
        #expect(edit?.question == question)
        #expect(console.state.update(.terminal(.key(Key("e"))), now: console.state.now) == [])
    }

    @Test("other arguments are approved once the person has seen the change", arguments: sizes)
    func changed(size: Size) throws {
        var (console, opened) = editing()
        let edit = try #require(opened)
        console.state.size = size
        console.requests = []
        console.feed(.edited(edit, .written("{\"command\": \"vault kv put secret/api key=old\"}")))
        try expectGolden(console.canvas(), "Approvals/edited-\(size)")
        console.press("y")
        let arguments = #"{"command":"vault kv put secret/api key=old"}"#
        #expect(
            console.requests == [
                .command(ConsoleCommand(story.id, .approve(question: question, arguments: arguments)))
            ]
        )
    }

    @Test("what is no JSON is told with its place, and the way back keeps what was written", arguments: sizes)
    func invalid(size: Size) throws {
        var (console, opened) = editing()
        let edit = try #require(opened)
        console.state.size = size
        console.requests = []
        let text = "{\n  \"command\": \"x\",\n  oops\n}\n"
        console.feed(.edited(edit, .written(text)))
        try expectGolden(console.canvas(), "Approvals/edit-invalid-\(size)")
        let effects = console.state.update(.terminal(.key(Key("e"))), now: console.state.now)
        var again = edit
        again.text = text
        #expect(effects == [.edit(again)])
        #expect(console.requests == [])
    }

    @Test("arguments that are as they were, and a failed editor, send nothing")
    func nothing() throws {
        var (console, opened) = editing()
        let edit = try #require(opened)
        console.requests = []
        console.feed(.edited(edit, .written(edit.text + "\n")))
        #expect(console.state.confirmation == nil)
        #expect(console.state.notice?.text.contains("as they were") == true)
        console.feed(.edited(edit, .failed("the editor ended with 1")))
        #expect(console.state.notice == Notice("7f3a91 not approved: the editor ended with 1", .bad))
        #expect(console.requests == [])
    }

    @Test("a question that was closed while the editor was open is told, and nothing is sent")
    func closed() throws {
        var (console, opened) = editing()
        let edit = try #require(opened)
        var answered = story
        answered.answer(question, "rejected", message: "no")
        console.feed(.source(.transitions(answered.transitions)))
        console.requests = []
        console.feed(.edited(edit, .written("{}")))
        #expect(console.state.confirmation == nil)
        #expect(console.state.notice?.text.contains("rejected by ada") == true)
        #expect(console.requests == [])
    }

    @Test("the program hands the terminal over and goes on when the editor has ended")
    func program() async throws {
        struct Writer: ArgumentEditor {
            func edit(
                _ edit: ArgumentEdit,
                on screen: any TerminalScreen,
                ended: @escaping @Sendable (EditOutcome) -> Void
            ) {
                screen.lend { ended(.written("{\"command\":\"other\"}")) }
            }
        }
        let screen = RecordingScreen()
        let source = FakeSource()
        let time = ManualTime()
        var options = ConsoleProgram.Options(opens: try Opening("approvals"))
        options.editor = Writer()
        let program = Task { [options] in
            await ConsoleProgram.run(screen: screen, source: source, options: options, timing: time.timing)
        }
        source.tell(.connection(.live(lag: nil)))
        source.tell(.snapshot(Fleet(runs: [story.state])))
        source.tell(.words(story.words.mapValues { WordsState($0) }))
        func shows(_ text: String) async -> Bool {
            await eventually {
                time.advance(by: FramePace.interval)
                return screen.last?.text.contains(text) == true
            }
        }
        #expect(await shows("vault kv put"))
        screen.type("e")
        #expect(await shows("with these arguments?"))
        #expect(screen.loans == 1)
        screen.type("y")
        let id = story.id
        let command = ConsoleCommand(id, .approve(question: question, arguments: #"{"command":"other"}"#))
        #expect(await eventually { source.requests.contains(.command(command)) })
        screen.send(.inputClosed)
        _ = await program.value
        time.wakeAll()
    }
}
