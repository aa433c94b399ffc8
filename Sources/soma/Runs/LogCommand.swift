import ArgumentParser
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma log RUN`: the transitions of one run.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Print a run's transitions.",
        discussion: """
            Examples:
              soma log 7f3a91                     what happened
              soma log 7f3a91 --follow            and what happens
              soma log 7f3a91 --grep 'effect|verify' --since 10m
              soma log 7f3a91 --json | jq .type   the stored CloudEvents, one a line
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    @Flag(name: [.short, .long], help: "Go on until the run ends.")
    var follow = false

    @Option(help: ArgumentHelp("Only lines that match this regular expression.", valueName: "regex"))
    var grep: String?

    @Option(help: ArgumentHelp("Only from this time on: 10m, 2h, or RFC 3339.", valueName: "time"))
    var since: String?

    func run() async throws {
        let pattern = try grep.map { pattern in
            do {
                return try Regex(pattern)
            } catch {
                throw CommandFailure(.usage, "--grep: \"\(pattern)\" is not a regular expression: \(error)")
            }
        }
        let since = try since.map(TimeArgument.parse)
        let daemon = try await Daemon.attach(global)
        let document = try await daemon.run(run)
        let printer = TransitionPrinter(daemon: daemon, global: global)
        func show(_ transitions: [Transition]) async throws {
            let wanted = transitions.filter { since == nil || $0.at >= since ?? $0.at }
            try await printer.show(wanted) { line in pattern.map { line.contains($0) } ?? true }
        }
        var last = 0
        for try await page in daemon.transitions(of: document.id, after: 0) {
            last = page.last?.seq ?? last
            try await show(page)
        }
        guard follow, !document.status.isTerminal else { return }
        for try await transition in daemon.follow(document.id, after: last) {
            try await show([transition])
            if transition.kind.isTerminal { return }
        }
    }
}

/// A time that a person gives: how long ago, or when.
enum TimeArgument {
    static func parse(_ text: String) throws -> Timestamp {
        if let moment = Timestamp(text) { return moment }
        if let ago = DurationText.parse(text) { return Now.timestamp + (.zero - ago) }
        throw CommandFailure(.usage, "\"\(text)\" is no time: give 10m, 2h30m, or 2026-01-31T14:00:00Z.")
    }
}

/// Prints transitions with the words that they refer to.
struct TransitionPrinter {
    let daemon: Daemon
    let global: GlobalOptions

    func show(_ transitions: [Transition], where isWanted: (String) -> Bool = { _ in true }) async throws {
        guard !global.json else {
            for transition in transitions {
                let text = String(decoding: transition.cloudEvent(), as: UTF8.self)
                if isWanted(text) { Out.line(text) }
            }
            return
        }
        let ids = transitions.flatMap { $0.content.map(\.id) }
        let words = try await daemon.words(ids)
        for transition in transitions {
            let line = TransitionText.line(transition, words: words)
            guard isWanted(line) else { continue }
            Out.line(TransitionText.painted(transition, words: words, style: global.style))
        }
    }
}
