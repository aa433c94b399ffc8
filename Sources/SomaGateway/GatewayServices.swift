package import SomaCore
package import SomaEngine

/// What the gateway works with.
package struct GatewayServices: Sendable {
    /// Decides about runs.
    package var engine: any EngineClient
    /// Holds the log.
    package var store: any EventStore
    /// Knows the roles.
    package var roles: any RolesSource
    /// Whether the runs have been taken up.
    package var readiness: Readiness
    /// What is said about the daemon.
    package var about: GatewayAbout
    /// Whether the daemon ends by itself.
    package var lingering: Lingering
    /// The answer of `/metrics`.
    package var metrics: @Sendable (MetricsQuery) async -> MetricsAnswer
    /// Is told what is answered.
    package var observer: any GatewayObserver
    /// Has spans made of requests; `nil` where there are none.
    package var tracer: (any RequestTracer)?
    /// What it needs and doesn't have just now, as a sentence; `nil` while it has everything.
    package var missing: @Sendable () async -> String?
    /// Limits how often clients may ask; `nil` where nobody does.
    package var limiter: (any RequestLimiter)?
    /// Knows the other processes; `nil` where there is none.
    package var replicas: (any ReplicasSource)?
    /// The first place that the log still goes on from; requests to go on from an earlier one answer 410.
    package var oldest: @Sendable () async -> Position

    /// Conversations; `nil` where there are none.
    package var conversations: ConversationServices?

    /// Creates services.
    package init(
        engine: any EngineClient,
        store: any EventStore,
        roles: any RolesSource,
        readiness: Readiness,
        about: GatewayAbout,
        lingering: Lingering = Lingering(false),
        metrics: @escaping @Sendable (MetricsQuery) async -> MetricsAnswer = { _ in
            MetricsAnswer(bytes: [])
        },
        observer: any GatewayObserver = SilentGatewayObserver(),
        tracer: (any RequestTracer)? = nil,
        missing: @escaping @Sendable () async -> String? = { nil },
        limiter: (any RequestLimiter)? = nil,
        replicas: (any ReplicasSource)? = nil,
        oldest: @escaping @Sendable () async -> Position = { .start },
        conversations: ConversationServices? = nil
    ) {
        self.engine = engine
        self.store = store
        self.roles = roles
        self.readiness = readiness
        self.about = about
        self.lingering = lingering
        self.metrics = metrics
        self.observer = observer
        self.tracer = tracer
        self.missing = missing
        self.limiter = limiter
        self.replicas = replicas
        self.oldest = oldest
        self.conversations = conversations
    }
}

/// How a client wants its metrics.
package struct MetricsQuery: Sendable, Hashable {
    /// The header `Accept`.
    package var accept: String?
    /// The header `Accept-Encoding`.
    package var acceptEncoding: String?

    /// Creates a query.
    package init(accept: String?, acceptEncoding: String?) {
        self.accept = accept
        self.acceptEncoding = acceptEncoding
    }
}

/// Metrics as they go over the wire.
package struct MetricsAnswer: Sendable, Hashable {
    /// The header `Content-Type`.
    package var type: String
    /// The header `Content-Encoding`; `nil` where the bytes are the text itself.
    package var encoding: String?
    /// The body.
    package var bytes: [UInt8]

    /// Creates an answer.
    package init(
        type: String = "text/plain; version=0.0.4; charset=utf-8",
        encoding: String? = nil,
        bytes: [UInt8]
    ) {
        self.type = type
        self.encoding = encoding
        self.bytes = bytes
    }
}

/// What is said about the daemon.
package struct GatewayAbout: Sendable {
    /// The process.
    package var pid: Int
    /// When it started.
    package var startedAt: Timestamp
    /// The store, without secrets.
    package var store: String
    /// The folder of its data.
    package var dataFolder: String
    /// Who gives the commands, as it is written into the log.
    package var person: String

    /// Creates a description.
    package init(pid: Int, startedAt: Timestamp, store: String, dataFolder: String, person: String) {
        self.pid = pid
        self.startedAt = startedAt
        self.store = store
        self.dataFolder = dataFolder
        self.person = person
    }
}

/// Knows the roles that runs can have.
package protocol RolesSource: Sendable {
    /// The roles, by name.
    func roles() async -> [RoleDocument]
}

/// Is told what the gateway answers, for metrics. Must be quick.
package protocol GatewayObserver: Sendable {
    /// A request was answered.
    ///
    /// - Parameter route: The route's pattern, or `none`: never what a client made up.
    func answered(route: String, status: Int, took: Duration)
    /// So many clients follow the stream.
    func streaming(clients: Int)
}

/// Takes no notice.
package struct SilentGatewayObserver: GatewayObserver {
    /// Creates an observer.
    package init() {}
    /// Takes no notice.
    package func answered(route: String, status: Int, took: Duration) {}
    /// Takes no notice.
    package func streaming(clients: Int) {}
}
