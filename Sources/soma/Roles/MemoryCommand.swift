import ArgumentParser
import SomaCore
import SomaTerminal

/// `soma memory [QUERY]`: what runs on a folder have committed.
struct MemoryCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Show what earlier runs on a folder committed.",
        discussion: """
            It is what a new run there recalls. Without words, the latest first; with
            words, the best match first.

            Examples:
              soma memory
              soma memory licence --workspace ~/src/app
              soma memory --limit 500 --json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "Words to look for.")
    var query: String?

    @Option(help: ArgumentHelp("The folder; this one where none is named.", valueName: "dir"))
    var workspace: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("How many at most.", valueName: "n"))
    var limit = 20

    func run() async throws {
        guard limit > 0 else { throw CommandFailure(.usage, "--limit must be at least 1.") }
        let daemon = try await Daemon.attach(global)
        let folder = WorkingFolder.absolute(workspace ?? ".")
        let (memories, isMore) = try await daemon.memories(workspace: folder, query: query, limit: limit)
        if global.json { return Out.json(try JSON(encoding: memories)) }
        let style = global.style
        guard !memories.isEmpty else {
            return Out.note(
                query == nil
                    ? "Nothing is remembered of \(SafeText.line(folder))."
                    : "Nothing that is remembered of \(SafeText.line(folder)) has these words."
            )
        }
        for memory in memories {
            let place = "\(LocalTime.day(memory.at.timestamp).dropLast(3))  \(memory.run.short)"
            Out.line(style.paint(place, .dim) + "  " + style.paint(SafeText.line(memory.title), .bold))
            for line in SafeText.lines(memory.text) where !line.isEmpty { Out.line("  \(line)") }
        }
        if isMore { Out.note("There is more: --limit \(limit * 5)") }
    }
}
