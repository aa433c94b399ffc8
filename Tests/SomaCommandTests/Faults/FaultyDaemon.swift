import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import Testing

@testable import soma

/// The real daemon with system calls that fail, on a folder of its own.
enum FaultyDaemon {

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder<Value>(_ body: (PerfFolder) async throws -> Value) async throws -> Value {
        let folder = try PerfFolder(beneath: nil)
        defer { folder.remove() }
        return try await body(folder)
    }

    /// Starts a daemon.
    ///
    /// - Parameter faults: What `strace` injects, such as `fsync:error=EIO:when=5+`; it counts for each thread. The
    ///   calls are traced.
    static func start(_ folder: PerfFolder, faults: [String]) throws -> PerfDaemon {
        let calls = Set(faults.flatMap { $0.prefix { $0 != ":" }.split(separator: ",") } + ["pwrite64"])
        var wrapper = ["strace", "-D", "-f", "-y", "-qq", "-o", Self.tracePath(folder)]
        wrapper += ["-e", "trace=" + calls.sorted().joined(separator: ",")]
        for fault in faults { wrapper += ["-e", "inject=" + fault] }
        return try PerfDaemon.start(folder, under: wrapper)
    }

    static func tracePath(_ folder: PerfFolder) -> String { folder.path + "/trace" }

    /// The calls that were traced, in order, one a line.
    static func trace(_ folder: PerfFolder) throws -> [String] {
        String(decoding: try InputFile.bytes(tracePath(folder)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// Waits until a daemon is ready, or has ended, which is `false`.
    static func untilReady(_ daemon: PerfDaemon) async throws -> Bool {
        while !daemon.process.hasEnded {
            if (try? await daemon.client.isReady()) == true { return true }
            try await Task.sleep(for: .milliseconds(2))
        }
        return false
    }

    /// Waits for the daemon's end, but not for ever.
    static func end(_ daemon: PerfDaemon, within limit: Duration = .seconds(30)) async throws
        -> PerfProcess.End
    {
        let deadline = ContinuousClock.now + limit
        while !daemon.process.hasEnded, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        if !daemon.process.hasEnded { Issue.record("The daemon did not end: \(daemon.folder.lastWords)") }
        return await daemon.end(SIGKILL)
    }

    /// What became of what the witness saw, from the file of the store.
    static func comparison(_ witness: Witness, _ folder: PerfFolder) async throws -> CrashResult {
        var result = CrashResult()
        let lines = LineFile("\(folder.workspace)/\(PerfFolder.Step.file)")
        try await result.compare(witness, folder, lines)
        return result
    }
}
