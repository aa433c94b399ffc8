internal import CPostgres
import Glibc
import SomaLoop

/// Opens connections, each on a thread of its own.
///
/// libpq's way of connecting without waiting still waits for the resolver, and reads `.pgpass`, certificates and
/// Kerberos tickets from files. On a thread that may wait none of that holds up the connections that work.
enum Connector {
    /// Connects; `done` is called on the thread. `false` when there is no thread.
    ///
    /// - Parameter isAbandoned: Asked now and then; the attempt is given up once nobody wants its connection.
    static func start(
        _ options: PostgresOptions,
        isAbandoned: @escaping @Sendable () -> Bool,
        _ done: @escaping @Sendable (Result<ConnectedHandle, PostgresError>) -> Void
    ) -> Bool {
        LoopThread.start(named: "soma-pg-connect") {
            done(Result { () throws(PostgresError) in try connect(options, isAbandoned) })
        }
    }

    /// Tries the hosts in turn as libpq does, and goes on behind one that doesn't answer in time.
    private static func connect(
        _ options: PostgresOptions,
        _ isAbandoned: () -> Bool
    ) throws(PostgresError) -> ConnectedHandle {
        var hosts = options.hostList[...]
        while true {
            let attempt = try ConnectionAttempt(options, hosts: Array(hosts))
            switch attempt.run(isAbandoned) {
            case .connected:
                let handle = attempt.release()
                try prepare(handle, options)
                return handle
            case .failed(let words):
                throw PostgresError.connecting(words, options: options)
            case .abandoned: throw .closed
            case .silent(let host):
                let next = (hosts.firstIndex { $0.isSame(as: host) } ?? hosts.startIndex) + 1
                guard next < hosts.endIndex else { throw PostgresError.silent(host, options: options) }
                hosts = hosts[next...]
            }
        }
    }

    /// Brings a new connection into the state in which the loop uses it; frees it when that fails.
    private static func prepare(_ handle: ConnectedHandle, _ options: PostgresOptions) throws(PostgresError) {
        let version = PQserverVersion(handle.pointer)
        let error: PostgresError? =
            if let error = PostgresError.tooOld(version: Int(version)) {
                error
            } else if PQsetnonblocking(handle.pointer, 1) != 0 || PQenterPipelineMode(handle.pointer) != 1 {
                PostgresError(.protocol, message: "the connection can't be used without blocking")
            } else {
                nil
            }
        if let error {
            PQfinish(handle.pointer)
            throw error
        }
    }
}

extension PostgresOptions.Host {
    /// Whether libpq, which fills in what was left open, means this one.
    fileprivate func isSame(as current: PostgresOptions.Host) -> Bool {
        port == current.port
            && (host.isEmpty ? address.isEmpty || address == current.address : host == current.host)
    }
}

/// A connection on its way from the thread that opened it to the loop.
///
/// `@unchecked Sendable` because only one thread has it at a time.
struct ConnectedHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// One run of libpq's state machine for connecting.
private final class ConnectionAttempt {
    enum Outcome {
        case connected
        case failed(String)
        case silent(PostgresOptions.Host)
        case abandoned
    }

    /// How often is looked whether anybody still wants the connection, in milliseconds.
    private static let glance: Int64 = 100

    private var pointer: OpaquePointer?
    private let timeout: Duration

    init(_ options: PostgresOptions, hosts: [PostgresOptions.Host]) throws(PostgresError) {
        timeout = options.connectTimeout
        let keywords = options.connectionKeywords(to: hosts)
        let names = keywords.map { strdup($0.keyword) }
        let values = keywords.map { strdup($0.value) }
        defer { (names + values).forEach { free($0) } }
        let pointer = PQconnectStartParams(
            names.map { UnsafePointer($0) } + [nil],
            values.map { UnsafePointer($0) } + [nil],
            0
        )
        guard let pointer else {
            throw PostgresError(.connectionFailed, message: "there is no memory for a connection")
        }
        soma_pg_silence(pointer)
        // Puts the SQLSTATE into the message, which is all that libpq keeps of a refusal.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        self.pointer = pointer
    }

    deinit { if let pointer { PQfinish(pointer) } }

    /// Gives the connection away.
    func release() -> ConnectedHandle {
        guard let pointer else { preconditionFailure("a connection is given away once") }
        self.pointer = nil
        return ConnectedHandle(pointer: pointer)
    }

    func run(_ isAbandoned: () -> Bool) -> Outcome {
        guard PQstatus(pointer) != CONNECTION_BAD else { return failure }
        var host = currentHost
        var deadline = ContinuousClock.now + timeout
        // As libpq asks for it: at first the socket has to become writable.
        var waitsFor = PGRES_POLLING_WRITING
        while true {
            let left = (deadline - ContinuousClock.now).millisecondsRoundedUp
            var descriptor = pollfd(
                fd: PQsocket(pointer),
                events: Int16(waitsFor == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                revents: 0
            )
            let ready = poll(&descriptor, 1, Int32(clamping: min(left, Self.glance)))
            if ready <= 0 {
                if isAbandoned() { return .abandoned }
                if left == 0 { return .silent(host) }
                continue
            }
            waitsFor = PQconnectPoll(pointer)
            switch waitsFor {
            case PGRES_POLLING_OK: return .connected
            case PGRES_POLLING_FAILED: return failure
            default: break
            }
            if currentHost != host {
                host = currentHost
                deadline = ContinuousClock.now + timeout
            }
        }
    }

    private var failure: Outcome {
        .failed(PQerrorMessage(pointer).map { String(cString: $0) } ?? "")
    }

    private var currentHost: PostgresOptions.Host {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        return PostgresOptions.Host(
            host: text(PQhost(pointer)),
            address: text(PQhostaddr(pointer)),
            port: text(PQport(pointer))
        )
    }
}
