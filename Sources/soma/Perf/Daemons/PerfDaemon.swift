import Glibc
import SomaClient
import SomaCore
import SomaTerminal

/// The real daemon on a measurement's folder.
struct PerfDaemon: Sendable {
    let process: PerfProcess
    let client: DaemonClient
    let folder: PerfFolder

    /// Starts it; it may not answer yet.
    ///
    /// - Parameter wrapper: A program that becomes the daemon, with its arguments.
    static func start(_ folder: PerfFolder, under wrapper: [String] = []) throws -> PerfDaemon {
        let client: DaemonClient
        do throws(ClientError) {
            client = try DaemonClient(.unix(path: folder.socket))
        } catch {
            throw CommandFailure(error)
        }
        let process = try PerfProcess.start(
            wrapper + [
                Daemon.executable, "--config", folder.config, "--data-dir", folder.data,
                "--listen", "unix:\(folder.socket)",
            ],
            home: folder.path,
            output: folder.log
        )
        PerfInterrupt.watch(process.pid)
        return PerfDaemon(process: process, client: client, folder: folder)
    }

    /// Waits until `/readyz` answers 200, and gives how long that took from its start.
    func untilReady(within limit: Duration = .seconds(30)) async throws -> Duration {
        while ContinuousClock.now - process.startedAt < limit {
            if (try? await client.isReady()) == true { return ContinuousClock.now - process.startedAt }
            guard !process.hasEnded else { break }
            try await Task.sleep(for: .milliseconds(1))
        }
        await end(SIGKILL)
        let said = SafeText.lines(folder.lastWords).suffix(5).joined(separator: "\n")
        throw CommandFailure(.failed, "The daemon did not get ready.\(said.isEmpty ? "" : "\n\(said)")")
    }

    /// Sends a signal and waits for its end.
    @discardableResult
    func end(_ signal: Int32) async -> PerfProcess.End {
        let end = await process.end(signal).end
        PerfInterrupt.watch(0)
        await client.close()
        return end
    }

    /// Starts a run of the measurement's role.
    func startRun(_ number: Int) async throws -> ReceiptDocument {
        try await client.start(
            StartRunDocument(
                goal: "work \(number)",
                role: PerfFolder.role,
                runbook: PerfFolder.runbook,
                workspace: folder.workspace
            ),
            key: RunID.random().rawValue
        )
    }
}

/// Says on standard error how far a measurement is: on a terminal in one living line, elsewhere now and then a line.
struct PerfProgress: Sendable {
    private let isTerminal = Out.capture == nil && isatty(STDERR_FILENO) == 1

    /// - Parameter isMilestone: Whether it is worth a line of its own where there is no terminal.
    func say(_ text: String, isMilestone: Bool = true) {
        if isTerminal {
            Out.write("\r\u{1B}[K\(text)", to: STDERR_FILENO)
        } else if isMilestone {
            Out.note(text)
        }
    }

    /// Clears the living line.
    func end() { if isTerminal { Out.write("\r\u{1B}[K", to: STDERR_FILENO) } }
}
