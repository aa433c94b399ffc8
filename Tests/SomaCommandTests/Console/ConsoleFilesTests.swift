import FoundationEssentials
import Glibc
import SomaConsole
import SomaTerminal
import Testing

@testable import soma

@Suite("Files of the console")
struct ConsoleFilesTests {
    private static let theme = """
        name: shore
        roles:
          accent: "#336699"

        """

    /// The files of a person whose home is a folder of the test, and what is told of them.
    private final class Person {
        let files: ConsoleFiles
        let problems: [String]
        private var news: AsyncStream<SettingsNews>.Iterator

        init(_ folder: TestFolder, theme: String? = nil) {
            var problems: [String] = []
            files = ConsoleFiles(
                environment: ["HOME": folder.path, "XDG_CONFIG_HOME": folder["config"]],
                executable: folder["bin/soma"],
                theme: theme
            ) { problems.append($0) }
            self.problems = problems
            news = files.news.makeAsyncIterator()
        }

        /// The next news; waits for them.
        func next() async throws -> SettingsNews { try #require(await news.next()) }
    }

    private func with(_ body: (TestFolder, String) async throws -> Void) async throws {
        try await TestFolder.with { folder in try await body(folder, folder["config/soma/console.yaml"]) }
    }

    @Test("may be missing, as may their folders")
    func missing() async throws {
        try await with { folder, _ in
            let person = Person(folder)
            #expect(person.problems == [] && person.files.config == ConsoleConfig())
            #expect(person.files.themes.map(\.name) == ["dark", "mono"])
            person.files.readAgain(asked: true)
            let news = try await person.next()
            #expect(news.wasAsked && news.config == nil && news.themes == nil && news.problems == [])
            person.files.close()
            #expect(await person.files.news.first { _ in true } == nil)
        }
    }

    @Test("are told in few words where the one that was meant is known")
    func short() async throws {
        try await with { folder, file in
            let files = Person(folder).files
            let start = "\(file):1:8: expected one of dark, mono, found "
            #expect(
                files.short(start + "\"drak\"; did you mean dark?")
                    == "console.yaml:1:8: found \"drak\"; did you mean dark?"
            )
            #expect(
                files.short(start + "\"x\"") == "console.yaml:1:8: expected one of dark, mono, found \"x\""
            )
        }
    }

    @Test("those of themes wait until after the first screen where it needs none of them")
    func rest() async throws {
        try await with { folder, _ in
            try folder.make("share/soma/themes")
            try folder.write("share/soma/themes/shore.yaml", Self.theme)
            let person = Person(folder, theme: "default")
            #expect(person.files.themes == ThemeFiles.builtIn)
            person.files.readRest()
            let news = try await person.next()
            #expect(news.isRest && news.problems == [] && news.themes == person.files.themes)
            #expect(person.files.themes.map(\.name) == ["dark", "mono", "shore"])
            // Once.
            person.files.readRest()
            person.files.close()
            #expect(await person.files.news.first { _ in true } == nil)
        }
    }

    @Test("those of themes are read before the first screen where it may need one")
    func themesAtOnce() async throws {
        try await with { folder, file in
            try folder.make("share/soma/themes")
            try folder.write("share/soma/themes/shore.yaml", Self.theme)
            let names = ["dark", "mono", "shore"]
            for theme in [nil, "shore", "shor"] {
                #expect(Person(folder, theme: theme).files.themes.map(\.name) == names)
            }
            try folder.make("config/soma/themes")
            try folder.write("config/soma/console.yaml", "theme: shore\n")
            #expect(Person(folder, theme: "dark").files.themes.map(\.name) == names)
            try folder.write("config/soma/console.yaml", "theme: [\n")
            #expect(Person(folder, theme: "dark").files.themes.map(\.name) == names)
            unlink(file)
            try folder.write("config/soma/themes/dark.yaml", "name: dark\nroles:\n  accent: red\n")
            #expect(Person(folder, theme: "dark").files.themes.first { $0.name == "dark" } != .dark)
        }
    }

    @Test(
        "are read again when they are saved by either way, also where their folder is new",
        .timeLimit(.minutes(1))
    )
    func saved() async throws {
        try await with { folder, path in
            let person = Person(folder)
            person.files.watch()
            defer { person.files.close() }
            try folder.make("config/soma")
            try folder.write("config/soma/console.yaml", "ascii: true\n")
            #expect(try await person.next().config?.ascii == true)
            try folder.replace("config/soma/console.yaml", "ascii: false\n")
            #expect(try await person.next().config?.ascii == false)
            #expect(unlink(path) == 0)
            #expect(try await person.next().config == ConsoleConfig())
            try folder.write("config/soma/console.yaml", "mouse: false\n")
            #expect(try await person.next().config?.mouse == false)
            try folder.make("config/soma/themes")
            try folder.write("config/soma/themes/shore.yaml", Self.theme)
            #expect(try await person.next().themes?.map(\.name) == ["dark", "mono", "shore"])
            // What one of them says may name the other.
            try folder.write("config/soma/console.yaml", "theme: shore\n")
            #expect(try await person.next().config?.theme == "shore")
        }
    }

    @Test(
        "of dashboards are read again when they are saved or asked for, and one that is wrong stays as it was",
        .timeLimit(.minutes(1))
    )
    func dashboards() async throws {
        try await with { folder, _ in
            func text(_ title: String) -> String {
                "name: web\npanels:\n  - title: \(title)\n    series: [{metric: up}]\n"
            }
            try folder.make("config/soma/dashboards")
            try folder.write("config/soma/dashboards/web.yaml", text("Up"))
            let person = Person(folder)
            #expect(person.problems == [] && person.files.dashboards.map(\.panels.first?.title) == ["Up"])
            person.files.watch()
            defer { person.files.close() }
            try folder.replace("config/soma/dashboards/web.yaml", text("Higher"))
            let saved = try await person.next()
            #expect(saved.dashboards?.first?.panels.first?.title == "Higher" && saved.config == nil)
            try folder.replace("config/soma/dashboards/web.yaml", text("Down") + "    kin: area\n")
            let wrong = try await person.next()
            #expect(
                wrong.problems == ["dashboards/web.yaml:5:5: unknown key \"kin\"; did you mean kind?"]
            )
            #expect(wrong.dashboards == nil)
            #expect(person.files.dashboards.first?.panels.first?.title == "Higher")
            try folder.replace("config/soma/dashboards/more.yaml", text("Other"))
            let twice = try await person.next()
            #expect(twice.problems.last?.hasSuffix("there is another dashboard named web.") == true)
            #expect(unlink(folder["config/soma/dashboards/web.yaml"]) == 0)
            #expect(try await person.next().dashboards?.map(\.panels.first?.title) == ["Other"])
            person.files.readAgain(asked: true)
            let asked = try await person.next()
            #expect(asked.wasAsked && asked.isEmpty)
        }
    }

    @Test("are followed where they are links, also to another place than before", .timeLimit(.minutes(1)))
    func links() async throws {
        try await with { folder, path in
            try folder.make("config/soma")
            try folder.make("dots")
            try folder.make("more")
            try folder.write("dots/console.yaml", "ascii: true\n")
            try folder.write("more/console.yaml", "ascii: false\n")
            let person = Person(folder)
            person.files.watch()
            defer { person.files.close() }
            #expect(symlink(folder["dots/console.yaml"], path) == 0)
            #expect(try await person.next().config?.ascii == true)
            try folder.replace("dots/console.yaml", "mouse: false\n")
            #expect(try await person.next().config?.mouse == false)
            #expect(symlink(folder["more/console.yaml"], path + "~") == 0 && rename(path + "~", path) == 0)
            #expect(try await person.next().config?.ascii == false)
            try folder.write("more/console.yaml", "ascii: true\n")
            #expect(try await person.next().config?.ascii == true)
        }
    }

    @Test(
        "that are wrong change nothing, and are told in full each time they are saved",
        .timeLimit(.minutes(1))
    )
    func wrong() async throws {
        try await with { folder, path in
            try folder.make("config/soma")
            try folder.write("config/soma/console.yaml", "ascii: true\n")
            let person = Person(folder)
            person.files.watch()
            defer { person.files.close() }
            let wrong = "asci: true\nmouse: no\n"
            for _ in 0..<2 {
                try folder.replace("config/soma/console.yaml", wrong)
                let news = try await person.next()
                #expect(news.config == nil)
                #expect(
                    news.problems == [
                        "console.yaml:1:1: unknown key \"asci\"; did you mean ascii?",
                        "console.yaml:2:8: expected true or false, found \"no\"; did you mean false?",
                    ]
                )
                #expect(person.files.config.ascii == true)
            }
            // Right again: said also where nothing is different from before, but once.
            try folder.replace("config/soma/console.yaml", "ascii: true\n")
            let right = try await person.next()
            #expect(right.problems == [] && right.config == person.files.config)
            try folder.replace("config/soma/console.yaml", "ascii: true\n")
            try folder.replace("config/soma/console.yaml", "mouse: false\n")
            #expect(try await person.next().config?.mouse == false)
        }
    }

    @Test("are told at the start where they are wrong, too large, or no files")
    func atStart() async throws {
        try await with { folder, path in
            try folder.make("config/soma/themes/folder.yaml")
            try folder.write("config/soma/console.yaml", String(repeating: "# x\n", count: 100_000))
            try folder.write("config/soma/themes/bad.yaml", "name: bad\nroles:\n  acent: red\nfont: x\n")
            let themes = folder["config/soma/themes"]
            let person = Person(folder)
            #expect(
                person.problems == [
                    "\(themes)/bad.yaml:3:3: There is no role \"acent\". Did you mean \"accent\"?",
                    "\(themes)/bad.yaml:4:1: There is no setting \"font\". Valid are: name, summary, foreground, "
                        + "background, paint-background, palette, roles.",
                    "Could not read \(themes)/folder.yaml: it is a folder.",
                    "Could not read \(path): it is larger than 256KiB.",
                ]
            )
            #expect(person.files.config == ConsoleConfig())
        }
    }

    @Test(
        "of themes that can't be read any more count as they were, also where they stand in for one of Soma's"
    )
    func lastTheme() async throws {
        try await with { folder, _ in
            try folder.make("config/soma/themes")
            let own = Self.theme.replacing("shore", with: "dark")
            try folder.write("config/soma/themes/dark.yaml", own)
            try folder.write("config/soma/themes/shore.yaml", Self.theme)
            let person = Person(folder)
            let before = person.files.themes
            let dark = before.first { $0.name == "dark" }
            #expect(dark != nil && dark != .dark)
            try folder.write("config/soma/themes/dark.yaml", own + "  bad: rde\n")
            #expect(unlink(folder["config/soma/themes/shore.yaml"]) == 0)
            person.files.readAgain(asked: false)
            let news = try await person.next()
            #expect(
                news.problems
                    == ["themes/dark.yaml:4:8: There is no colour \"rde\". Did you mean \"red\"?"]
            )
            // The one that is wrong stays, the one that was taken away doesn't.
            #expect(news.themes?.first { $0.name == "dark" } == dark)
            #expect(news.themes?.contains { $0.name == "shore" } == false)
            #expect(unlink(folder["config/soma/themes/dark.yaml"]) == 0)
            person.files.readAgain(asked: false)
            #expect(try await person.next().themes?.first { $0.name == "dark" } == .dark)
        }
    }
}
