import Glibc
import Logging
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaRedis
import SomaSettings
import SomaTelemetry
import Synchronization

/// What the daemon shares with others by Redis, where there is one.
///
/// Nothing durable is there: while it is away limits are coarser, and nothing fails.
struct DaemonRedis: Sendable {
    /// The connection; nil where none is set.
    let client: RedisClient?
    /// What keeps clients from asking too often; nil where nobody limits them.
    let limiter: SharedLimiter?
    private let prefix: String

    /// Begins to connect. A server that is away is no error, a setting or a library that can't work is.
    init(_ settings: Settings, registry: MetricsRegistry, logger: Logger) throws(DaemonError) {
        prefix = settings.clusterName
        let client = try Self.client(settings, registry: registry, logger: logger)
        self.client = client
        limiter = settings.requestRate.map { rate in
            SharedLimiter(
                client,
                rate: TokenRate(perSecond: rate.perSecond, burst: rate.burst),
                prefix: settings.clusterName
            ) { error in
                logger.warning("\(error) Until it does, limits are counted by each process for itself.")
            }
        }
    }

    private static func client(
        _ settings: Settings,
        registry: MetricsRegistry,
        logger: Logger
    ) throws(DaemonError) -> RedisClient? {
        guard let address = settings.redisAddress else { return nil }
        var options: RedisOptions
        do {
            let password = try settings.secret("redis.password")
            options = try RedisOptions(url: address, password: password?.withExposedValue { $0 })
        } catch {
            throw DaemonError("\(error)", exitCode: 2)
        }
        options.authorities = settings.redisAuthorities
        options.timeout = settings.redisTimeout
        options.name = "somad-\(getpid())-\(Process.hostName)"
        let place = options.address
        do throws(RedisError) {
            return try RedisClient(options) { failure in
                registry.gauge(SomaMetrics.redisUp).set(Int64(failure == nil ? 1 : 0))
                if let failure {
                    logger.warning(
                        "\(failure) Until it is back, limits are counted by each process for itself."
                    )
                } else {
                    logger.info("Redis at \(place) is there.")
                }
            }
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
    }

    /// What workers keep of conversations; nil where they ask the store each time.
    var sessions: (any SessionKeeper)? {
        client.map { DaemonSessions(cache: SessionCache($0, prefix: prefix)) }
    }

    /// Tells others about this process.
    func presence(of own: OwnReplica) -> ReplicaPresence? {
        client.map { ReplicaPresence($0, prefix: prefix) { own.replica } }
    }

    /// What `somad --check` says about it: nothing where it answers.
    func warning() async -> String? {
        do throws(RedisError) {
            try await client?.send(RedisCommand("PING"))
            return nil
        } catch {
            return error.description
        }
    }
}

extension SharedLimiter: RequestLimiter {}

/// Sessions of conversations in Redis.
struct DaemonSessions: SessionKeeper {
    /// How long after its last message a conversation is remembered.
    private static let life: Duration = .seconds(1800)

    let cache: SessionCache

    func session(_ name: String) async -> [UInt8]? { await cache.value(of: name) }
    func keep(_ session: [UInt8], as name: String) async {
        await cache.keep(session, as: name, for: Self.life)
    }
}

/// What this process tells about itself.
final class OwnReplica: Sendable {
    private let value: Mutex<Replica>

    init(name: String, role: String) {
        value = Mutex(
            Replica(
                name: name,
                role: role,
                address: "",
                since: SystemWallClock().now,
                version: SomaVersion.product
            )
        )
    }

    var replica: Replica { value.withLock { $0 } }

    /// Known once the sockets are open.
    func listens(at addresses: [String]) {
        value.withLock { $0.address = addresses.joined(separator: ",") }
    }
}

/// The processes that are there, as Redis knows them.
struct DaemonReplicas: ReplicasSource {
    let presence: ReplicaPresence?
    let own: OwnReplica

    func replicas() async -> ReplicaPage {
        let own = own.replica
        var page = ReplicaPage(replicas: [ReplicaPage.Item(own)])
        guard let presence else { return page }
        do throws(RedisError) {
            let others = try await presence.list().filter { $0.replica.id != own.id }
            page.replicas += others.map { sighting in
                ReplicaPage.Item(sighting.replica, silent: sighting.age)
            }
            page.replicas.sort { ($0.role, $0.name) < ($1.role, $1.name) }
        } catch {
            page.trouble = "Others are not known: \(error)"
        }
        return page
    }
}

extension ReplicaPage.Item {
    fileprivate init(_ replica: Replica, silent: Duration? = nil) {
        self.init(
            name: replica.name,
            role: replica.role,
            address: replica.address,
            since: WireTime(replica.since),
            version: replica.version,
            silentMilliseconds: silent.map { Int($0 / .milliseconds(1)) }
        )
    }
}

/// Lets others know that this process is there, until it ends.
struct PresenceService: Service {
    let presence: ReplicaPresence

    func run() async throws {
        await cancelWhenGracefulShutdown { await presence.run() }
    }
}
