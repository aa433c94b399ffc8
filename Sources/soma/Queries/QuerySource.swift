import Glibc
import SomaConsole
import SomaCore
import SomaEngine
import SomaSQLite
import SomaSettings
import SomaTerminal

/// Where the transitions of a question come from: a recording, a store's file, or a daemon.
enum QuerySource {
    case recording(RecordingReader)
    case store(SQLiteStore)
    case daemon(Daemon)

    /// Opens what `--from` names; without it, the daemon, or the store that it left behind.
    static func open(_ name: String?, _ global: GlobalOptions) async throws -> QuerySource {
        guard let name else { return try await ofDaemon(global) }
        if name == "-" || name == "demo" { return .recording(try RecordingInput.open(name)) }
        let path = WorkingFolder.absolute(name)
        guard isDatabase(path) else { return .recording(try RecordingInput.open(path)) }
        return .store(try await store(path))
    }

    private static func ofDaemon(_ global: GlobalOptions) async throws -> QuerySource {
        let daemon = try await Daemon.attach(global)
        do {
            _ = try await daemon.status()
            return .daemon(daemon)
        } catch let failure as CommandFailure {
            // Nobody runs, and nobody else's daemon was meant: what the last one stored can be read all the same.
            guard failure.code == .noDaemon, global.daemon == nil, Environment.all["SOMA_DAEMON"] == nil,
                let path = try global.storeFile(), access(path, R_OK) == 0
            else { throw failure }
            Out.note("soma: No daemon runs; reading its store, \(SafeText.line(path)).")
            return .store(try await store(path))
        }
    }

    private static func store(_ path: String) async throws -> SQLiteStore {
        do throws(StoreError) {
            return try await SQLiteStore.open(readOnly: path)
        } catch {
            throw CommandFailure(.usage, SafeText.lines(error.description).joined(separator: "\n"))
        }
    }

    /// Whether a file begins as those of SQLite do.
    private static func isDatabase(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        var head = [UInt8](repeating: 0, count: 16)
        return Glibc.read(descriptor, &head, 16) == 16 && head == Array("SQLite format 3\0".utf8)
    }

    /// The moment that "now" is in it: of a recording, the last that it knows.
    func now(_ stats: FleetStats) -> Timestamp {
        if case .recording = self { return stats.fleet.lastAt }
        return max(Now.timestamp, stats.fleet.lastAt)
    }

    /// Reads everything, each run's transitions in their order.
    ///
    /// - Parameter since: What ended before may be left out.
    func read(
        since: Timestamp?,
        base: (Fleet) throws -> Void,
        _ take: (Transition) throws -> Void
    ) async throws {
        let progress = QueryProgress()
        defer { progress.clear() }
        func count(_ transition: Transition) throws {
            try take(transition)
            progress.count()
        }
        switch self {
        case .recording(let reader):
            try reader.forEachFact { event in
                switch event {
                case .transition(let transition): try count(transition)
                case .base(let fleet): try base(fleet)
                default: break
                }
                return true
            }
        case .store(let store):
            let page = 4096
            do {
                // What is written meanwhile is left out, so that the answer is of one moment.
                let end = try await store.head()
                var last = Position.start
                while last < end {
                    let stored = try await store.transitions(after: last, limit: page)
                    guard let next = stored.last else { break }
                    for item in stored where item.position <= end { try count(item.transition) }
                    last = next.position
                }
            } catch let error as StoreError {
                throw CommandFailure(.failed, SafeText.lines(error.description).joined(separator: "\n"))
            }
        case .daemon(let daemon):
            for run in try await daemon.runs(all: true) {
                if let since, run.lastAt.timestamp < since { continue }
                for try await page in daemon.transitions(of: run.id, after: 0) {
                    for transition in page { try count(transition) }
                }
            }
        }
    }

    /// Words by their names, as far as they are at hand.
    func words(_ ids: Set<ContentID>) async throws -> [ContentID: String] {
        guard !ids.isEmpty else { return [:] }
        switch self {
        case .recording(let reader):
            return ids.reduce(into: [:]) { words, id in
                guard let found = reader.content(id), found.state == .open else { return }
                words[id] = found.text
            }
        case .store(let store):
            do throws(StoreError) {
                return try await store.content(Array(ids)).mapValues(\.text)
            } catch {
                throw CommandFailure(.failed, SafeText.lines(error.description).joined(separator: "\n"))
            }
        case .daemon(let daemon): return try await daemon.words(Array(ids))
        }
    }

    /// Lets go of what is open.
    func close() async {
        if case .store(let store) = self { try? await store.close() }
    }
}

extension GlobalOptions {
    /// The file of the store that these options mean; `nil` where it is no file.
    fileprivate func storeFile() throws -> String? {
        let settings = try settings()
        if let store = settings.store {
            return store.hasPrefix("sqlite:") ? String(store.dropFirst("sqlite:".count)) : nil
        }
        return try? DataFolder(chosen: settings.dataFolder, environment: Environment.all).storePath
    }
}

/// A line on the terminal that says how far the reading is; nothing where nobody looks.
final class QueryProgress {
    private let isShown = isatty(STDERR_FILENO) == 1 && Out.capture == nil
    private let began = ContinuousClock.now
    private var transitions = 0
    private var isOnScreen = false

    /// What takes less than this needs no line.
    private static let patience = Duration.milliseconds(700)

    func count() {
        transitions += 1
        guard isShown, transitions % 20_000 == 0, ContinuousClock.now - began > Self.patience else { return }
        isOnScreen = true
        Out.write("\r\u{1B}[Ksoma: \(Amounts.grouped(transitions)) transitions read…", to: STDERR_FILENO)
    }

    func clear() {
        if isOnScreen { Out.write("\r\u{1B}[K", to: STDERR_FILENO) }
        isOnScreen = false
    }
}
