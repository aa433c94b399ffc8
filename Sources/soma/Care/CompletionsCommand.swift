import ArgumentParser

/// `soma completions SHELL`.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print completions for a shell.",
        discussion: """
            Examples:
              . <(soma completions bash)
              soma completions zsh >~/.zfunc/_soma
              soma completions fish >~/.config/fish/completions/soma.fish
            """
    )

    /// The shells that there are completions for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Out.line(Soma.completionScript(for: shell))
    }
}
