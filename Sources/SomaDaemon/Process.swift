import Dispatch
import Glibc

/// What concerns the process as a whole.
enum Process {
    /// Files are ours alone, broken pipes are errors and not the end, and there are as many descriptors as the
    /// system lets us have.
    static func prepare() {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        // Nothing is to be read anew until it was read once.
        signal(SIGHUP, SIG_IGN)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Who runs it, as it is written into the log.
    static var userName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
            return "uid \(getuid())"
        }
        return String(cString: name)
    }

    /// The machine.
    static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// SIGHUP as events.
enum Hangups {
    /// Each one from now on; several that come close together count as one.
    static func stream() -> AsyncStream<Void> {
        signal(SIGHUP, SIG_IGN)
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { continuation.yield() }
        let keeper = SignalKeeper(source: source)
        continuation.onTermination = { _ in keeper.source.cancel() }
        source.resume()
        return stream
    }

    /// Keeps the source alive. `@unchecked Sendable`: Dispatch documents `cancel` as callable from any thread, and
    /// nothing else is called after `resume`.
    private struct SignalKeeper: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }
}
