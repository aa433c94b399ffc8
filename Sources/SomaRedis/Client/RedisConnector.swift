internal import CHiredis
import Glibc
import SomaLoop

/// A connection on its way from the thread that opened it to the loop.
///
/// `@unchecked Sendable` because only one thread has it at a time.
struct ConnectedRedis: @unchecked Sendable {
    let context: UnsafeMutablePointer<redisContext>

    func free() { redisFree(context) }
}

/// Opens connections on a thread of their own: resolving a name, connecting and TLS wait.
enum RedisConnector {
    /// Connects, and tells the mailbox; `false` when there is no thread.
    static func start(_ options: RedisOptions, _ mailbox: RedisMailbox) -> Bool {
        LoopThread.start(named: "soma-redis-dial") {
            let result = Result { () throws(RedisError) in try connect(options) }
            if !mailbox.post(.connected(result)), case .success(let connected) = result { connected.free() }
        }
    }

    /// What is missing on this machine for such a connection.
    static func prepare(_ options: RedisOptions) throws(RedisError) {
        guard soma_redis_load() == 0 else {
            throw RedisError(
                .library,
                "hiredis can't be used: \(String(cString: soma_redis_load_failure()))",
                hint: "install it (Debian: libhiredis0.14), or leave redis.url out"
            )
        }
        guard options.usesTLS else { return }
        guard soma_redis_load_tls() == 0 else {
            throw RedisError(
                .library,
                "TLS needs hiredis_ssl, which can't be used: \(String(cString: soma_redis_load_tls_failure()))",
                hint: "install hiredis 1.0 or later with TLS, or use redis:// through a tunnel"
            )
        }
        guard options.authorities != nil else {
            throw RedisError(
                .invalidOptions,
                "rediss:// needs to know whom to trust",
                hint: "name the file with the certificate of the server's authority in redis.tls_ca"
            )
        }
    }

    private static func connect(_ options: RedisOptions) throws(RedisError) -> ConnectedRedis {
        let limit = timeval(
            tv_sec: Int(options.connectTimeout.components.seconds),
            tv_usec: Int(options.connectTimeout.components.attoseconds / 1_000_000_000_000)
        )
        let context =
            switch options.place {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let context else { throw RedisError(.away, "there is no memory for a connection") }
        let connected = ConnectedRedis(context: context)
        do throws(RedisError) {
            try ready(connected, options, limit)
            return connected
        } catch {
            connected.free()
            throw error
        }
    }

    private static func ready(
        _ connected: ConnectedRedis,
        _ options: RedisOptions,
        _ limit: timeval
    ) throws(RedisError) {
        let context = connected.context
        guard context.pointee.err == 0 else {
            let words = String(cString: soma_redis_error(context))
            throw RedisError(
                .away,
                "can't connect to \(options.address): \(words.isEmpty ? "no answer" : words)",
                hint: "see that the server runs, and that redis.url names it"
            )
        }
        if options.usesTLS {
            redisSetTimeout(context, limit)
            guard case .tcp(let host, _) = options.place else { return }
            var words = [CChar](repeating: 0, count: 256)
            guard soma_redis_start_tls(context, options.authorities, host, &words, words.count) == 0 else {
                let text = String(
                    decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                    as: UTF8.self
                )
                throw RedisError(
                    .tls,
                    "no TLS with \(options.address): \(text)",
                    hint: "check redis.tls_ca, and that this port speaks TLS"
                )
            }
        }
        guard soma_redis_stop_waiting(context) == 0 else {
            throw RedisError(.away, "the connection can't be used without waiting")
        }
    }
}
