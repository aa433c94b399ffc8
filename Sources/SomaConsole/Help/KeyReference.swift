import SomaTerminal

/// The reference page of keys, made from the key table.
package enum KeyReference {
    /// A section of the page: the bindings' group, its heading, and what is to be said before the table.
    private static let sections: [(group: String, heading: String, text: String)] = [
        ("everywhere", "Everywhere", ""),
        (
            "views", "Views",
            "Views of the console as a whole, and of the run that is selected where they are about one."
        ),
        ("home", "Home", ""),
        ("fleet", "Fleet", ""),
        ("agents", "Agents", ""),
        ("approvals", "Approvals", ""),
        ("effects", "Effects", ""),
        ("events", "Events", ""),
        ("plan", "Plan graph", ""),
        ("run", "Run", ""),
        ("compare", "Compare", ""),
        ("kafka", "Kafka", "Topics and groups; [more](kafka.md#in-the-console)."),
        ("topic", "A topic", "Its messages as they come."),
        ("traces", "Traces", "What a search in Jaeger found; [more](traces.md#in-the-console)."),
        ("trace", "A trace", "The spans of a trace, or of a run from its own log."),
        ("cost", "Cost", "Who used what; [more](costs.md)."),
        ("metrics", "Metrics", "Dashboards and alerts; [more](dashboards.md)."),
        (
            "steering", "Steering",
            "For the run in sight or selected; in the fleet for all that are marked, after one question with the list "
                + "of what will be done. Without effect with `--read-only`, in replays and while the past is "
                + "looked at."
        ),
        ("replay", "Replay", "In recordings, and over live runs after `T`."),
    ]

    /// The section about what can be typed after `:`.
    private static var commands: String {
        var text = """

            ## Commands

            After `:`. `tab` completes names and arguments, `up` and `down` bring earlier lines, and the beginning of an id
            names a run. Short names stand behind the long ones. [Aliases](console.md#aliases) add to them.

            | command | does |
            |---|---|

            """
        for command in CommandTable.all {
            let names = ([command.usage] + command.shorts).map { "`\($0.replacing("|", with: "\\|"))`" }
            text += "| \(names.joined(separator: " ")) | \(command.description) |\n"
        }
        return text
    }

    /// The page: docs/reference/keys.md.
    package static func markdown(_ state: AppState) -> String {
        let bindings = KeyMap.all(state)
        var text = """
            # Keys of the console

            `?` shows the keys of the view in sight, from the same table as this page. Keys that have no effect at the
            moment are dimmed there. Several keys in a cell do the same. The names are those by which
            [console.yaml](console.md#keys) gives a binding other keys.

            """
        let groups = sections.map(\.group)
        for group in groups + bindings.map(\.group).filter({ !groups.contains($0) }).uniqued {
            let section = sections.first { $0.group == group }
            let rows = bindings.filter { $0.group == group }
            guard !rows.isEmpty else { continue }
            text += "\n## \(section?.heading ?? group)\n\n"
            if let said = section?.text, !said.isEmpty { text += said + "\n\n" }
            text += "| key | does | name |\n|---|---|---|\n"
            for row in rows {
                let keys = row.keys.map { "`\($0.description.replacing("|", with: "\\|"))`" }
                text += "| \(keys.joined(separator: " ")) | \(row.description) | `\(row.name)` |\n"
            }
        }
        return text + commands
    }
}

extension [String] {
    /// Each text once, in the order of first appearance.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
