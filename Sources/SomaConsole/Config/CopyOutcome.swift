/// Where a text went that was to be copied.
package enum CopyOutcome: Sendable, Hashable {
    /// The terminal was given it for the clipboard, by OSC 52.
    case clipboard
    /// tmux, from where it can be pasted.
    case tmux
    /// A file, by its path, as the terminal is not known to have a clipboard.
    case file(String)
    /// Nowhere; with what went wrong, where something was tried.
    case nowhere(String)

    /// What a person is told.
    package func notice(of what: String) -> Notice {
        switch self {
        case .clipboard: Notice("Copied \(what) with OSC 52.", .good)
        case .tmux: Notice("Copied \(what) into tmux's paste buffer.", .good)
        case .file(let path): Notice("No clipboard here: \(what) went to \(path).", .good)
        case .nowhere(""): Notice("Not copied: no clipboard here.", .bad)
        case .nowhere(let reason): Notice("Not copied: no clipboard here, and \(reason).", .bad)
        }
    }
}
