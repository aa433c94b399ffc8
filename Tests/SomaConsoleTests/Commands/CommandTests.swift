import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Commands")
struct CommandTests {
    private func console(_ config: ConsoleConfig = ConsoleConfig()) -> TestConsole {
        var console = TestConsole.with(Stories.mix)
        console.feed(.settings(SettingsNews(config: config)))
        console.feed(.told(Notice("")))
        return console
    }

    private func after(_ line: String, _ config: ConsoleConfig = ConsoleConfig()) -> AppState {
        var console = console(config)
        console.press(":")
        console.type(line)
        console.press("enter")
        return console.state
    }

    @Test("have names of their own, a sentence each, and are found by every name")
    func table() {
        let names = CommandTable.names
        #expect(Set(names).count == names.count)
        for command in CommandTable.all {
            #expect(command.description.hasSuffix("."))
            for name in [command.name] + command.shorts {
                #expect(CommandTable.find(name)?.name == command.name)
            }
        }
    }

    @Test("open views")
    func views() {
        let run = console().state.fleet.runs[0].id
        #expect(after("approvals").view == .approvals)
        #expect(after("events").view == .events(nil))
        #expect(after("events \(run.rawValue)").view == .events(run))
        #expect(after("agents \(run.rawValue)").view == .agents(run))
        #expect(after("plan \(run.rawValue.prefix(5))").view == .plan(run))
        #expect(after("run").view == .run(console().state.selectedRun ?? RunID("")))
        #expect(after("home").view == .home)
        #expect(after("goto \(run.rawValue)").view == .run(run))
    }

    @Test("say what is wrong, and what was probably meant")
    func wrong() {
        let cases: [(String, String)] = [
            ("xylophone", "There is no command \"xylophone\"; tab lists them, and ? says what they do."),
            ("flet", "There is no command \"flet\"; did you mean fleet?"),
            ("plan zzz", "No run's id begins with \"zzz\"."),
            ("theme drak", "There is no theme \"drak\"; did you mean dark?"),
            ("split flet", "There is no view \"flet\"; did you mean fleet?"),
            ("mark 1", "A mark is one letter: mark a"),
            ("unmark q", "There is no mark \"q\"."),
            ("goto", "Name a mark or a run: goto a"),
            ("write", "Name a file: write screen.txt"),
            ("ctx", "A recording has no other contexts."),
            ("compare zzz zzz", "No run's id begins with \"zzz\"."),
        ]
        for (line, text) in cases { #expect(after(line).notice?.text == text, "\(line)") }
        #expect(after("q!x").notice?.text.hasPrefix("There is no command") == true)
        #expect(after("   ").notice == nil)
    }

    @Test("filter the list in sight, and show everything again without words")
    func filter() {
        #expect(after("filter role:coder").fleetView.rows.count == 2)
        #expect(after("filter").fleetView.filter == "")
        #expect(after("filter").notice == nil)
    }

    @Test("stand behind aliases, which may stand for each other and take more words")
    func aliases() {
        var config = ConsoleConfig()
        config.aliases = ["mine": "filter role:coder", "m": "mine", "a": "b", "b": "a"]
        #expect(after("mine", config).fleetView.filter == "role:coder")
        #expect(after("m state:done", config).fleetView.filter == "role:coder state:done")
        #expect(after("a", config).notice?.text.contains("There is no command") == true)
        #expect(after("mne", config).notice?.text == "There is no command \"mne\"; did you mean mine?")
    }

    @Test("ask the shell for what only it can do")
    func effects() {
        var state = console().state
        #expect(state.run(command: "reload") == [.reload])
        #expect(state.run(command: "write a b.txt") == [.write(path: "a b.txt", replaces: false)])
        #expect(state.run(command: "w! x") == [.write(path: "x", replaces: true)])
        var config = ConsoleConfig()
        let prod = ConsoleContext("prod", place: .dataFolder("/x"))
        config.contexts = [.local, prod]
        state.habits.adopt(config)
        state.habits.context = .local
        #expect(state.run(command: "ctx prod") == [.attach(prod)])
        #expect(state.run(command: "ctx local") == [])
        #expect(state.notice?.text == "You are in local.")
        #expect(state.run(command: "ctx prd") == [])
        #expect(state.notice?.text == "There is no context \"prd\"; did you mean prod?")
        #expect(state.run(command: "ctx") == [])
        #expect(state.notice?.text == "local (here), prod")
    }

    @Test("are remembered, the last two hundred, each once in a row")
    func history() {
        var state = console().state
        for line in ["fleet", "fleet", "home", String(repeating: "x", count: 2000)] {
            _ = state.run(command: line)
        }
        #expect(state.commandHistory == ["fleet", "home"])
        for number in 0..<300 { _ = state.run(command: "filter \(number)") }
        #expect(state.commandHistory.count == 200)
        #expect(state.commandHistory.last == "filter 299")
    }

    @Test("are completed by their names and by what they take")
    func completion() {
        var state = console().state
        var config = ConsoleConfig()
        config.contexts = [.local, ConsoleContext("prod"), ConsoleContext("probe")]
        config.aliases = ["mine": "filter role:coder", "look": "ctx"]
        state.habits.adopt(config)
        state.habits.marks = ["a": Place(.fleet)]
        let run = state.fleet.runs[0].id.rawValue
        let cases: [(String, [String])] = [
            ("th", ["theme"]), ("theme m", ["mono"]), ("ctx pro", ["prod", "probe"]),
            ("look p", ["prod", "probe"]),
            ("mi", ["mine"]), ("goto ", ["a"]), ("split c", ["compare", "cost", "columns"]),
            ("run \(run.prefix(5))", [run]),
            ("compare \(run) \(run.prefix(5))", [run]), ("time s", ["start"]), ("quit ", []),
            ("nothing x", []),
        ]
        for (line, words) in cases { #expect(state.candidates(for: TextInput(line)) == words, "\(line)") }
        #expect(state.completion(of: TextInput("ctx p")) == "pro")
        #expect(state.completion(of: TextInput("zz")) == nil)
        #expect(state.hint(for: TextInput("theme")) == "theme NAME: Other colours, at once.")
        #expect(state.hint(for: TextInput("ma")) == "mark marks")
        #expect(state.hint(for: TextInput("ctx p")) == "prod probe")
        #expect(state.hint(for: TextInput("mine")) == "mine: filter role:coder")
        #expect(state.hint(for: TextInput("")).contains("help lists all"))
    }
}

@Suite("Marks")
struct MarkTests {
    @Test("are letters for places, and lead back to them")
    func marks() {
        var console = TestConsole.with(Stories.mix)
        console.press("j enter m a")
        let place = console.state.view
        #expect(console.state.habits.marks == ["a": Place(place)])
        console.press("esc esc ' a")
        #expect(console.state.view == place)
        #expect(console.state.notice == nil)
    }

    @Test("are nothing but letters, and esc leaves the question")
    func letters() {
        var console = TestConsole.with(Stories.mix)
        console.press("m 1")
        #expect(console.state.notice?.text == "A mark is a letter; 1 is none.")
        console.press("m esc j")
        #expect(console.state.habits.marks.isEmpty)
        console.press("m x ' y")
        #expect(console.state.notice?.text == "There is no mark y; there are: x fleet")
    }

    @Test("of runs that are gone say so")
    func gone() {
        var console = TestConsole.with(Stories.mix)
        console.press("enter m a esc")
        console.feed(.source(.snapshot(Fleet())))
        console.press("' a")
        #expect(console.state.view == .fleet)
        #expect(console.state.notice?.kind == .bad)
    }
}
