import ArgumentParser
import SomaConsole
import SomaTerminal

/// What can be said of the console's first screen, of daemons and of recordings alike.
struct ConsoleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The view to begin with: \(ViewName.allCases.map(\.rawValue).joined(separator: ", ")); plan:RUN for a run's.",
            valueName: "view[:run]"
        )
    )
    var view: String?

    @Option(help: ArgumentHelp("What the list in sight shows only, as after /.", valueName: "words"))
    var filter: String?

    @Option(help: ArgumentHelp("A theme.", valueName: "name"))
    var theme: String?

    @Flag(help: "Draw with ASCII characters only.")
    var ascii = false

    /// What parsing nothing gives.
    static var plain: ConsoleOptions {
        var options = ConsoleOptions()
        options.view = nil
        options.filter = nil
        options.theme = nil
        options.ascii = false
        return options
    }

    /// The view to begin with.
    func opening() throws -> Opening? {
        guard let view else { return nil }
        do throws(ConsoleError) {
            return try Opening(view)
        } catch {
            throw CommandFailure(.usage, "--view: \(error)")
        }
    }
}
