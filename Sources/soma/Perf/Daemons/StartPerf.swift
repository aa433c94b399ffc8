import Glibc
import SomaCore

/// `soma perf start`: how long whole processes take: `soma ps` against a running daemon, and `somad` on an empty
/// data folder until it is ready.
struct StartPerf {
    var rounds: Int
    var starts: Int
    /// Where folders are made.
    var parent: String?
    let progress: PerfProgress

    func measure() async throws -> JSON {
        var ready: [Double] = []
        for number in 1...starts {
            progress.say("somad: \(number) of \(starts)", isMilestone: number == 1)
            let folder = try PerfFolder(beneath: parent)
            defer { folder.remove() }
            try folder.prepareAsShipped()
            let daemon = try PerfDaemon.start(folder)
            ready.append(try await daemon.untilReady().seconds * 1000)
            await daemon.end(SIGTERM)
        }
        let ps = try await listings()
        progress.end()
        return [
            "ps_runs": JSON(rounds),
            "ps_ms": .double(Self.median(ps)),
            "ps_max_ms": .double(ps.max() ?? 0),
            "ready_runs": JSON(starts),
            "ready_ms": .double(Self.median(ready)),
            "ready_max_ms": .double(ready.max() ?? 0),
        ]
    }

    private func listings() async throws -> [Double] {
        let folder = try PerfFolder(beneath: parent)
        defer { folder.remove() }
        try folder.prepareAsShipped()
        let daemon = try PerfDaemon.start(folder)
        _ = try await daemon.untilReady()
        var took: [Double] = []
        for number in 1...rounds {
            progress.say("soma ps: \(number) of \(rounds)", isMilestone: number == 1)
            let words = [Self.soma, "ps", "--config", folder.config, "--daemon", "unix:\(folder.socket)"]
            let process = try PerfProcess.start(words, home: folder.path, output: folder.log)
            let (end, elapsed) = await process.end()
            guard end == .exited(0) else {
                await daemon.end(SIGKILL)
                throw CommandFailure(.failed, "soma ps \(end).\n\(folder.lastWords)")
            }
            took.append(elapsed.seconds * 1000)
        }
        await daemon.end(SIGTERM)
        return took
    }

    /// The program beside the daemon, as it is installed.
    private static var soma: String {
        let folder = Daemon.executable.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/soma"
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
