import ArgumentParser
import SomaAgents
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma graph`: graphs without running them.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Show or check a graph: JSON, or the built-in cognition.",
        discussion: """
            Examples:
              soma graph show
              soma graph check my-graph.json
            """,
        subcommands: [GraphShowCommand.self, GraphCheckCommand.self],
        defaultSubcommand: GraphShowCommand.self
    )

    /// The graph that a person names.
    static func graph(_ name: String) throws -> Graph {
        if name == CognitionGraph.graph.name { return CognitionGraph.graph }
        do {
            return try InputFile.json(name).decode(Graph.self)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.usage, "\(name): no graph: \(error)")
        }
    }
}

/// `soma graph show FILE`.
struct GraphShowCommand: ParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw a graph, and list its nodes and edges.",
        discussion: """
            On a terminal the graph is drawn where it is wide enough; --draw draws it everywhere.

            Examples:
              soma graph show cognition
              soma graph show --outline my-graph.json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Flag(help: "Draw it, also where nobody watches.")
    var draw = false

    @Flag(help: "Write it as an indented list instead.")
    var outline = false

    @Argument(help: ArgumentHelp("A file, - or cognition.", valueName: "file"))
    var file = "cognition"

    func run() throws {
        let graph = try GraphCommand.graph(file)
        if global.json { return Out.json(try JSON(encoding: graph)) }
        if outline { return PlanSketch.lines(graph).forEach { Out.line($0) } }
        if draw || global.style.isTerminal { sketch(graph) }
        let flat = graph.flattened()
        Out.line(
            "\(SafeText.line(graph.name))  \(flat.nodes.count) nodes, \(flat.edges.count) edges, at most \(graph.stepsMax) steps"
        )
        var table = TextTable(["FROM", "BY", "TO", "AT MOST"], rightAligned: [3])
        for node in flat.nodes {
            for edge in flat.edges where edge.from == node.name {
                table.rows.append([
                    (edge.from, nil), (edge.label, .accent), (edge.to, nil),
                    (edge.passesMax.map { "\($0)" } ?? "", .dim),
                ])
            }
        }
        for line in table.lines(global.style) { Out.line(line) }
    }

    private func sketch(_ graph: Graph) {
        let environment = Environment.all
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let isUTF8 = locale.lowercased().contains("utf")
        let canvas = PlanSketch.canvas(
            graph,
            columns: global.style.columns,
            theme: .mono,
            glyphs: isUTF8 && environment["TERM"] != "linux" ? .unicode : .ascii
        )
        guard let canvas else { return }
        for line in canvas.text.split(separator: "\n", omittingEmptySubsequences: false) {
            Out.line(String(line))
        }
    }
}

/// `soma graph check FILE`.
struct GraphCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what would keep a graph from running to its end.",
        discussion: "Ends with 2 when something would.\n\nExample:\n  soma graph check my-graph.json"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("A file, - or cognition.", valueName: "file"))
    var file: String

    func run() throws {
        let problems = try GraphCommand.graph(file).problems()
        if global.json {
            Out.json(.array(problems.map { .string($0.description) }))
        } else if problems.isEmpty {
            Out.line("Nothing is wrong with it.")
        } else {
            for problem in problems { Out.line(SafeText.line("\(file): \(problem.description)")) }
        }
        if !problems.isEmpty { throw ExitCode(CommandFailure.Code.usage.rawValue) }
    }
}
