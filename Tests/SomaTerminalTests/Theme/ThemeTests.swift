import FoundationEssentials
import Testing

@testable import SomaTerminal

@Suite("Themes")
struct ThemeTests {
    /// The themes that ship, read from their files.
    static func shipped() throws -> [Theme] {
        let folder =
            String(#filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }) + "/themes"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".yaml")
        }.sorted()
        return try names.map { name in
            let data = try #require(FileManager.default.contents(atPath: folder + "/" + name))
            return try ThemeFile.read(String(decoding: data, as: UTF8.self), file: name)
        }
    }

    @Test("seven themes ship, and the file of the default is the one compiled in")
    func files() throws {
        let themes = try ThemeTests.shipped()
        #expect(
            themes.map(\.name) == [
                "colour-blind", "dark", "dusk", "high-contrast", "light", "meadow", "mono",
            ]
        )
        #expect(themes.first { $0.name == "dark" } == .dark)
        #expect(themes.first { $0.name == "mono" } == .mono)
    }

    @Test("text has AA contrast in every theme, and in high contrast AAA")
    func contrast() throws {
        for theme in try ThemeTests.shipped() + [.dark, .mono] {
            for role in ThemeRole.allCases where role.isText {
                let least = theme.name == "high-contrast" ? 7.0 : 4.5
                #expect(theme.contrast(of: role) >= least, "\(theme.name) \(role)")
            }
        }
    }

    @Test("selected text of every status can be read")
    func selection() throws {
        for theme in try ThemeTests.shipped() {
            for role in ThemeRole.allCases
            where role.rawValue.hasPrefix("status-") || role == .dim || role == .accent {
                let chosen = theme[.selection]
                let style = theme[role].on(chosen.background)
                let front = style.foreground.components ?? theme.foreground.components ?? (0, 0, 0)
                let back = chosen.background.components ?? theme.background.components ?? (0, 0, 0)
                #expect(ColorMath.contrast(front, back) >= 3, "\(theme.name) \(role)")
            }
        }
    }

    @Test("fewer colours are computed, none leaves attributes")
    func depths() {
        #expect(Theme.dark.adapted(to: .palette)[.accent].foreground.index != nil)
        #expect(Theme.dark.adapted(to: .basic)[.bad].foreground.index.map { $0 < 8 } == true)
        #expect(Theme.dark.adapted(to: .mono)[.selection] == Style(attributes: .reverse))
        #expect(Theme.dark.adapted(to: .truecolor) == .dark)
    }

    @Test(
        "mistakes are named with file, line, column and the nearest name",
        arguments: [
            (
                "name: x\nroles:\n  acent: red\n",
                "t.yaml:3:3: There is no role \"acent\". Did you mean \"accent\"?"
            ),
            (
                "name: x\nroles:\n  accent: redd\n",
                "t.yaml:3:11: There is no colour \"redd\". Did you mean \"red\"?"
            ),
            (
                "name: x\nroles:\n  accent: red blod\n",
                "t.yaml:3:11: There is no attribute \"blod\". Did you mean \"bold\"?"
            ),
            ("name: x\nrolse: {}\n", "t.yaml:2:1: There is no setting \"rolse\". Did you mean \"roles\"?"),
            (
                "name: x\nroles:\n  accent: \"#12\"\n",
                "t.yaml:3:11: \"#12\" is not a colour of the form #rrggbb."
            ),
            ("name: x\nroles:\n  accent: red on\n", "t.yaml:3:11: A colour must follow \"on\"."),
            ("name: x\nroles: [a]\n", "t.yaml:2:8: The list of roles must be a list of `name: value`."),
            ("name: x\npaint-background: maybe\n", "t.yaml:2:19: paint-background must be true or false."),
            ("roles: {}\n", "t.yaml:1:1: A theme needs a name."),
            ("- a\n", "t.yaml:1:1: The theme must be a list of `name: value`."),
            ("name: x\npalette:\n  rose: [a]\n", "t.yaml:3:9: A colour is text such as red or \"#ff8800\"."),
            (
                "name: x\nforeground: gren\nroles:\n  acent: red\n  bad: rde bld\nfont: y\n",
                """
                t.yaml:2:13: There is no colour "gren". Did you mean "green"?
                t.yaml:4:3: There is no role "acent". Did you mean "accent"?
                t.yaml:5:8: There is no colour "rde". Did you mean "red"?
                t.yaml:5:8: There is no attribute "bld". Did you mean "bold"?
                t.yaml:6:1: There is no setting "font". Valid are: name, summary, foreground, background, \
                paint-background, palette, roles.
                """
            ),
            ("", "t.yaml is empty. A theme needs a name and roles."),
        ] as [(String, String)]
    )
    func mistakes(yaml: String, message: String) {
        #expect { try ThemeFile.read(yaml, file: "t.yaml") } throws: { error in
            #expect("\(error)" == message)
            return true
        }
    }

    @Test(
        "broken YAML gives a place",
        arguments: ["name: [x\n", "name: x\n\tname: y", "name: x\nname: y\n", "a: *b\n"]
    )
    func broken(yaml: String) {
        #expect(throws: TerminalError.self) { try ThemeFile.read(yaml, file: "t.yaml") }
    }

    @Test("every file of the YAML corpus is read or refused")
    func corpus() {
        for file in Corpora.files("yaml-test-suite", ending: ".yaml") {
            _ = try? ThemeFile.read(SafeText.decode(file.data), file: file.name)
        }
    }
}
