import Glibc
import SomaClient
import SomaCore
import SomaSQLite
import Testing

@testable import soma

@Suite("The real daemon on a disk that fails", .timeLimit(.minutes(5)))
struct StorageFaultTests {
    @Test(
        "after the first failed sync nothing is written any more, nothing acknowledged is lost, and the next start is clean",
        arguments: [2, 3, 5, 8, 13, 30]
    )
    func failedSync(position: Int) async throws {
        try await FaultyDaemon.withFolder { folder in
            try folder.prepare(.read, steps: PerfFolder.stepsMax, runs: 8)
            let witness = Witness(tool: "read_file")
            let daemon = try FaultyDaemon.start(
                folder,
                faults: ["fsync,fdatasync:error=EIO:when=\(position)+"]
            )
            // It may fail before it is ready: that, too, is an end.
            if try await FaultyDaemon.untilReady(daemon) {
                let client = daemon.client
                let follower = Task { await witness.follow(client) }
                for number in 0..<8 {
                    guard let receipt = try? await daemon.startRun(number) else { continue }
                    witness.take(receipt)
                }
                #expect(try await FaultyDaemon.end(daemon) == .exited(1))
                await follower.value
            } else {
                #expect(try await FaultyDaemon.end(daemon) == .exited(1))
            }
            let said = folder.lastWords
            #expect(said.contains("disk I/O error") || said.contains("Input/output error"), "\(said)")
            // Of folders SQLite doesn't look at the answer; the store does, once all of its files are there.
            let trace = try FaultyDaemon.trace(folder).filter { $0.contains("/soma.db") }
            let first = trace.firstIndex { $0.contains("(INJECTED)") } ?? trace.endIndex
            #expect(trace[first...].filter { !$0.contains("(INJECTED)") } == [])

            let next = try PerfDaemon.start(folder)
            _ = try await next.untilReady()
            #expect(await next.end(SIGTERM) == .exited(0))
            let result = try await FaultyDaemon.comparison(witness, folder)
            #expect([result.lost, result.changed] == [0, 0])
            let store = try await SQLiteStore.open(readOnly: folder.store)
            #expect(try await store.check().problems == [])
            try await store.close()
        }
    }

    @Test("on a full disk it waits and says so, and goes on by itself when there is room")
    func full() async throws {
        try await FaultyDaemon.withFolder { folder in
            try folder.prepare(.append, steps: 6, runs: 100)
            let witness = Witness(tool: "append_line")
            let daemon = try FaultyDaemon.start(folder, faults: ["pwrite64:error=ENOSPC:when=100..103"])
            _ = try await daemon.untilReady()
            let client = daemon.client
            let follower = Task { await witness.follow(client) }
            var refusal: ClientError?
            var health: Set<String> = []
            var isUnready = false
            let deadline = ContinuousClock.now + .seconds(60)
            var number = 0
            while ContinuousClock.now < deadline, refusal == nil || !isUnready || witness.working > 0 {
                health.insert(try await client.health())
                if try await !client.isReady() { isUnready = true }
                if refusal == nil, number < 90 {
                    number += 1
                    do {
                        witness.take(try await daemon.startRun(number))
                    } catch let error as ClientError {
                        refusal = error
                    }
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(refusal?.kind == .refused(507))
            #expect(refusal?.problem?.code == "store.full")
            #expect(refusal?.description.contains("the disk is full") == true)
            #expect(isUnready)
            #expect(health.count == 2 && health.contains("ok"))
            #expect(health.contains { $0.contains("Make room; the store goes on by itself.") }, "\(health)")
            #expect(witness.working == 0)
            #expect(try await client.isReady())
            #expect(await daemon.end(SIGTERM) == .exited(0))
            await follower.value
            let said = folder.lastWords
            #expect(said.contains("There is room again"), "\(said)")
            let result = try await FaultyDaemon.comparison(witness, folder)
            #expect(result.findings == [])
        }
    }

    @Test("a daemon that was killed leaves a socket and a lock that are in nobody's way")
    func stale() async throws {
        try await FaultyDaemon.withFolder { folder in
            try folder.prepareAsShipped()
            for _ in 1...2 {
                let daemon = try PerfDaemon.start(folder)
                _ = try await daemon.untilReady()
                #expect(await daemon.end(SIGKILL) == .killed(SIGKILL))
                #expect(access(folder.socket, F_OK) == 0)
                let listing = await CommandHarness.soma(["ps", "--daemon", "unix:\(folder.socket)"])
                #expect(listing.code == 3)
                #expect(listing.notes.contains("soma daemon start"), "\(listing.notes)")
            }
        }
    }

    @Test("a second daemon on the same data is told who has it")
    func second() async throws {
        try await FaultyDaemon.withFolder { folder in
            try folder.prepareAsShipped()
            let first = try PerfDaemon.start(folder)
            _ = try await first.untilReady()
            for socket in [folder.socket, folder.path + "/t"] {
                let (end, said) = try await Refusal.ended(folder, ["--listen", "unix:\(socket)"])
                #expect(end == .exited(1))
                #expect(said.contains("the daemon with pid \(first.process.pid) on "), "\(said)")
                #expect(said.contains("soma daemon stop"))
            }
            #expect(try await first.client.isReady())
            await first.end(SIGTERM)
        }
    }

    @Test(
        "what keeps it from starting is said with what to do, and with the exit code for it",
        arguments: Refusal.all
    )
    func refused(refusal: Refusal) async throws {
        try await FaultyDaemon.withFolder { folder in
            try folder.prepareAsShipped()
            let (end, said) = try await refusal.ended(folder)
            #expect(end == .exited(refusal.code), "\(said)")
            for text in refusal.says { #expect(said.contains(text), "\(said)") }
            #expect(said.split(separator: "\n").count == 1, "\(said)")
        }
    }
}

/// A way in which a daemon can't start.
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    let says: [String]
    var faults: [String] = []
    /// What is added to the command line, from the folder's path.
    var arguments: @Sendable (String) -> [String] = { _ in [] }
    /// Makes what is in the way.
    var prepare: @Sendable (PerfFolder) -> Void = { _ in }

    static let all: [Refusal] = [
        Refusal(
            testDescription: "a data folder that is a file",
            code: 2,
            says: ["config.yaml", "it is not a folder", "--data-dir"],
            arguments: { ["--data-dir", $0 + "/config.yaml"] }
        ),
        Refusal(
            testDescription: "a data folder on a read-only disk",
            code: 2,
            says: ["/data", "read-only", "--data-dir"],
            faults: ["faccessat,faccessat2:error=EROFS"]
        ),
        Refusal(
            testDescription: "a data folder that can't be made",
            code: 2,
            says: ["/proc/soma", "--data-dir"],
            arguments: { _ in ["--data-dir", "/proc/soma"] }
        ),
        Refusal(
            testDescription: "a full disk",
            code: 1,
            says: ["soma.db", "the disk is full", "Make room, then start again."],
            faults: ["pwrite64:error=ENOSPC"]
        ),
        Refusal(
            testDescription: "a disk that can't sync",
            code: 1,
            says: ["soma.db", "disk I/O error"],
            faults: ["fsync,fdatasync:error=EIO"]
        ),
        Refusal(
            testDescription: "a socket path that is too long",
            code: 2,
            says: ["at most 107", "--listen"],
            arguments: { ["--listen", "unix:\($0)/" + String(repeating: "x", count: 108)] }
        ),
        Refusal(
            testDescription: "a file where the socket should be",
            code: 1,
            says: ["something that is no socket is in the way", "--listen"],
            prepare: { symlink($0.config, $0.socket) }
        ),
    ]

    func ended(_ folder: PerfFolder) async throws -> (PerfProcess.End, String) {
        prepare(folder)
        return try await Self.ended(folder, arguments(folder.path), faults: faults)
    }

    /// Starts a daemon that is expected to end, and gives what it said. Later options win over the usual ones.
    static func ended(_ folder: PerfFolder, _ arguments: [String], faults: [String] = []) async throws
        -> (PerfProcess.End, String)
    {
        var words: [String] = []
        if !faults.isEmpty {
            words = ["strace", "-D", "-f", "-qq", "-o", "/dev/null"]
            for fault in faults { words += ["-e", "inject=" + fault] }
        }
        words += [Daemon.executable, "--config", folder.config]
        if !arguments.contains("--data-dir") { words += ["--data-dir", folder.data] }
        if !arguments.contains("--listen") { words += ["--listen", "unix:\(folder.socket)"] }
        let output = folder.path + "/said"
        unlink(output)
        let process = try PerfProcess.start(words + arguments, home: folder.path, output: output)
        let deadline = ContinuousClock.now + .seconds(30)
        while !process.hasEnded, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        let end = await process.end(process.hasEnded ? nil : SIGKILL).end
        return (end, String(decoding: try InputFile.bytes(output), as: UTF8.self))
    }
}
