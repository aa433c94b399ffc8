import ArgumentParser
import SomaSettings
import SomaTerminal

/// The first word of a command line, which is a command's name.
enum CommandWord {
    /// The names of all commands, in the order of the help.
    static let all: [String] = {
        var names: [String] = []
        for group in Soma.configuration.groupedSubcommands {
            for command in group.subcommands { names.append(command._commandName) }
        }
        for command in Soma.configuration.subcommands { names.append(command._commandName) }
        return names
    }()

    /// Refuses a word that is no command's name, which the parser would take for an argument of the console.
    ///
    /// `help` is the parser's own; what follows it is a command's name as well.
    /// - Throws: `CommandFailure` with the nearest name.
    static func check(_ arguments: [String]) throws(CommandFailure) {
        let arguments = ArgumentOrder.commandFirst(arguments)
        guard var word = arguments.first else { return }
        if word == "help" {
            guard let asked = arguments.dropFirst().first else { return }
            word = asked
        }
        guard !word.hasPrefix("-"), word != "help", !all.contains(word) else { return }
        let shown = SafeText.clip(SafeText.line(word), to: 40, mark: "…")
        let near = NearestName.of(word, among: all).map { "Did you mean soma \($0)? " } ?? ""
        // Whoever types a goal without the command means to start it.
        let goal = word.contains(" ") ? "To start a run: soma run \"\(shown)\". " : ""
        throw CommandFailure(
            .usage,
            "There is no command \"\(shown)\".",
            hint: near + goal + "soma help lists all commands."
        )
    }
}
