import Dispatch
import Glibc
import Synchronization

/// A Kafka broker of the tests' own on 127.0.0.1.
///
/// A shell script owns it and ends it when this process ends in whatever way: it reads a pipe whose other end only
/// this process has. It writes to disk about every three seconds: what a crash may lose is younger; ``stop()`` loses
/// nothing.
package final class TestBroker: Sendable {
    package let host: String
    package let port: UInt16
    private let input: Int32
    private let output: Int32
    private let script: pid_t
    /// Commands go one after the other.
    private let turn = Mutex<Void>(())

    /// The one that all tests share; each has topics of its own on it.
    package static let shared: Result<TestBroker, TestBrokerError> = Result { () throws(TestBrokerError) in
        try TestBroker()
    }

    /// Where the shared broker listens.
    package static func brokers() async throws -> String {
        try await blocking { () throws(TestBrokerError) in try shared.get() }.address
    }

    /// Starts a broker that a test may stop and crash.
    /// - Parameter host: Another address of this machine's loopback: it then tells clients that it is there.
    package static func start(host: String = "127.0.0.1") async throws -> TestBroker {
        try await blocking { () throws(TestBrokerError) in try TestBroker(host: host) }
    }

    /// A name that no other test's topic or group has.
    package static func name(_ base: String) -> String {
        "\(base).\(lastName.add(1, ordering: .relaxed).newValue)"
    }

    private static let lastName = Atomic<Int>(0)

    package var address: String { "\(host):\(port)" }

    private init(host: String = "127.0.0.1") throws(TestBrokerError) {
        self.host = host
        let folder = String(#filePath.dropLast("Tests/KafkaFixture/TestBroker.swift".count))
        let program = folder + ".tools/noida-0.2.3/noida_db/noida-db"
        guard access(program, X_OK) == 0 else { throw TestBrokerError(reason: "\(program) isn't there") }
        port = try Self.freePort()
        var (toScript, fromScript): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toScript) == 0, pipe(&fromScript) == 0 else { throw TestBrokerError(reason: "no pipe") }
        for descriptor in toScript + fromScript { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let words = ["/bin/bash", folder + "Tests/KafkaFixture/kafka-broker.sh", program, String(port), host]
        script = try Self.spawn(words, input: toScript[0], output: fromScript[1])
        Glibc.close(toScript[0])
        Glibc.close(fromScript[1])
        (input, output) = (toScript[1], fromScript[0])
        try check(readLine())
    }

    deinit {
        Glibc.close(input)
        Glibc.close(output)
        var status: Int32 = 0
        waitpid(script, &status, 0)
    }

    // MARK: The broker's life

    /// Ends it in order: it has everything when it is started again.
    package func stop() async throws { try await command("stop") }
    /// kill -9.
    package func crash() async throws { try await command("crash") }
    /// Starts it again on the same port and data.
    package func start() async throws { try await command("start") }

    private func command(_ line: String) async throws {
        try await Self.blocking { [self] () throws(TestBrokerError) in
            let answer = turn.withLock { _ in
                write(input, line + "\n", line.utf8.count + 1)
                return readLine()
            }
            try check(answer)
        }
    }

    private func check(_ answer: String) throws(TestBrokerError) {
        guard !["started", "stopped", "crashed"].contains(answer) else { return }
        throw TestBrokerError(reason: answer.isEmpty ? "the script ended" : answer)
    }

    private func readLine() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why there is no broker to test with.
package struct TestBrokerError: Error, CustomStringConvertible {
    package let reason: String

    package var description: String {
        "The tests need a Kafka broker (infra/setup.sh tests fetches it into .tools): \(reason)"
    }
}

// MARK: Starting

extension TestBroker {
    /// A port of 127.0.0.1 that nobody listens on.
    package static func freePort() throws(TestBrokerError) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw TestBrokerError(reason: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    static func spawn(_ words: [String], input: Int32, output: Int32) throws(TestBrokerError) -> pid_t {
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
        // A group of its own: Ctrl-C reaches the tests, and the script tidies up behind them. Threads of Dispatch take no
        // signals; the broker is to take them.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestBrokerError(reason: "\(words[0]) can't be started: error \(code)") }
        return pid
    }

    static func blocking<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(Failure) in try body() })
            }
        }
        return try result.get()
    }
}
