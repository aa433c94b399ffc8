import Glibc
import SomaConsole
import SomaCore
import SomaSettings
import SomaTerminal

/// Keeps a copied text where the terminal has no clipboard: in tmux where the console is in it, or else in
/// `copied.txt` in the data folder, readable by its owner only.
struct CopyKeeper: Sendable {
    private let environment: [String: String]

    /// - Parameter environment: The console's own.
    init(environment: [String: String]) { self.environment = environment }

    /// Keeps a text in the place of the last one; may take as long as tmux does.
    func keep(_ text: String) -> CopyOutcome {
        guard let folder = DataFolder.standard(environment: environment) else {
            return .nowhere("there is no folder to keep it in")
        }
        DeskStore.makeFolder(folder)
        let path = folder + "/copied.txt"
        if let reason = write(text, to: path) {
            return .nowhere("\(shown(path)) can't be written: \(reason)")
        }
        guard environment["TMUX"]?.isEmpty == false, handToTmux(path) else { return .file(shown(path)) }
        unlink(path)
        return .tmux
    }

    private func write(_ text: String, to path: String) -> String? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return String(cString: strerror(errno)).lowercased() }
        var code = WholeWrite.write(Array(text.utf8), to: descriptor)
        if Glibc.close(descriptor) != 0, code == 0 { code = errno }
        return code == 0 ? nil : String(cString: strerror(code)).lowercased()
    }

    /// Whether tmux took the file's text; it puts it on the clipboard, too, where it was told to (since 3.2).
    private func handToTmux(_ path: String) -> Bool {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return false }
        defer { close(null) }
        var variables = environment
        variables["SOMA_COPIED"] = path
        let child = ChildProcess.start(
            #"tmux load-buffer -w "$SOMA_COPIED" || exec tmux load-buffer "$SOMA_COPIED""#,
            environment: variables.map { "\($0)=\($1)" },
            standard: [null, null, null]
        )
        guard case .success(let tmux) = child, case .exited(0) = tmux.wait({}) else { return false }
        return true
    }

    private func shown(_ path: String) -> String {
        guard let home = environment["HOME"], !home.isEmpty, path.hasPrefix(home + "/") else {
            return SafeText.line(path)
        }
        return SafeText.line("~" + path.dropFirst(home.count))
    }
}
