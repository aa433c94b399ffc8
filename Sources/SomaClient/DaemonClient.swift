package import SomaCore
import SomaHTTP

/// The daemon's interface as Swift calls.
///
/// Any method may be called from any task. All throw `ClientError`.
package struct DaemonClient: Sendable {
    /// Where the daemon is.
    package let address: DaemonAddress
    let http: HTTPClient
    /// How long a daemon may say nothing at all while something was asked of it.
    let patience: Duration

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameter patience: How long a daemon may say nothing at all, to this or to any other question, before what was
    ///   asked is given up. One that is busy with it answers others meanwhile, and is waited for.
    package init(_ address: DaemonAddress, patience: Duration = .seconds(10)) throws(ClientError) {
        self.address = address
        self.patience = patience
        do throws(HTTPError) {
            http = try HTTPClient(userAgent: "soma/\(SomaVersion.product)")
        } catch {
            throw ClientError(.garbled, error.description)
        }
    }

    /// Begins to load what clients need; see `HTTPClient.prepare()`.
    package static func prepare() { HTTPClient.prepare() }

    /// Ends everything under way.
    package func close() async { await http.shutdown() }

    // MARK: Runs

    /// A page of runs: `status` may name statuses, or be `unfinished`, `ended` or `all`.
    package func runs(status: String, role: String? = nil, after: String? = nil, limit: Int = 500)
        async throws(ClientError) -> RunPage
    {
        var query = [("status", status), ("limit", "\(limit)")]
        if let role { query.append(("role", role)) }
        if let after { query.append(("after", after)) }
        return try await get("/v1/runs", query)
    }

    /// One run, by any beginning of its id that no other has.
    package func run(_ prefix: String) async throws(ClientError) -> RunDocument {
        try await get("/v1/runs/\(Self.escape(prefix))")
    }

    /// The fold of a run's log, whole or up to a transition.
    package func state(of run: RunID, at seq: Int? = nil) async throws(ClientError) -> RunState {
        let query = seq.map { [("at", "\($0)")] } ?? []
        let json = try await send(.get, "/v1/runs/\(Self.escape(run.rawValue))/state", query)
        return RunState(record: json)
    }

    /// A page of a run's transitions.
    package func transitions(of run: RunID, after seq: Int, limit: Int = 1000) async throws(ClientError)
        -> (transitions: [Transition], next: Int?)
    {
        let page = try await page(of: run, after: seq, limit: limit)
        var transitions: [Transition] = []
        for item in page.transitions {
            do throws(Transition.WireError) {
                transitions.append(try Transition(cloudEvent: item.event.bytes()))
            } catch {
                throw ClientError(.garbled, "The daemon sent a transition that can't be read: \(error)")
            }
        }
        return (transitions, page.next)
    }

    func page(of run: RunID, after seq: Int, limit: Int = 1000) async throws(ClientError) -> TransitionPage {
        let path = "/v1/runs/\(Self.escape(run.rawValue))/transitions"
        return try await get(path, [("after", "\(seq)"), ("limit", "\(limit)")])
    }

    /// The runs at hand, with the place in the log that they are true for.
    package func fleet() async throws(ClientError) -> FleetDocument {
        let bytes = try await bytes(.get, "/v1/fleet")
        guard let document = await FleetDocument.read(bytes) else {
            throw ClientError(.garbled, "The daemon's answer is no fleet.")
        }
        return document
    }

    /// Words by their names; what isn't there is left out. Any number of names.
    package func content(_ ids: [ContentID]) async throws(ClientError) -> [ContentID: [UInt8]] {
        var words: [ContentID: [UInt8]] = [:]
        var rest = Array(Set(ids))[...]
        while !rest.isEmpty {
            // 100 names make a request line of about 3.3 kB.
            let names = rest.prefix(100).map(\.description).joined(separator: ",")
            rest = rest.dropFirst(100)
            let document: ContentDocument = try await get("/v1/content", [("ids", names)])
            for item in document.words { words[item.id] = item.bytes }
        }
        return words
    }

    // MARK: Steering

    /// Starts a run. The key makes a repeated call harmless.
    package func start(_ request: StartRunDocument, key: String? = nil) async throws(ClientError)
        -> ReceiptDocument
    {
        try await post("/v1/runs", request, key: key)
    }

    /// `pause` or `resume`.
    package func steer(_ run: String, _ verb: String) async throws(ClientError) -> ReceiptDocument {
        try await post("/v1/runs/\(Self.escape(run))/\(verb)", JSONObject())
    }

    /// Ends a run and all that it delegated.
    package func cancel(_ run: String, reason: String?) async throws(ClientError) -> ReceiptDocument {
        try await post("/v1/runs/\(Self.escape(run))/cancel", CancelDocument(reason: reason))
    }

    /// Starts a run from another's transition.
    package func fork(_ run: String, _ fork: ForkDocument) async throws(ClientError) -> ReceiptDocument {
        try await post("/v1/runs/\(Self.escape(run))/fork", fork)
    }

    /// Changes a run's limits.
    package func budget(_ run: String, _ limits: Limits) async throws(ClientError) -> ReceiptDocument {
        try await post("/v1/runs/\(Self.escape(run))/budget", limits)
    }

    /// Answers an open question.
    package func answer(_ run: String, question: Int, _ answer: AnswerDocument) async throws(ClientError)
        -> ReceiptDocument
    {
        try await post("/v1/runs/\(Self.escape(run))/interrupts/\(question)", answer)
    }

    /// Says whether an effect in doubt happened.
    package func settle(_ run: String, effect: Int, happened: Bool) async throws(ClientError)
        -> ReceiptDocument
    {
        let path = "/v1/runs/\(Self.escape(run))/effects/\(effect)/settle"
        return try await post(path, SettleDocument(happened: happened))
    }

    // MARK: Conversations

    /// Begins a conversation.
    package func converse(_ request: StartConversationDocument, key: String) async throws(ClientError)
        -> ConversationDocument
    {
        try await post("/v1/conversations", request, key: key)
    }

    /// One conversation.
    package func conversation(_ id: String) async throws(ClientError) -> ConversationDocument {
        try await get("/v1/conversations/\(Self.escape(id))")
    }

    /// Adds a message, which is durable then. The key makes a repeated call harmless.
    package func say(_ text: String, in id: ConversationID, key: String) async throws(ClientError)
        -> MessageDocument
    {
        let path = "/v1/conversations/\(Self.escape(id.rawValue))/messages"
        return try await post(path, PostMessageDocument(text: text), key: key)
    }

    /// A page of a conversation's messages.
    package func messages(of id: ConversationID, after number: Int, limit: Int = 500)
        async throws(ClientError) -> MessagePage
    {
        let path = "/v1/conversations/\(Self.escape(id.rawValue))/messages"
        return try await get(path, [("after", "\(number)"), ("limit", "\(limit)")])
    }

    // MARK: The daemon

    /// What the daemon says about itself.
    package func daemon() async throws(ClientError) -> DaemonDocument { try await get("/v1/daemon") }

    /// Lets a daemon that would end by itself stay.
    package func stay() async throws(ClientError) -> DaemonDocument {
        try await post("/v1/daemon/stay", JSONObject())
    }

    /// The processes of its cluster.
    package func replicas() async throws(ClientError) -> ReplicaPage { try await get("/v1/replicas") }

    /// The roles.
    package func roles() async throws(ClientError) -> [RoleDocument] {
        let page: RolePage = try await get("/v1/roles")
        return page.roles
    }

    /// One role.
    package func role(_ name: String) async throws(ClientError) -> RoleDocument {
        try await get("/v1/roles/\(Self.escape(name))")
    }

    /// What earlier runs on a workspace committed, the latest first; with a query, what matches it.
    package func memories(
        workspace: String,
        query: String?,
        after: String? = nil,
        limit: Int = 20
    ) async throws(ClientError) -> MemoryPage {
        var parameters = [("workspace", workspace), ("limit", "\(limit)")]
        if let query { parameters.append(("q", query)) }
        if let after { parameters.append(("after", after)) }
        return try await get("/v1/memory", parameters)
    }

    /// Whether the daemon has taken up its runs.
    package func isReady() async throws(ClientError) -> Bool {
        do throws(ClientError) {
            let health: HealthDocument = try await get("/readyz")
            return health.status == "ok"
        } catch {
            guard error.kind == .refused(503) else { throw error }
            return false
        }
    }

    /// How the daemon is: `ok`, or what it waits for.
    package func health() async throws(ClientError) -> String {
        let health: HealthDocument = try await get("/healthz")
        return health.status
    }

    /// Metrics in Prometheus' text format.
    package func metrics() async throws(ClientError) -> String {
        try await exchange(address.request(.get, "/metrics")).text
    }

    /// The description of the interface.
    package func openAPI() async throws(ClientError) -> JSON { try await send(.get, "/openapi.json") }

    // MARK: Sending

    func get<Value: Decodable>(_ path: String, _ query: [(String, String)] = []) async throws(ClientError)
        -> Value
    {
        try Self.decode(try await send(.get, path, query))
    }

    func post<Value: Decodable>(_ path: String, _ body: some Encodable, key: String? = nil)
        async throws(ClientError)
        -> Value
    {
        guard let json = try? JSON(encoding: body) else {
            throw ClientError(.garbled, "The request can't be written as JSON.")
        }
        return try Self.decode(try await send(.post, path, body: json, key: key))
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)] = [],
        body: JSON? = nil,
        key: String? = nil
    ) async throws(ClientError) -> JSON {
        let bytes = try await bytes(method, path, query, body: body, key: key)
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw ClientError(.garbled, "The daemon's answer to \(path) is no JSON: \(error)")
        }
    }

    private func bytes(
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)] = [],
        body: JSON? = nil,
        key: String? = nil
    ) async throws(ClientError) -> [UInt8] {
        var request = address.request(method, path + Self.query(query))
        request.maxBodyBytes = 256 << 20
        if let body {
            request.body = body.bytes()
            request.headers["Content-Type"] = "application/json"
        }
        if let key { request.headers["Idempotency-Key"] = key }
        return try await exchange(request).body
    }

    /// Sends a request and takes only a 2xx answer of a daemon of our version.
    private func exchange(_ request: HTTPRequest) async throws(ClientError) -> HTTPResponse {
        let response: HTTPResponse
        do {
            // A request with a key is sent again where its answer is lost: the daemon knows it by the key. An answer is one:
            // whoever says that nobody is there to do it has waited for that already.
            let retry = RetryPolicy(
                attemptsMax: 3,
                base: .milliseconds(100),
                cap: .seconds(1),
                statuses: [429]
            )
            response = try await unlessSilent { [http] in
                request.headers["Idempotency-Key"] == nil
                    ? try await http.send(request) : try await http.send(request, retry: retry)
            }
        } catch let error as ClientError {
            throw error.about(request)
        } catch let error as HTTPError {
            throw ClientError(error, address: address).about(request)
        } catch {
            throw ClientError(.noDaemon, "The request was ended: \(error)")
        }
        guard let peer = response.headers[SomaVersion.header].flatMap({ SomaVersion.peer($0) }) else {
            throw ClientError.stranger(at: address)
        }
        guard peer.api == SomaVersion.api else {
            throw ClientError(.version, SomaVersion.mismatch(daemon: peer, client: SomaVersion.own))
        }
        guard (200..<300).contains(response.status) else { throw Self.refusal(response) }
        return response
    }

    static func refusal(_ response: HTTPResponse) -> ClientError {
        guard let json = try? JSON.parse(response.body), let problem = try? json.decode(Problem.self) else {
            return ClientError(.refused(response.status), "The daemon answered \(response.status).")
        }
        if problem.status == 426 { return ClientError(.version, problem.message, problem: problem) }
        return ClientError(.refused(response.status), problem.message, problem: problem)
    }

    private static func decode<Value: Decodable>(_ json: JSON) throws(ClientError) -> Value {
        do {
            return try json.decode(Value.self)
        } catch {
            throw ClientError(.garbled, "The daemon's answer is not what was expected: \(error)")
        }
    }

    private static func query(_ parameters: [(String, String)]) -> String {
        guard !parameters.isEmpty else { return "" }
        return "?" + parameters.map { "\($0.0)=\(escape($0.1))" }.joined(separator: "&")
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters and commas.
    static func escape(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2C: output.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
