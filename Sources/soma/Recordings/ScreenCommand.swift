import ArgumentParser
import Glibc
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma screen`: one frame of the console without a terminal.
struct ScreenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Draw one frame of the console: for documents, tests and bug reports.",
        discussion: """
            Examples:
              soma screen --view fleet --size 120x40
              soma screen --view plan --replay demo --at 120 --format svg >plan.svg
              soma screen --replay demo --keys "j j enter"
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Option(help: ArgumentHelp("The view: \(ScreenFrame.views.joined(separator: ", ")).", valueName: "view"))
    var view = "fleet"

    @Option(help: ArgumentHelp("Columns and rows.", valueName: "COLSxROWS"))
    var size = "120x40"

    @Option(
        help: ArgumentHelp("A recording, or demo; the daemon's runs where none is named.", valueName: "file")
    )
    var replay: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Where in the recording to stand: after so many transitions, or \(TimeTarget.forms).",
            valueName: "place"
        )
    )
    var at: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keys to press first, separated by blanks.", valueName: "keys")
    )
    var keys = ""

    @Option(help: "text, ansi or svg.")
    var format: ScreenFrame.Format = .text

    @Option(help: ArgumentHelp("A theme.", valueName: "name"))
    var theme: String?

    func run() async throws {
        let themes = try ThemeFiles.load(first: theme, global: global)
        let chosen = themes.first ?? .dark
        var request = ScreenFrame.Request(
            view: view,
            size: try SizeArgument.parse(size),
            keys: keys,
            theme: chosen,
            clock: LocalClock.face,
            place: replay.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "local"
        )
        do {
            let canvas: Canvas
            if let replay {
                let recording = try RecordingInput.open(replay)
                request.transition = try at.map { try Self.place($0, in: recording) }
                canvas = try ScreenFrame.canvas(request, of: recording)
            } else {
                let document = try await Daemon.attach(global).fleet()
                canvas = try ScreenFrame.canvas(request, of: document.fleet, now: Now.timestamp) { wish in
                    guard case .words = wish else { return [] }
                    return [.words(document.words.mapValues { .text($0, isCut: false) })]
                }
            }
            Out.write(ScreenFrame.write(canvas, as: format, theme: chosen), to: STDOUT_FILENO)
        } catch let error as ConsoleError {
            throw CommandFailure(.usage, error.description)
        }
    }
}

extension ScreenCommand {
    /// After how many transitions a place is.
    fileprivate static func place(_ text: String, in recording: RecordingReader) throws -> Int {
        if let number = Int(text), number >= 0 { return min(number, recording.index.transitions) }
        guard let target = TimeTarget(text, near: recording.index.lastAt, clock: LocalClock.face) else {
            throw CommandFailure(
                .usage,
                "--at: expected how many transitions, or \(TimeTarget.forms), found \"\(SafeText.line(text))\"."
            )
        }
        return target.transition(in: recording)
    }
}

extension ScreenFrame.Format: ExpressibleByArgument {}
