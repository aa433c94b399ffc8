import Glibc
import Logging
import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Synchronization
import Testing

/// An engine and a gateway on a socket of their own, for one test.
final class Rig: Sendable {
    let folder: String
    let store: MemoryStore
    let engine: Engine
    let gateway: Gateway
    let readiness: Readiness
    let client: DaemonClient
    let http: HTTPClient
    let observer: Observer
    let tracer: Tracer?
    private let worker: ConversationWorker
    private let queue: ConversationQueue
    /// Where TCP is, where it is wanted.
    let base: String?

    var socket: String { "\(folder)/s" }

    private init(
        folder: String,
        store: MemoryStore,
        options: GatewayOptions,
        oldest: Position,
        readiness: Readiness,
        tcp: Bool,
        metrics: Bool,
        limiter: (any RequestLimiter)?,
        tracer: Tracer?
    ) async throws {
        self.tracer = tracer
        self.folder = folder
        self.store = store
        self.readiness = readiness
        let engine = try await Engine(
            store: store,
            catalog: StubCatalog(),
            effects: StubEffects(),
            holder: "test"
        )
        self.engine = engine
        observer = Observer()
        let hasher = KeyedContentHasher(secret: try await store.contentSecret())
        let (queue, feed) = (ConversationQueue(), ConversationFeed())
        self.queue = queue
        worker = ConversationWorker(
            store: store,
            starter: engine,
            hasher: hasher,
            now: { SystemWallClock().now },
            announce: { id, _, _ in feed.changed(id) }
        )
        let services = GatewayServices(
            engine: engine,
            store: store,
            roles: StubRoles(),
            readiness: readiness,
            about: GatewayAbout(
                pid: 7,
                startedAt: Timestamp(microseconds: 0),
                store: "memory",
                dataFolder: folder,
                person: "tester"
            ),
            lingering: Lingering(true),
            metrics: { query in
                // What was asked for, so that tests see that it arrives.
                let asked = query.accept == "application/openmetrics-text"
                return MetricsAnswer(
                    type: asked ? "application/openmetrics-text" : "text/plain; version=0.0.4",
                    encoding: query.acceptEncoding == "identity" ? "identity" : nil,
                    bytes: Array("soma_up 1\n".utf8)
                )
            },
            observer: observer,
            tracer: tracer,
            limiter: limiter,
            oldest: { oldest },
            conversations: ConversationServices(
                store: store,
                hasher: hasher,
                feed: feed,
                posted: { id, _ in queue.add(id) }
            )
        )
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        gateway = Gateway(services, options: options, logger: logger)
        let addresses: [ListenAddress] =
            [.unix(path: "\(folder)/s")] + (tcp ? [.tcp(host: "127.0.0.1", port: 0)] : [])
        try await gateway.listen(
            addresses,
            isInsecure: tcp,
            metrics: metrics ? .tcp(host: "127.0.0.1", port: 0) : nil
        )
        base = tcp || metrics ? gateway.addresses.last.map { "http://\($0)" } : nil
        client = try DaemonClient(.unix(path: "\(folder)/s"))
        http = try HTTPClient(userAgent: "test")
    }

    /// Runs a body with an engine and a gateway, and ends both.
    static func run(
        store: MemoryStore = MemoryStore(),
        options: GatewayOptions = GatewayOptions(),
        oldest: Position = .start,
        recovers: Bool = true,
        tcp: Bool = false,
        metrics: Bool = false,
        limiter: (any RequestLimiter)? = nil,
        tracer: Tracer? = nil,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let folder = try Folder.make()
        defer { Folder.remove(folder) }
        let rig = try await Rig(
            folder: folder,
            store: store,
            options: options,
            oldest: oldest,
            readiness: Readiness(),
            tcp: tcp,
            metrics: metrics,
            limiter: limiter,
            tracer: tracer
        )
        let serving = Task { await rig.gateway.run() }
        if recovers {
            try await rig.engine.recover()
            rig.readiness.state = .ready
        }
        let answering = Task { try await rig.answer() }
        defer { answering.cancel() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(rig)) } catch { result = .failure(error) }
        await rig.client.close()
        await rig.http.shutdown()
        await rig.engine.drain(grace: .zero)
        await rig.gateway.stop(grace: .milliseconds(500))
        await serving.value
        try result.get()
    }

    /// Answers messages as they are posted.
    private func answer() async throws {
        while let id = await queue.next() {
            while case .working(let run) = try await worker.advance(id) {
                try await until(run) { $0.status.isTerminal }
            }
        }
    }

    /// Sends any request over the socket.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        headers: HTTPHeaders = [:],
        body: String? = nil
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(
            method,
            "http://soma\(path)",
            headers: headers,
            body: body.map { Array($0.utf8) },
            unixSocketPath: socket
        )
        request.addressPolicy = .any
        return try await http.send(request)
    }

    /// Starts a run and waits for its end.
    @discardableResult
    func finish(_ goal: String) async throws -> RunID {
        let run = try await client.start(StartRunDocument(goal: goal)).run
        try await until(run) { $0.status.isTerminal }
        return run
    }

    /// Waits until a run's state is as wanted.
    func until(_ run: RunID, _ isWanted: (RunState) -> Bool) async throws {
        var cursor = engine.hub.cursor
        while true {
            if let state = await engine.state(of: run), isWanted(state) { return }
            await engine.hub.wait(since: cursor)
            cursor = engine.hub.cursor
            try Task.checkCancellation()
        }
    }
}

/// Remembers what the gateway answered.
final class Observer: GatewayObserver {
    private let state = Mutex<(answers: [String], clients: Int)>(([], 0))

    var answers: [String] { state.withLock { $0.answers } }
    var clients: Int { state.withLock { $0.clients } }

    func answered(route: String, status: Int, took: Duration) {
        state.withLock { $0.answers.append("\(route) \(status)") }
    }

    func streaming(clients: Int) { state.withLock { $0.clients = clients } }
}

/// Remembers the requests that are to have spans.
final class Tracer: RequestTracer {
    let sampling: TraceSampling
    private let state = Mutex<[RequestFacts]>([])

    init(_ ratio: Double = 1) { sampling = TraceSampling(ratio: ratio) }

    var requests: [RequestFacts] { state.withLock { $0 } }

    func ended(_ request: RequestFacts) { state.withLock { $0.append(request) } }
}

/// Folders of tests, short enough for a socket's path.
enum Folder {
    static func make() throws -> String {
        var template = Array("/tmp/soma-gw-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func remove(_ folder: String) {
        guard let entries = opendir(folder) else { return }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink("\(folder)/\(name)") }
        }
        closedir(entries)
        rmdir(folder)
    }
}
