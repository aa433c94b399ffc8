import Glibc
import SomaClient
import SomaCore
import SomaSettings
import SomaTerminal
import Synchronization

/// The daemon as commands see it: found, or started where a command needs one, and asked.
struct Daemon {
    let client: DaemonClient

    /// Finds the daemon of the data folder, or the one that `--daemon` names.
    ///
    /// - Parameter spawning: Whether to start one where none answers.
    static func attach(_ global: GlobalOptions, spawning: Bool = false, keeps: Bool = false) async throws
        -> Daemon
    {
        // A plugin of the console is told its daemon, and so are the commands that it calls.
        let told = global.dataDir == nil ? Environment.all["SOMA_DAEMON"] : nil
        if let text = global.daemon ?? told {
            guard let address = DaemonAddress(text) else {
                let name = global.daemon == nil ? "SOMA_DAEMON" : "--daemon"
                throw CommandFailure(
                    .usage,
                    "\(name): expected unix:PATH, absolute, or http://HOST:PORT, found \"\(text)\"."
                )
            }
            return Daemon(client: try client(address))
        }
        let settings = try global.settings()
        let folder: DataFolder
        do {
            folder = try DataFolder(chosen: settings.dataFolder, environment: Environment.all)
            try folder.prepareSocketFolder()
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        let daemon = Daemon(client: try client(.unix(path: folder.socketPath)))
        guard spawning else { return daemon }
        do throws(ClientError) {
            let document = try await daemon.client.daemon()
            if keeps, document.lingers == true { _ = try await daemon.client.stay() }
        } catch {
            guard error.kind == .noDaemon, !error.isSilent else { throw CommandFailure(error) }
            try await daemon.spawn(folder, global, keeps: keeps)
        }
        return daemon
    }

    /// Whether somebody listens at the daemon's socket now; costs no request.
    var isListening: Bool { client.address.listeningProcess != nil }

    private static func client(_ address: DaemonAddress) throws -> DaemonClient {
        do throws(ClientError) {
            return try DaemonClient(address)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Starts a daemon that stays while runs are unfinished or clients attached.
    func spawn(_ folder: DataFolder, _ global: GlobalOptions, keeps: Bool) async throws {
        do {
            try folder.prepare()
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
        var arguments = ["--data-dir", folder.path] + global.assignments.flatMap { ["--set", $0] }
        if let config = global.config { arguments += ["--config", WorkingFolder.absolute(config)] }
        if !keeps { arguments.append("--linger") }
        let spawner = DaemonSpawner(
            executable: Daemon.executable,
            arguments: arguments,
            logPath: Daemon.logPath(folder)
        )
        do throws(ClientError) {
            try await spawner.spawn(for: client)
        } catch {
            throw CommandFailure(.noDaemon, SafeText.lines(error.description).joined(separator: "\n"))
        }
    }

    static func logPath(_ folder: DataFolder) -> String { folder.path + "/somad.log" }

    /// `somad` beside this program, or else on the path.
    static var executable: String {
        let folder = WorkingFolder.executable.split(separator: "/").dropLast().joined(separator: "/")
        let beside = "/\(folder)/somad"
        if access(beside, X_OK) == 0 { return beside }
        for folder in (Environment.all["PATH"] ?? "").split(separator: ":") {
            let path = "\(folder)/somad"
            if access(path, X_OK) == 0 { return path }
        }
        return beside
    }

    // MARK: Asking

    private func asked<Value>(_ work: () async throws(ClientError) -> Value) async throws -> Value {
        do throws(ClientError) {
            return try await work()
        } catch {
            throw CommandFailure(error)
        }
    }

    func status() async throws -> DaemonDocument {
        try await asked { () throws(ClientError) in try await client.daemon() }
    }

    func run(_ prefix: String) async throws -> RunDocument {
        let prefix = try named(prefix)
        return try await asked { () throws(ClientError) in try await client.run(prefix) }
    }

    /// A run's name as it can stand in a path.
    private func named(_ run: String) throws -> String {
        guard !run.isEmpty else {
            throw CommandFailure(.usage, "A run's name is empty.", hint: "soma ps --all lists all runs")
        }
        return run
    }

    /// Runs at work, or all: pages are read to the end.
    func runs(all: Bool) async throws -> [RunDocument] {
        var runs: [RunDocument] = []
        var after: String?
        repeat {
            let page = try await asked { () throws(ClientError) in
                try await client.runs(status: all ? "all" : "unfinished", after: after)
            }
            runs += page.runs
            after = page.next
        } while after != nil && runs.count < 100_000
        return runs
    }

    func roles() async throws -> [RoleDocument] {
        try await asked { () throws(ClientError) in try await client.roles() }
    }

    /// What runs on a folder committed, and whether there is more: pages are read until there is enough.
    func memories(
        workspace: String,
        query: String?,
        limit: Int
    ) async throws -> (memories: [MemoryPage.Item], isMore: Bool) {
        var memories: [MemoryPage.Item] = []
        var after: String?
        repeat {
            let count = min(100, limit - memories.count)
            let page = try await asked { () throws(ClientError) in
                try await client.memories(workspace: workspace, query: query, after: after, limit: count)
            }
            memories += page.memories
            after = page.next
        } while after != nil && memories.count < limit
        return (memories, after != nil)
    }

    func fleet() async throws -> FleetDocument {
        try await asked { () throws(ClientError) in try await client.fleet() }
    }

    func words(_ ids: [ContentID]) async throws -> [ContentID: String] {
        guard !ids.isEmpty else { return [:] }
        return try await asked { () throws(ClientError) in try await client.content(ids) }
            .mapValues { SafeText.decode($0) }
    }

    /// The transitions of a run in pages, each asked for when it is wanted: whoever is slow holds one, not the whole log.
    func transitions(of run: RunID, after seq: Int) -> AsyncThrowingStream<[Transition], any Error> {
        let next = Mutex<Int?>(seq)
        return AsyncThrowingStream {
            guard let after = next.withLock({ $0 }) else { return nil }
            let page = try await asked { () throws(ClientError) in
                try await client.transitions(of: run, after: after)
            }
            next.withLock { $0 = page.next == nil ? nil : page.transitions.last?.seq }
            return page.transitions
        }
    }

    /// The transitions of a run, from the log and then as they happen.
    ///
    /// A daemon that goes away is said and waited for; one that doesn't come back ends the stream with an error
    /// that says how the run goes on.
    func follow(_ run: RunID, after seq: Int) -> AsyncThrowingStream<Transition, any Error> {
        let (stream, continuation) = AsyncThrowingStream<Transition, any Error>.makeStream()
        let client = client
        let task = Task {
            var watch = LossWatch(run: run)
            do {
                for try await event in client.follow(run, after: seq) {
                    try watch.note(event)
                    if case .transition(let transition, _) = event { continuation.yield(transition) }
                }
                continuation.finish()
            } catch let error as ClientError {
                continuation.finish(throwing: CommandFailure(error))
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Waits until a run has ended, or, without patience, until it waits for a person.
    func end(of run: RunID, patient: Bool) async throws -> RunDocument {
        // From where it stands now: what it waited for earlier has been answered since.
        var state = try await asked { () throws(ClientError) in try await client.state(of: run) }
        func isOver() -> Bool {
            state.status.isTerminal || (!patient && state.waiting?.reason.needsPerson == true && state.isHeld)
        }
        if !isOver() {
            for try await transition in follow(run, after: state.seq) {
                state.apply(transition)
                if isOver() { break }
            }
        }
        return try await self.run(run.rawValue)
    }

    // MARK: Conversations

    func converse(_ request: StartConversationDocument) async throws -> ConversationDocument {
        let key = RunID.random().rawValue
        return try await asked { () throws(ClientError) in try await client.converse(request, key: key) }
    }

    func conversation(_ id: String) async throws -> ConversationDocument {
        guard !id.isEmpty else { throw CommandFailure(.usage, "A conversation's name is empty.") }
        return try await asked { () throws(ClientError) in try await client.conversation(id) }
    }

    func say(_ text: String, in id: ConversationID) async throws -> MessageDocument {
        let key = RunID.random().rawValue
        return try await asked { () throws(ClientError) in try await client.say(text, in: id, key: key) }
    }

    func messages(of id: ConversationID, after number: Int, limit: Int = 500) async throws -> MessagePage {
        try await asked { () throws(ClientError) in
            try await client.messages(of: id, after: number, limit: limit)
        }
    }

    // MARK: Steering

    func start(_ request: StartRunDocument) async throws -> ReceiptDocument {
        let key = RunID.random().rawValue
        let notice = Task {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            Out.note("soma: Nobody has taken the run up yet. See soma daemon status.")
        }
        defer { notice.cancel() }
        return try await asked { () throws(ClientError) in try await client.start(request, key: key) }
    }

    func steer(_ run: String, _ verb: String) async throws -> ReceiptDocument {
        let run = try named(run)
        return try await asked { () throws(ClientError) in try await client.steer(run, verb) }
    }

    func cancel(_ run: String, reason: String?) async throws -> ReceiptDocument {
        let run = try named(run)
        return try await asked { () throws(ClientError) in try await client.cancel(run, reason: reason) }
    }

    func fork(_ run: String, _ fork: ForkDocument) async throws -> ReceiptDocument {
        let run = try named(run)
        return try await asked { () throws(ClientError) in try await client.fork(run, fork) }
    }

    func budget(_ run: String, _ limits: Limits) async throws -> ReceiptDocument {
        let run = try named(run)
        return try await asked { () throws(ClientError) in try await client.budget(run, limits) }
    }

    func answer(_ place: RunPlace, _ answer: AnswerDocument) async throws -> ReceiptDocument {
        let seq = try await open(place, "person", "open question")
        return try await asked { () throws(ClientError) in
            try await client.answer(place.run, question: seq, answer)
        }
    }

    func settle(_ place: RunPlace, happened: Bool) async throws -> ReceiptDocument {
        let seq = try await open(place, "doubt", "call in doubt")
        return try await asked { () throws(ClientError) in
            try await client.settle(place.run, effect: seq, happened: happened)
        }
    }

    /// The seq that was named, or that of the only thing of its kind that is open.
    private func open(_ place: RunPlace, _ reason: String, _ what: String) async throws -> Int {
        if let seq = place.seq { return seq }
        let run = try await run(place.run)
        let open = run.waits.filter { $0.reason == reason }.compactMap(\.seq)
        guard let seq = open.first else {
            throw CommandFailure(.usage, "\(run.id.short) has no \(what).", hint: "soma show \(run.id.short)")
        }
        guard open.count == 1 else {
            let all = open.map { "\(run.id.short)/\($0)" }.joined(separator: ", ")
            throw CommandFailure(.usage, "\(run.id.short) has \(open.count) of them; name one: \(all)")
        }
        return seq
    }
}

extension CommandFailure {
    /// What the daemon's refusal means for a command.
    init(_ error: ClientError) {
        let said = error.problem?.detail ?? error.description
        self.init(
            Code(rawValue: error.exitCode) ?? .failed,
            SafeText.lines(said).joined(separator: "\n"),
            hint: SafeText.lines(error.problem?.hint ?? "").joined(separator: "\n  ")
        )
    }
}

extension RunID {
    /// A new name.
    static func random() -> RunID {
        var generator = SystemRandomNumberGenerator()
        return .random(using: &generator)
    }
}
