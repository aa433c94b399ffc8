import ArgumentParser
import SomaCore
import SomaTerminal

/// `soma memory [QUERY]`: what runs on a folder have committed.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Show what earlier runs on a folder committed; what a new one would recall.",
        discussion: "Examples:\n  soma memory\n  soma memory licence --workspace ~/src/app"
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "Words to look for.")
    var query: String?

    @Option(help: ArgumentHelp("The folder; this one where none is named.", valueName: "dir"))
    var workspace: String?

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let memories = try await daemon.memories(
            workspace: WorkingFolder.absolute(workspace ?? "."),
            query: query
        )
        if global.json { return Out.json(try JSON(encoding: memories)) }
        guard !memories.isEmpty else { return Out.note("Nothing is remembered of this folder.") }
        for memory in memories {
            Out.line(
                global.style.paint("\(memory.at.timestamp.description.prefix(16))  \(memory.run.short)", .dim)
                    + "  " + global.style.paint(SafeText.line(memory.title), .bold)
            )
            for line in SafeText.lines(memory.text) { Out.line("  \(line)") }
        }
    }
}
