import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import SomaDaemon
import SomaSettings
import Testing

@testable import soma

/// A daemon of this test's own, in this process, and commands that are run against it.
struct CommandHarness {
    let folder: String
    let workspace: String
    let socket: String

    /// The project's root, found from this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// What a command did.
    struct Outcome {
        let code: Int32
        let output: String
        let notes: String

        /// The one JSON document on standard output.
        func json() throws -> JSON { try JSON.parse(output) }
    }

    /// Runs `body` with a daemon at work, and ends the daemon afterwards.
    static func withDaemon(_ body: @Sendable (CommandHarness) async throws -> Void) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let workspace = folder + "/work"
        mkdir(workspace, 0o755)
        let harness = CommandHarness(folder: folder, workspace: workspace, socket: folder + "/s")
        var options = DaemonOptions()
        options.flags = [
            .init(key: "data_dir", values: [folder + "/data"]),
            .init(key: "listen", values: ["unix:" + harness.socket]),
            .init(key: "agents_dir", values: [root + "/agents"]),
            .init(key: "log.level", values: ["error"]),
        ]
        options.workingFolder = folder
        let daemon = try SomaDaemon.Daemon(options)
        let task = Task { try await daemon.run() }
        defer { task.cancel() }
        try await harness.untilReady()
        try await body(harness)
    }

    private func untilReady() async throws {
        let client = try DaemonClient(.unix(path: socket))
        for _ in 0..<1000 {
            if (try? await client.daemon())?.isReady == true { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("The daemon did not answer.")
    }

    /// Runs a command line against the daemon.
    func soma(_ arguments: String...) async -> Outcome {
        await CommandHarness.soma(arguments + ["--daemon", "unix:\(socket)"])
    }

    /// Runs a command line.
    static func soma(_ arguments: [String]) async -> Outcome {
        let capture = OutputCapture()
        let code = await Out.$capture.withValue(capture) { await Main.run(arguments) }
        return Outcome(code: code, output: capture.text(STDOUT_FILENO), notes: capture.text(STDERR_FILENO))
    }

    /// Writes a file into the workspace.
    func write(_ name: String, _ text: String) throws {
        let path = workspace + "/" + name
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}

/// Folders that go away again.
enum TemporaryFolder {
    static func make() throws -> String {
        var template = Array("/tmp/soma-test-XXXXXX".utf8CString)
        let made = mkdtemp(&template) != nil
        try #require(made)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }
}
