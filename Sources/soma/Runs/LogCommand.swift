import ArgumentParser
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma log RUN`: the transitions of one run.
struct LogCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Print a run's transitions.",
        discussion: """
            A fork's log begins with what it shares with the run it comes from: such
            lines are marked with ┊.

            Examples:
              soma log 7f3a91                     what happened
              soma log 7f3a91 --follow            and what happens
              soma log 7f3a91 --grep 'effect|verify' --since 10m
              soma log 7f3a91 --json | jq .type   the stored events, one a line
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    @Flag(name: [.short, .long], help: "Go on until the run ends.")
    var follow = false

    @Flag(help: "Of a fork, only its own transitions.")
    var own = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only lines that match this regular expression.", valueName: "regex")
    )
    var grep: String?

    @Option(help: ArgumentHelp("Only from this time on: 10m, 2h, or RFC 3339.", valueName: "time"))
    var since: String?

    var isEndless: Bool { follow }

    func run() async throws {
        let pattern = try grep.map { pattern in
            do {
                return try LinearRegex(pattern)
            } catch {
                throw CommandFailure(.usage, "--grep: \"\(pattern)\" is not a regular expression: \(error)")
            }
        }
        let since = try since.map(TimeArgument.parse)
        let daemon = try await Daemon.attach(global)
        let document = try await daemon.run(run)
        let printer = TransitionPrinter(daemon: daemon, isJSON: global.json, style: global.style)
        func show(_ transitions: [Transition], isInherited: Bool = false) async throws {
            let wanted = transitions.filter { since == nil || $0.at >= since ?? $0.at }
            try await printer.show(wanted, isInherited: isInherited) { line in
                pattern?.matches(line) ?? true
            }
        }
        for part in own ? [] : try await Inheritance.parts(of: document, daemon) {
            for try await page in daemon.transitions(of: part.run, after: 0) {
                try await show(page.filter { $0.seq <= part.last }, isInherited: true)
                if page.last.map({ $0.seq >= part.last }) ?? true { break }
            }
        }
        var last = document.origin?.seq ?? 0
        for try await page in daemon.transitions(of: document.id, after: last) {
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

/// What a fork shares with the runs that it comes from.
enum Inheritance {
    /// A run, and the last of its transitions that is shared.
    struct Part: Equatable {
        let run: RunID
        let last: Int
    }

    /// The parts in the order in which they happened; none for a run that is no fork.
    static func parts(of run: RunDocument, _ daemon: Daemon) async throws -> [Part] {
        var parts: [Part] = []
        var origin = run.origin
        while let from = origin {
            // A fork of a fork may branch off before the first fork did.
            parts.append(Part(run: from.run, last: min(from.seq, parts.last?.last ?? from.seq)))
            origin = try await daemon.run(from.run.rawValue).origin
        }
        return parts.reversed()
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
    let isJSON: Bool
    let style: OutputStyle

    func show(
        _ transitions: [Transition],
        isInherited: Bool = false,
        where isWanted: (String) -> Bool = { _ in true }
    ) async throws {
        guard !isJSON else {
            for transition in transitions {
                let text = String(decoding: transition.cloudEvent(), as: UTF8.self)
                if isWanted(text) { Out.line(text) }
            }
            return
        }
        let words = try await daemon.words(transitions.flatMap { $0.content.map(\.id) })
        for transition in transitions {
            guard isWanted(TransitionText.line(transition, words: words, isInherited: isInherited)) else {
                continue
            }
            Out.line(
                TransitionText.painted(transition, words: words, style: style, isInherited: isInherited)
            )
        }
    }
}
