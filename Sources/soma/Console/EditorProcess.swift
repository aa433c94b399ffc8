import Dispatch
import Glibc
import SomaConsole
import SomaCore
import SomaSettings
import SomaTerminal

/// The person's editor on a private file: `$VISUAL`, else `$EDITOR`, as a shell understands it.
struct EditorProcess: ArgumentEditor {
    private let command: String
    private let terminal: Int32
    private let variables: [String: String]

    /// - Parameters:
    ///   - environment: The console's own; names the editor.
    ///   - terminal: Where keys come from and the screen goes to.
    /// - Returns: `nil` where no editor is named.
    init?(environment: [String: String], terminal: Int32) {
        let named = [environment["VISUAL"], environment["EDITOR"]].compactMap { $0 }
        guard let command = named.first(where: { $0.contains { !$0.isWhitespace } }) else { return nil }
        self.command = command
        self.terminal = terminal
        variables = environment
    }

    func edit(
        _ edit: ArgumentEdit,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (EditOutcome) -> Void
    ) {
        screen.lend { ended(work(edit.text)) }
    }

    /// Writes the text into a file that only its owner can read, lets it be edited, and reads it back.
    func work(_ text: String) -> EditOutcome {
        let file: PrivateFile
        switch PrivateFile.make(text, in: folder) {
        case .success(let made): file = made
        case .failure(let failure): return .failed(failure.reason)
        }
        defer { file.remove() }
        var modes = termios()
        let hasModes = tcgetattr(terminal, &modes) == 0
        let spawned = ChildProcess.start(
            // The file's name is a word of its own, whatever is in it.
            "exec \(command) \"$SOMA_EDITED\"",
            environment: variables.merging(["SOMA_EDITED": file.path]) { _, new in new }
                .map { "\($0)=\($1)" },
            standard: [terminal, terminal, terminal]
        )
        guard case .success(let child) = spawned else {
            guard case .failure(let failure) = spawned else { return .failed("the editor did not start") }
            return .failed("the editor did not start: \(failure.reason)")
        }
        child.takeForeground(of: terminal)
        let end = child.wait { child.takeForeground(of: terminal) }
        ChildProcess.takeForeground(group: getpgrp(), of: terminal)
        if hasModes { tcsetattr(terminal, TCSADRAIN, &modes) }
        switch end {
        case .exited(0): return file.read()
        case .exited(127): return .failed("the editor was not found; VISUAL or EDITOR names it")
        case .exited(let status): return .failed("the editor ended with \(status)")
        case .signalled(let signal): return .failed("the editor was ended by signal \(signal)")
        case .notStarted(let reason): return .failed("the editor did not start: \(reason)")
        }
    }

    /// A folder that no other person writes to, where there is one.
    private var folder: String {
        let folders = [variables["XDG_RUNTIME_DIR"], variables["TMPDIR"]].compactMap { $0 }
        return folders.first { $0.hasPrefix("/") && access($0, W_OK) == 0 } ?? "/tmp"
    }
}

/// A file in a folder of its own that nobody else can look into.
private struct PrivateFile {
    struct Failure: Error {
        let reason: String
    }

    let folder: String
    var path: String { folder + "/arguments.json" }

    static func make(_ text: String, in parent: String) -> Result<PrivateFile, Failure> {
        var template = Array("\(parent)/soma-edit-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return .failure(failure("make a folder in \(parent)")) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = PrivateFile(folder: folder)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let failure = failure("write \(file.path)")
            file.remove()
            return .failure(failure)
        }
        defer { close(descriptor) }
        errno = WholeWrite.write(Array(text.utf8), to: descriptor)
        guard errno == 0 else {
            let failure = failure("write \(file.path)")
            file.remove()
            return .failure(failure)
        }
        return .success(file)
    }

    private static func failure(_ what: String) -> Failure {
        Failure(reason: "could not \(what): \(String(cString: strerror(errno)).lowercased())")
    }

    /// The largest text that is read back, in bytes.
    private static let bytesMax = 16 << 20

    /// Reads it by its name: editors put a new file in place of the old one.
    func read() -> EditOutcome {
        do throws(SettingsError) {
            guard let bytes = try FileText.readIfPresent(path, bytesMax: Self.bytesMax) else {
                return .failed("the editor left no file")
            }
            return .written(SafeText.decode(bytes))
        } catch {
            return .failed(error.description)
        }
    }

    /// Removes it and what an editor has left beside it.
    func remove() { Self.remove(folder, depth: 0) }

    /// How deep an editor's folders are followed.
    private static let depthMax = 8

    private static func remove(_ folder: String, depth: Int) {
        if depth < depthMax, let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != ".." else { continue }
                // A link to a folder is unlinked, never followed.
                if unlink("\(folder)/\(name)") != 0 { remove("\(folder)/\(name)", depth: depth + 1) }
            }
            closedir(directory)
        }
        rmdir(folder)
    }
}

/// Runs a person's command beside the console.
enum BackgroundCommand {
    /// Starts `sh -c command` and takes note of its end, so that nothing is left of it.
    /// - Parameter ended: Is told whether it could be started and ended with 0.
    static func run(
        _ command: String,
        _ variables: [String: String],
        _ environment: [String: String],
        ended: @escaping @Sendable (Bool) -> Void
    ) {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return ended(false) }
        defer { close(null) }
        var all = environment
        for name in PluginCall.names { all[name] = nil }
        all.merge(variables) { _, told in told }
        let spawned = ChildProcess.start(
            command,
            environment: all.map { "\($0)=\($1)" },
            standard: [null, null, null]
        )
        guard case .success(let child) = spawned else { return ended(false) }
        DispatchQueue.global().async { ended(child.wait {} == .exited(0)) }
    }
}
