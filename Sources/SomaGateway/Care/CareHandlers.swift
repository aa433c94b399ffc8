import HTTPTypes
import SomaCore
import SomaEngine

/// What tells how the daemon is, and what it knows.
struct CareHandlers: Sendable {
    let services: GatewayServices
    let streams: StreamClients
    let addresses: Guarded<[Listener]>

    /// `/healthz`: the process answers, and says what it waits for.
    func health(_ exchange: Exchange) async throws(Problem) -> Answer {
        try Answer(200, HealthDocument(status: services.readiness.trouble ?? "ok"))
    }

    /// `/readyz`: it has what it needs, what is decided can be kept, and it is not ending.
    func ready(_ exchange: Exchange) async throws(Problem) -> Answer {
        switch services.readiness.state {
        case .ready:
            if let trouble = services.readiness.trouble {
                return try Answer(503, HealthDocument(status: trouble))
            }
            let missing = await services.missing()
            return try Answer(missing == nil ? 200 : 503, HealthDocument(status: missing ?? "ok"))
        case .starting(let what): return try Answer(503, HealthDocument(status: what))
        case .stopping: return try Answer(503, HealthDocument(status: "stopping"))
        }
    }

    /// `/metrics`, as the client asks for them.
    func metrics(_ exchange: Exchange) async throws(Problem) -> Answer {
        let metrics = await services.metrics(
            MetricsQuery(
                accept: exchange.headers[.accept],
                acceptEncoding: exchange.headers[.acceptEncoding]
            )
        )
        var answer = Answer(type: metrics.type, bytes: metrics.bytes)
        answer.headers[.vary] = "Accept, Accept-Encoding"
        if let encoding = metrics.encoding { answer.headers[.contentEncoding] = encoding }
        return answer
    }

    /// `GET /v1/daemon`.
    func daemon(_ exchange: Exchange) async throws(Problem) -> Answer {
        let (fleet, position) = await services.engine.snapshot()
        let about = services.about
        let document = DaemonDocument(
            pid: about.pid,
            startedAt: WireTime(about.startedAt),
            holder: services.engine.holder,
            store: about.store,
            dataFolder: about.dataFolder,
            listen: addresses.value.map(\.address.description),
            isReady: services.readiness.state == .ready,
            runsUnfinished: fleet.runs.count { !$0.status.isTerminal },
            runsWaitingForPerson: fleet.needingPerson.count,
            effectsUnderWay: await services.engine.effectsUnderWay,
            streamClients: streams.count,
            position: position.description,
            lingers: services.lingering.isOn,
            trouble: services.readiness.trouble
        )
        return try Answer(200, document)
    }

    /// `GET /v1/replicas`.
    func replicas(_ exchange: Exchange) async throws(Problem) -> Answer {
        if let source = services.replicas { return try Answer(200, await source.replicas()) }
        let own = ReplicaPage.Item(
            name: services.engine.holder,
            role: "all",
            address: addresses.value.map(\.address.description).joined(separator: ","),
            since: WireTime(services.about.startedAt),
            version: SomaVersion.product
        )
        return try Answer(200, ReplicaPage(replicas: [own]))
    }

    /// `POST /v1/daemon/stay`: a daemon that was started for one command is kept.
    func stay(_ exchange: Exchange) async throws(Problem) -> Answer {
        services.lingering.end()
        return try await daemon(exchange)
    }

    /// `GET /v1/roles`.
    func roles(_ exchange: Exchange) async throws(Problem) -> Answer {
        try Answer(200, RolePage(roles: await services.roles.roles()))
    }

    /// `GET /v1/roles/{role}`.
    func role(_ exchange: Exchange) async throws(Problem) -> Answer {
        let roles = await services.roles.roles()
        guard let role = roles.first(where: { $0.name == exchange.parameter("role") }) else {
            throw Problem(
                404,
                "role.missing",
                "There is no such role.",
                hint: "There are: \(roles.map(\.name).joined(separator: ", "))."
            )
        }
        return try Answer(200, role)
    }

    /// `GET /v1/memory`.
    func memory(_ exchange: Exchange) async throws(Problem) -> Answer {
        guard let workspace = exchange.query["workspace"], workspace.hasPrefix("/") else {
            throw Problem(400, "query.invalid", "workspace must be the absolute path of a folder.")
        }
        let limit = try exchange.number("limit", in: 1...100, default: 20)
        let after =
            exchange.query["after"] == nil
            ? nil : try exchange.number("after", in: 1...Int.max, default: Int.max)
        var found: [Memory]
        var next: Int?
        do throws(StoreError) {
            if let query = exchange.query["q"] {
                found = try await services.store.recall(query, workspace: workspace, limit: limit)
            } else {
                // One more than asked for tells whether there is a next page.
                let page = try await services.store.memories(
                    workspace: workspace,
                    before: after,
                    limit: limit + 1
                )
                found = page.prefix(limit).map(\.memory)
                next = page.count > limit ? page[limit - 1].number : nil
            }
        } catch {
            throw Problem(error)
        }
        let items = found.map { memory in
            MemoryPage.Item(
                run: memory.run,
                workspace: memory.workspace,
                at: WireTime(memory.at),
                title: memory.title,
                text: memory.text
            )
        }
        return try Answer(200, MemoryPage(memories: items, next: next.map { "\($0)" }))
    }
}
