import Dispatch
import Glibc
import SomaConsole
import SomaCore
import SomaSettings
import Synchronization

/// The file of what the console remembers: `$XDG_STATE_HOME/soma/console.json`, readable by its owner only.
///
/// Two consoles may use it at a time: each keeps its own context, and the last one to write a context wins.
final class DeskStore: Sendable {
    /// Where it is.
    let path: String
    /// What was in it, and what is wrong with it.
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "soma.console.desk")

    private struct State {
        var file = DeskFile()
        /// Whether a later console's file is in the way.
        var isForeign = false
    }

    /// Reads it; touches nothing.
    /// - Parameters:
    ///   - path: Where it is.
    ///   - notice: Told what is wrong with it, if anything is.
    init(path: String, notice: (String) -> Void) {
        self.path = path
        var state = State()
        do throws(DeskFile.Problem) {
            if let bytes = Self.read(path) { state.file = try DeskFile(bytes) }
        } catch {
            state.isForeign = error == .newer
            notice(
                error == .newer
                    ? "\(path) is of a later console: what was left there is neither shown nor changed."
                    : "\(path) is damaged: the console begins without what was left."
            )
        }
        self.state = Mutex(state)
    }

    /// What was left in a context.
    func desk(of context: String) -> Desk? { state.withLock { $0.file.desk(of: context) } }

    /// Lines typed earlier.
    var history: [String] { state.withLock { $0.file.history } }

    /// Keeps what is left in a context; returns at once.
    func put(_ desk: Desk, of context: String, history: [String]) {
        let isForeign = state.withLock { state in
            state.file.put(desk, of: context)
            state.file.history = history
            return state.isForeign
        }
        guard !isForeign else { return }
        queue.async { [path] in
            let folder = Self.folder(path)
            Self.makeFolder(folder)
            Self.withLock(folder) {
                // What another console has left in other contexts meanwhile stays; so does a later one's file.
                var file = DeskFile()
                do throws(DeskFile.Problem) {
                    if let bytes = Self.read(path) { file = try DeskFile(bytes) }
                } catch {
                    guard error == .damaged else { return }
                }
                file.put(desk, of: context)
                file.history = history
                Self.write(file.bytes, to: path)
            }
        }
    }

    /// Waits until everything is written.
    func finish() { queue.sync {} }

    /// The file's bytes; `nil` where there is none, and too many of them where it is no file of ours.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= DeskFile.bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Replaces the file as a whole: who reads it finds the old one or the new one.
    private static func write(_ bytes: [UInt8], to path: String) {
        guard bytes.count <= DeskFile.bytesMax else { return }
        let draft = "\(path).\(getpid())"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        // Where it can't be kept, the next start begins anew: no reason to trouble anybody.
        guard descriptor >= 0 else { return }
        let isWhole = WholeWrite.write(bytes, to: descriptor) == 0 && fsync(descriptor) == 0
        close(descriptor)
        if !isWhole || rename(draft, path) != 0 { unlink(draft) }
    }

    /// How long another console is waited for that writes the file now: some disks take their time, and one that
    /// was stopped in between must not keep this one from ending.
    private static let patience = 1_000

    /// Keeps other consoles from writing the file meanwhile.
    private static func withLock(_ folder: String, _ body: () -> Void) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        var waited = 0
        while descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, waited < patience {
            usleep(1_000)
            waited += 1
        }
        body()
    }

    private static func folder(_ path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }

    static func makeFolder(_ path: String) {
        guard path != "/", access(path, F_OK) != 0 else { return }
        makeFolder(folder(path))
        mkdir(path, 0o700)
    }
}
