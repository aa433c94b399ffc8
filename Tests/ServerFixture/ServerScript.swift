import Dispatch
import Glibc
import Synchronization

/// A shell script that owns a server of the tests' own, obeys a line and answers with one.
///
/// However this process ends, the script ends its server and tidies up: it reads a pipe whose other end only this process has.
package final class ServerScript: Sendable {
    private let input: Int32
    private let output: Int32
    private let pid: pid_t
    /// Commands go one after the other.
    private let turn = Mutex<Void>(())

    /// Starts a script. The first thing that it says is how its server came up.
    package init(_ words: [String], environment: [String] = []) throws(ServerScriptError) {
        var (toScript, fromScript): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toScript) == 0, pipe(&fromScript) == 0 else { throw ServerScriptError(reason: "no pipe") }
        for descriptor in toScript + fromScript { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer {
            close(toScript[0])
            close(fromScript[1])
        }
        pid = try Self.spawn(words, environment, input: toScript[0], output: fromScript[1])
        (input, output) = (toScript[1], fromScript[0])
    }

    deinit {
        close(input)
        close(output)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// What it says next; empty where it has ended. Blocks.
    package func answer() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Gives it a line, and waits for what it says to that.
    package func tell(_ line: String) async -> String {
        await blocking { [self] () throws(Never) in
            turn.withLock { _ in
                write(input, line + "\n", line.utf8.count + 1)
                return answer()
            }
        }
    }

    private static func spawn(
        _ words: [String],
        _ environment: [String],
        input: Int32,
        output: Int32
    ) throws(ServerScriptError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        // A group of its own: Ctrl-C reaches the tests, and the script tidies up behind them. Dispatch's threads block
        // signals, which would be inherited, and SIGTERM with them.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let all = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment
        var variables: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            throw ServerScriptError(reason: "\(words[0]) can't be started: error \(code)")
        }
        return pid
    }
}

/// Why a script or its server isn't there.
package struct ServerScriptError: Error {
    package let reason: String
}

/// A port of 127.0.0.1 that nobody listens on.
package func unusedPort() throws(ServerScriptError) -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    guard isBound else { throw ServerScriptError(reason: "no free port") }
    return UInt16(bigEndian: address.sin_port)
}

/// Runs what blocks on a thread of its own.
package func blocking<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: Result { () throws(Failure) in try body() })
        }
    }
    return try result.get()
}
