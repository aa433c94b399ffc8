import Glibc
import SomaCore

/// Starts a daemon that outlives whoever starts it.
package struct DaemonSpawner: Sendable {
    /// The executable, by its path.
    package var executable: String
    /// Its arguments, without its name.
    package var arguments: [String]
    /// Its environment; `nil` for this process's own.
    package var environment: [String: String]?
    /// Where what it says goes.
    package var logPath: String
    /// How long it may take to answer.
    package var within: Duration

    /// Describes how to start a daemon.
    package init(
        executable: String,
        arguments: [String],
        environment: [String: String]? = nil,
        logPath: String,
        within: Duration = .seconds(10)
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.logPath = logPath
        self.within = within
    }

    /// Makes sure that a daemon answers a client, starting one where none does.
    ///
    /// Two that start one at the same time are no harm: the lock of the data folder lets one live, and both
    /// attach to it. A socket that a dead daemon has left is taken by the new one.
    ///
    /// - Returns: Whether a daemon was started by this call and lives.
    /// - Throws: `.noDaemon` with what the daemon said last where it doesn't come up; `.version` where one of
    ///   another version runs.
    @discardableResult
    package func spawn(for client: DaemonClient) async throws(ClientError) -> Bool {
        if try await answers(client) { return false }
        let logStart = size(of: logPath)
        var child: pid_t? = try start()
        let deadline = ContinuousClock.now + within
        var giveUpAt = deadline
        while ContinuousClock.now < giveUpAt, !Task.isCancelled {
            if try await answers(client) { return child != nil }
            if let pid = child, hasEnded(pid) {
                child = nil
                // Another one may have been quicker: it holds the lock and will answer in a moment.
                giveUpAt = min(deadline, ContinuousClock.now + .seconds(1))
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        let said = tail(from: logStart)
        throw ClientError(
            .noDaemon,
            "The daemon did not come up\(said.isEmpty ? "." : ":\n\(said)")\nIts log is \(logPath)."
        )
    }

    private func answers(_ client: DaemonClient) async throws(ClientError) -> Bool {
        do throws(ClientError) {
            let health: HealthDocument = try await client.get("/healthz")
            return !health.status.isEmpty
        } catch {
            guard error.kind == .noDaemon, !error.isSilent else { throw error }
            return false
        }
    }

    /// `POSIX_SPAWN_SETSID` of glibc and musl, which their headers hide from Swift.
    private static let newSession: Int32 = 0x80

    /// What this process has open is not for a daemon that outlives it.
    private func keepDescriptors() {
        guard let folder = opendir("/proc/self/fd") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let descriptor = Int32(name), descriptor > 2 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    private func start() throws(ClientError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        keepDescriptors()
        // A session of its own: it outlives the terminal and gets none of its signals.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Self.newSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var pid: pid_t = 0
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let variables = (environment ?? [:]).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        let code =
            environment == nil
            ? posix_spawn(&pid, executable, &actions, &attributes, words, environ)
            : posix_spawn(&pid, executable, &actions, &attributes, words, variables)
        guard code == 0 else {
            throw ClientError(
                .noDaemon,
                "Could not start \(executable): \(String(cString: strerror(code))). "
                    + "See that somad is installed beside soma, and that \(logPath) can be written."
            )
        }
        return pid
    }

    private func hasEnded(_ pid: pid_t) -> Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) != 0
    }

    private func size(of path: String) -> off_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }

    /// What the daemon has said since, its last lines.
    private func tail(from start: off_t) -> String {
        let descriptor = open(logPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let from = max(start, size(of: logPath) - off_t(buffer.count))
        let count = pread(descriptor, &buffer, buffer.count, from)
        guard count > 0 else { return "" }
        let lines = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").suffix(5)
        return lines.joined(separator: "\n")
    }
}
