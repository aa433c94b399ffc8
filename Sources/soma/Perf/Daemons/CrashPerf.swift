import Glibc
import SomaClient
import SomaCore

/// `soma perf crash`: the real daemon is killed again and again while runs append lines to a file with a tool that
/// must not be called twice; somebody outside remembers what was acknowledged and compares it with what is left.
///
/// A call in doubt is settled by looking into the file, as a person would, so that all runs go on to their end: a
/// wrong doubt, a missing one and a call that is made twice all leave a line too many or too few.
struct CrashPerf {
    var kills: Int
    var runs: Int
    var seed: UInt64
    var steps = PerfFolder.stepsMax
    /// How long after it was ready the daemon is killed, in milliseconds.
    var delay: ClosedRange<Int> = 20...300
    let folder: PerfFolder
    let progress: PerfProgress
    private let lines: LineFile

    private static let tool = "append_line"
    private static let concurrency = 16

    init(kills: Int, runs: Int, seed: UInt64, folder: PerfFolder, progress: PerfProgress) {
        self.kills = kills
        self.runs = runs
        self.seed = seed
        self.folder = folder
        self.progress = progress
        lines = LineFile("\(folder.workspace)/\(PerfFolder.Step.file)")
    }

    /// What was measured, and whether everything held.
    func measure() async throws -> (report: JSON, holds: Bool) {
        try folder.prepare(.append, steps: steps, runs: runs)
        let witness = Witness(tool: Self.tool)
        let numbers = PerfNumbers()
        var generator = PerfGenerator(seed: seed)
        var result = CrashResult()
        let began = ContinuousClock.now
        for kill in 1...kills {
            let wait = Int.random(in: delay, using: &generator)
            result.ready.append(
                try await life(witness, numbers, feeds: true) { daemon in
                    if kill == 1 { try await untilAllWork(witness) }
                    try await Task.sleep(for: .milliseconds(wait))
                    let end = await daemon.end(SIGKILL)
                    guard end != .killed(SIGKILL) else { return }
                    result.findings.append("before kill \(kill) the daemon \(end) by itself")
                }
            )
            progress.say(
                "kill \(kill) of \(kills): \(witness.transitions) transitions, \(witness.working) runs at work",
                isMilestone: kill % max(1, kills / 10) == 0
            )
        }
        progress.say("letting everything come to its end")
        result.ready.append(
            try await life(witness, numbers, feeds: false) { daemon in
                try await untilAllEnded(witness, &result)
                let end = await daemon.end(SIGTERM)
                if end != .exited(0) { result.findings.append("told to end, the daemon \(end)") }
            }
        )
        result.seconds = (ContinuousClock.now - began).seconds
        progress.say("comparing what was acknowledged with what is left")
        try await result.compare(witness, folder, lines)
        result.findUnaskedRuns(asked: numbers.given)
        progress.end()
        return (result.report(self), result.holds)
    }

    /// One life of the daemon: followed, kept busy and helped out of doubt until `until` has ended it.
    ///
    /// - Returns: How long it took from its start until it was ready.
    private func life(
        _ witness: Witness,
        _ numbers: PerfNumbers,
        feeds: Bool,
        until: (PerfDaemon) async throws -> Void
    ) async throws -> Duration {
        let daemon = try PerfDaemon.start(folder)
        let ready = try await daemon.untilReady()
        let client = daemon.client
        let follower = Task { await witness.follow(client) }
        let helper = Task { await settle(witness, client) }
        let feeder = Task { if feeds { await feed(witness, numbers, daemon) } }
        do {
            try await until(daemon)
        } catch {
            await daemon.end(SIGKILL)
            throw error
        }
        feeder.cancel()
        helper.cancel()
        // What it still sent before it died has been acknowledged too.
        for task in [follower, helper, feeder] { await task.value }
        return ready
    }

    /// Starts runs in the place of those that have ended.
    private func feed(_ witness: Witness, _ numbers: PerfNumbers, _ daemon: PerfDaemon) async {
        while !Task.isCancelled {
            let missing = min(runs - witness.working, Self.concurrency)
            await withTaskGroup { group in
                for _ in 0..<max(0, missing) {
                    group.addTask {
                        if let receipt = try? await daemon.startRun(numbers.next()) { witness.take(receipt) }
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Looks into the file and says of each call in doubt whether it has happened. Nothing writes late: whoever made
    /// the call is dead.
    private func settle(_ witness: Witness, _ client: DaemonClient) async {
        var asked: Set<Witness.Doubt> = []
        while !Task.isCancelled {
            let doubts = witness.doubts.filter { !asked.contains($0) }.prefix(Self.concurrency)
            if !doubts.isEmpty, let words = try? await client.content(doubts.compactMap(\.arguments)),
                let lines = try? lines.read()
            {
                asked.formUnion(doubts)
                await withTaskGroup { group in
                    for doubt in doubts {
                        group.addTask {
                            guard let arguments = doubt.arguments, let line = LineFile.line(words[arguments])
                            else { return }
                            let receipt = try? await client.settle(
                                doubt.run.rawValue,
                                effect: doubt.effect,
                                happened: lines[line, default: 0] > 0
                            )
                            if let receipt { witness.take(receipt) }
                        }
                    }
                }
            }
            // A call that was started once more after its doubt can't be in doubt again before the next death.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func untilAllWork(_ witness: Witness) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while witness.runs.values.count(where: { $0.ledger.seq > 1 }) < runs {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .failed,
                    "Only \(witness.working) of \(runs) runs have begun after 60 s."
                )
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func untilAllEnded(_ witness: Witness, _ result: inout CrashResult) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while witness.working > 0 {
            guard ContinuousClock.now < deadline else {
                result.findings.append("\(witness.working) runs have not come to their end in 120 s")
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
