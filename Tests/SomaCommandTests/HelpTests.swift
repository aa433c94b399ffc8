import ArgumentParser
import Testing

@testable import soma

@Suite("Help")
struct HelpTests {
    @Test("every help fits eighty columns, has an example, and a short usage", arguments: CommandName.all)
    func fits(name: CommandName) async {
        let words = name.text.split(separator: " ").dropFirst().map(String.init)
        let outcome = await CommandHarness.soma(words + ["--help"])
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        let long = lines.filter { $0.count > 80 }
        #expect(long.isEmpty, "\(name.text): \(long)")
        #expect(outcome.output.contains("xample"), "\(name.text) has no example")
        #expect(!outcome.output.contains(HelpText.shared), "\(name.text) repeats the common options")
    }

    @Test("what is written by hand is not broken by the parser", arguments: CommandName.all)
    func written(name: CommandName) {
        let lines = name.type.configuration.discussion.split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        for (index, line) in lines.enumerated() where line.count > 80 {
            // A paragraph in one line is wrapped well; lines that were broken by hand are broken again.
            let isAlone = [index - 1, index + 1].allSatisfy {
                !lines.indices.contains($0) || lines[$0].isEmpty
            }
            #expect(isAlone && !line.hasPrefix(" "), "\(name.text): \(line)")
        }
    }

    @Test("the usage names what the command has of its own")
    func usage() async {
        let help = await CommandHarness.soma(["ps", "--help"]).output
        #expect(
            help.contains(
                "\nUSAGE: soma ps [<options>] [--all] [--status <status>] [--role <role>]\n       [--needs-me]\n"
            )
        )
        #expect(help.contains("\nCOMMON OPTIONS:\n"))
        let wrong = await CommandHarness.soma(["log"])
        #expect(wrong.code == 2)
        #expect(
            wrong.notes == """
                soma: Missing expected argument '<run>'
                Help:  <run>  A run.
                Usage: soma log [<options>] <run> [--follow] [--own] [--grep <regex>]
                       [--since <time>]
                  See 'soma log --help' for more information.

                """
        )
    }

    @Test("values are named once, by the option's own words", arguments: CommandName.all)
    func values(name: CommandName) async {
        let words = name.text.split(separator: " ").dropFirst().map(String.init)
        let outcome = await CommandHarness.soma(words + ["--help"])
        #expect(!outcome.output.contains("(values:"), "\(name.text)")
    }

    @Test(
        "the parser's list of values goes, its default stays",
        arguments: [
            ("A list.\n     (values: role, model)\n", "A list.\n"),
            ("text or svg. (values: text,\n    svg; default:\n    text)\n", "text or svg. (default: text)\n"),
            ("A (b). (default: x)", "A (b). (default: x)"),
        ]
    )
    func withoutValues(text: String, wanted: String) {
        #expect(HelpText.withoutValues(text) == wanted)
    }

    @Test(
        "a word that is no command's name is said as that, with the nearest",
        arguments: [
            (["pss"], "soma ps?"), (["help", "pss"], "soma ps?"), (["--json", "shwo"], "soma show?"),
            (["survey ."], "soma run \"survey .\""), (["\u{1B}[2J"], "There is no command \"␛[2J\"."),
            (["frobnicate"], "soma help lists all commands."),
        ]
    )
    func unknownCommand(arguments: [String], wanted: String) async {
        let outcome = await CommandHarness.soma(arguments)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.notes.hasPrefix("soma: There is no command \""), "\(outcome.notes)")
        #expect(outcome.notes.contains(wanted), "\(outcome.notes)")
    }

    @Test(
        "names of commands, options and help itself are no unknown words",
        arguments: [
            ["help"], ["help", "ps"], ["console"], ["--ascii"], ["help", "help"], ["-h"], [],
            ["--json", "ps"],
        ]
    )
    func known(arguments: [String]) throws {
        try CommandWord.check(arguments)
    }

    @Test("a value may begin with a dash")
    func dashes() async throws {
        #expect(try ScreenCommand.parse(["--at", "-5m"]).at == "-5m")
        #expect(try RejectCommand.parse(["abc", "-m", "-no"]).message == "-no")
        #expect(try LogCommand.parse(["abc", "--grep", "-x"]).grep == "-x")
        #expect(try AnswerCommand.parse(["abc", "--", "-5 degrees"]).text == "-5 degrees")
        for arguments in [["--budget-usd", "-3"], ["--budget-steps", "-3"], ["--budget-time", "-3s"]] {
            let outcome = await CommandHarness.soma(["run", "x"] + arguments)
            #expect(outcome.code == 2)
            #expect(outcome.notes.hasPrefix("soma: \(arguments[0])"), "\(outcome.notes)")
        }
    }

    @Test(
        "common options may stand before the command",
        arguments: [
            (["--json", "ps"], ["ps", "--json"]),
            (
                ["--data-dir", "/x", "--no-color", "ps", "--all"],
                ["ps", "--data-dir", "/x", "--no-color", "--all"]
            ),
            (["--set=log.level=debug", "daemon", "status"], ["daemon", "status", "--set=log.level=debug"]),
            (
                ["--json", "tools", "run", "shell", "--", "ls"],
                ["tools", "run", "--json", "shell", "--", "ls"]
            ),
            (["--json", "tools"], ["tools", "--json"]),
            (["ps", "--json"], ["ps", "--json"]), (["--json"], ["--json"]), ([], []),
            (["--data-dir"], ["--data-dir"]), (["--help"], ["--help"]),
            (["--json", "--help"], ["--json", "--help"]),
        ]
    )
    func order(given: [String], wanted: [String]) {
        #expect(ArgumentOrder.commandFirst(given) == wanted)
    }
}
