import ArgumentParser
import Glibc
import SomaConsole
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma replay FILE`: plays a recording.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a recording in the console; piped, print its transitions.",
        discussion: """
            Examples:
              soma replay --demo
              soma replay run.soma.ndjson --speed 10 --from 90s
              soma replay run.soma.ndjson --paused
              gunzip <run.gz | soma replay -
              soma replay run.soma.ndjson --json --speed max | jq .type
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @OptionGroup(title: "Console options") var look: ConsoleOptions

    @Argument(help: ArgumentHelp("A recording, - for standard input, or demo.", valueName: "file|-|demo"))
    var file: String?

    @Flag(help: "The recording of a real run that comes with soma.")
    var demo = false

    @Option(
        help: ArgumentHelp(
            "How many times as fast as it happened, 0.1 to 1000, or max. In the console 1 where nothing is said, "
                + "or less for what would be over in moments; printed, max.",
            valueName: "x|max"
        )
    )
    var speed: String?

    @Option(
        help: ArgumentHelp(
            "Where to begin: RFC 3339, or how long after the start, such as 90s.",
            valueName: "time"
        )
    )
    var from: String?

    @Flag(help: "Begin with a pause: space plays.")
    var paused = false

    func run() async throws {
        guard let name = demo ? "demo" : file else {
            throw CommandFailure(.usage, "Name a recording, - for standard input, or --demo.")
        }
        let pace = try speed.map(ReplayPace.init)
        let recording = try RecordingInput.open(name)
        let from = try from.map { try begin($0, recording) }
        guard isatty(STDOUT_FILENO) == 1, !global.json else { return try await print(recording, pace, from) }
        let length = recording.index.lastAt - (from ?? recording.index.firstAt)
        let factor = pace.map { $0.factor ?? .infinity } ?? ReplayState.watchableSpeed(for: length)
        // The recording came in where keys would: they are read from the terminal itself.
        let terminal = isatty(STDIN_FILENO) == 1 ? -1 : Glibc.open("/dev/tty", O_RDWR | O_CLOEXEC)
        do {
            try await ConsoleCommand.replay(
                recording,
                from: from,
                speed: factor,
                plays: !paused,
                keys: terminal < 0 ? STDIN_FILENO : terminal,
                look: look,
                global: global,
                name: name
            )
        } catch let error as TerminalError where error.kind == .unsupportedTerminal {
            Out.note("soma: \(error) Until then, the recording is printed.")
            try await print(recording, pace, from)
        } catch let error as TerminalError {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// The moment to begin at.
    private func begin(_ text: String, _ recording: RecordingReader) throws -> Timestamp {
        if let length = DurationText.parse(text) { return recording.index.firstAt + length }
        return try TimeArgument.parse(text)
    }

    /// Prints what happened, at the pace at which it did where that was asked for.
    private func print(_ recording: RecordingReader, _ pace: ReplayPace?, _ from: Timestamp?) async throws {
        var cursor = recording.cursor(at: from.map { .time($0) } ?? .start)
        var last: Timestamp?
        let style = global.style
        while let event = cursor.next() {
            guard case .transition(let transition) = event else { continue }
            if let last, let wait = pace?.wait(transition.at - last) { try await Task.sleep(for: wait) }
            last = transition.at
            if global.json {
                Out.line(String(decoding: transition.cloudEvent(), as: UTF8.self))
            } else {
                var words: [ContentID: String] = [:]
                for reference in transition.content {
                    words[reference.id] = recording.content(reference.id)?.text
                }
                Out.line(
                    "\(transition.run.short)  "
                        + TransitionText.painted(transition, words: words, style: style, indent: 8)
                )
            }
        }
    }
}

/// How fast a recording is played.
struct ReplayPace {
    /// Times as fast as it happened; `nil` doesn't wait at all.
    let factor: Double?

    init(_ text: String) throws {
        if text == "max" {
            factor = nil
        } else if let value = Double(text.hasSuffix("x") ? String(text.dropLast()) : text),
            (0.1...1000).contains(value)
        {
            factor = value
        } else {
            throw CommandFailure(.usage, "--speed: expected 0.1 to 1000, or max, found \"\(text)\".")
        }
    }

    /// How long to wait for something that happened so much later; long idle times are cut to two seconds.
    func wait(_ gap: Duration) -> Duration? {
        guard let factor, gap > .zero else { return nil }
        return min(gap * (1 / factor), .seconds(2))
    }
}
