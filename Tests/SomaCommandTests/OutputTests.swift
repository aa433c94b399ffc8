import FoundationEssentials
import SomaClient
import SomaCore
import SomaSettings
import SomaTesting
import Testing

@testable import soma

@Suite("Output")
struct OutputTests {
    @Test(
        "colours follow the option, the variables, the setting and the terminal, in this order",
        arguments: [
            (false, ColorChoice.auto, true, [:], true), (false, .auto, false, [:], false),
            (true, .always, true, [:], false), (false, .always, false, [:], true),
            (false, .never, true, [:], false), (false, .auto, true, ["NO_COLOR": "1"], false),
            (false, .auto, true, ["NO_COLOR": ""], true), (false, .auto, true, ["TERM": "dumb"], false),
            (false, .auto, false, ["CLICOLOR_FORCE": "1"], true),
            (false, .never, false, ["CLICOLOR_FORCE": "1"], true),
            (false, .auto, false, ["CLICOLOR_FORCE": "0"], false),
            (false, .always, false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
        ] as [(Bool, ColorChoice, Bool, [String: String], Bool)]
    )
    func colours(
        noColor: Bool,
        choice: ColorChoice,
        isTerminal: Bool,
        environment: [String: String],
        wanted: Bool
    ) {
        let style = OutputStyle.decide(
            noColor: noColor,
            choice: choice,
            isTerminal: isTerminal,
            environment: environment,
            windowColumns: nil
        )
        #expect(style.hasColor == wanted)
    }

    @Test(
        "lines are cut to a terminal or to COLUMNS, and never else",
        arguments: [
            (true, [:], 100, 100), (false, [:], 100, nil), (false, ["COLUMNS": "60"], nil, 60),
            (true, ["COLUMNS": "60"], 100, 60), (true, ["COLUMNS": "x"], nil, 80),
            (true, ["COLUMNS": "0"], 70, 70),
            (true, ["COLUMNS": "5"], nil, 40),
        ] as [(Bool, [String: String], Int?, Int?)]
    )
    func width(isTerminal: Bool, environment: [String: String], window: Int?, wanted: Int?) {
        let style = OutputStyle.decide(
            noColor: false,
            isTerminal: isTerminal,
            environment: environment,
            windowColumns: window
        )
        #expect(style.limit == wanted)
    }

    @Test("an error fits the terminal, and is one line elsewhere")
    func failure() {
        let failure = CommandFailure(
            .usage,
            "There is no theme of this name, and this sentence is longer than forty columns.",
            hint: "Themes: dark, mono, and several others that also need their room"
        )
        func style(_ isTerminal: Bool) -> OutputStyle {
            .decide(noColor: true, isTerminal: isTerminal, environment: [:], windowColumns: 44)
        }
        #expect(
            failure.text(style(true)) == """
                soma: There is no theme of this name, and
                  this sentence is longer than forty
                  columns.
                  Themes: dark, mono, and several others
                  that also need their room
                """
        )
        #expect(failure.text(style(false)) == "soma: \(failure)")
    }

    @Test("names from elsewhere reach no terminal as commands", arguments: [true, false])
    func harmless(isTerminal: Bool) {
        let style = OutputStyle.decide(
            noColor: true,
            isTerminal: isTerminal,
            environment: [:],
            windowColumns: 60
        )
        let failure = CommandFailure(.usage, "\u{1B}]0;x\u{7}.json:1:2: expected a string\n  {\u{9B}2J")
        #expect(failure.text(style) == "soma: ␛]0;x␇.json:1:2: expected a string\n  {<U+009B>2J")
    }

    @Test("those who wait for a person come first, and who has waited the longest before them all")
    func order() throws {
        func run(_ id: String, startedAt: Int64, waitsSince: Int64?) throws -> RunDocument {
            var run = RunBuilder(
                id,
                role: "operator",
                goal: "x",
                at: Timestamp(microseconds: startedAt * 1_000_000)
            )
            if let waitsSince {
                run.wait(.seconds(waitsSince - startedAt))
                _ = run.ask("which one?")
            }
            return RunDocument(run.state, words: [:], holder: nil, isLine: true)
        }
        let runs = [
            try run("a", startedAt: 10, waitsSince: nil), try run("b", startedAt: 9, waitsSince: 20),
            try run("c", startedAt: 8, waitsSince: 30), try run("d", startedAt: 11, waitsSince: 15),
            try run("e", startedAt: 12, waitsSince: nil),
        ]
        #expect(RunList.ordered(runs).map(\.id.rawValue) == ["d", "b", "c", "e", "a"])
    }

    @Test("a daemon that goes away is said once, and given up when it stays away")
    func loss() throws {
        let capture = OutputCapture()
        let start = ContinuousClock.now
        let lost = ClientEvent.disconnected(reason: "gone", retryIn: .zero)
        var watch = LossWatch(run: RunID("7f3a91xyz"))
        try Out.$capture.withValue(capture) {
            try watch.note(lost, now: start)
            try watch.note(lost, now: start + .seconds(9))
            try watch.note(.reconnected, now: start + .seconds(9))
            try watch.note(lost, now: start + .seconds(15))
            try watch.note(lost, now: start + .seconds(24))
        }
        #expect(
            capture.text(2) == """
                soma: The daemon went away. 7f3a91 stays where it is; waiting for the next one.
                soma: The daemon is back; nothing was missed.
                soma: The daemon went away. 7f3a91 stays where it is; waiting for the next one.

                """
        )
        let error = #expect(throws: CommandFailure.self) { try watch.note(lost, now: start + .seconds(26)) }
        #expect(error?.code == .noDaemon)
        #expect(error?.hint == "soma daemon start   then   soma wait 7f3a91")
    }

    @Test("times are those of the person's clock", arguments: [0, 1_700_000_000_123_456])
    func times(microseconds: Int64) {
        // The test's own zone is whatever the machine has; both come from the same one.
        let moment = Timestamp(microseconds: microseconds)
        #expect(LocalTime.clock(moment).hasSuffix(String(moment.description.dropFirst(16).prefix(7))))
        #expect(LocalTime.day(moment).count == 19)
    }
}
