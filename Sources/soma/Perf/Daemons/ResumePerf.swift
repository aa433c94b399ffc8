import Glibc
import SomaClient
import SomaCore
import Synchronization

/// `soma perf resume`: many runs in the middle of work lose their daemon to SIGKILL; how long until the next one has
/// all of them at work again.
///
/// A run counts as resumed when its `run.resumed` has come over the stream, and as working when a transition of
/// work has come after that. Both are durable by then.
struct ResumePerf {
    var runs: Int
    var rounds: Int
    let folder: PerfFolder
    let progress: PerfProgress

    /// One round's figures, in milliseconds since the new daemon was started.
    struct Figures: Sendable {
        var ready = 0.0
        var resumed = 0.0
        var working = 0.0
    }

    func measure() async throws -> JSON {
        try folder.prepare(.read, steps: PerfFolder.stepsMax, runs: runs)
        let witness = Witness(tool: "read_file")
        var figures: [Figures] = []
        var daemon = try await first(witness)
        for round in 1...rounds {
            progress.say("round \(round) of \(rounds): \(witness.transitions) transitions so far")
            try await Task.sleep(for: .milliseconds(100))
            await daemon.end(SIGKILL)
            guard witness.working == runs else {
                throw CommandFailure(.failed, "\(runs - witness.working) runs have ended by themselves.")
            }
            let (next, result) = try await again(witness)
            daemon = next
            figures.append(result)
        }
        await daemon.end(SIGKILL)
        progress.end()
        func median(_ figure: (Figures) -> Double) -> JSON {
            .double(figures.map(figure).sorted()[figures.count / 2])
        }
        return [
            "runs": JSON(runs),
            "rounds": JSON(rounds),
            "transitions": JSON(witness.transitions),
            "ready_ms": median(\.ready),
            "resumed_ms": median(\.resumed),
            "working_ms": median(\.working),
            "working_max_ms": .double(figures.map(\.working).max() ?? 0),
            "rounds_working_ms": .array(figures.map { .double($0.working) }),
        ]
    }

    /// Starts the first daemon and all runs, and waits until every one has called its tool.
    private func first(_ witness: Witness) async throws -> PerfDaemon {
        let daemon = try PerfDaemon.start(folder)
        _ = try await daemon.untilReady()
        let client = daemon.client
        Task { await witness.follow(client) }
        progress.say("starting \(runs) runs")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<runs {
                if number >= 16 { try await group.next() }
                group.addTask { witness.take(try await daemon.startRun(number)) }
            }
            try await group.waitForAll()
        }
        try await until("not every run has called its tool", daemon) {
            witness.runs.values.count { !$0.ledger.calls.isEmpty } == runs
        }
        return daemon
    }

    /// Starts the next daemon and waits until all runs work again.
    private func again(_ witness: Witness) async throws -> (PerfDaemon, Figures) {
        let arrivals = Arrivals()
        let daemon = try PerfDaemon.start(folder)
        let client = daemon.client
        let started = daemon.process.startedAt
        var figures = Figures()
        Task {
            // The stream is there as soon as somebody listens; it says when the runs are.
            while (try? await client.isReady()) == nil, ContinuousClock.now - started < .seconds(30) {
                try? await Task.sleep(for: .milliseconds(1))
            }
            await witness.follow(client) { arrivals.take($0, after: ContinuousClock.now - started) }
        }
        figures.ready = try await daemon.untilReady().seconds * 1000
        try await until("not every run works again", daemon) { arrivals.working.count >= runs }
        figures.resumed = arrivals.resumed.last * 1000
        figures.working = arrivals.working.last * 1000
        return (daemon, figures)
    }

    private func until(_ what: String, _ daemon: PerfDaemon, _ isDone: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !isDone() {
            guard ContinuousClock.now < deadline, !daemon.process.hasEnded else {
                await daemon.end(SIGKILL)
                throw CommandFailure(.failed, "After 120 s \(what).\n\(folder.lastWords)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// When runs were taken up, and when they worked again.
private final class Arrivals: Sendable {
    struct Phase: Sendable {
        var count = 0
        /// When the last one came, in seconds.
        var last = 0.0
    }

    private struct State {
        var phases: [RunID: Bool] = [:]
        var resumed = Phase()
        var working = Phase()
    }

    private let state = Mutex(State())

    var resumed: Phase { state.withLock { $0.resumed } }
    var working: Phase { state.withLock { $0.working } }

    func take(_ transition: Transition, after elapsed: Duration) {
        state.withLock { state in
            if transition.kind == .runResumed {
                guard state.phases.updateValue(false, forKey: transition.run) == nil else { return }
                state.resumed = Phase(count: state.resumed.count + 1, last: elapsed.seconds)
            } else if state.phases[transition.run] == false {
                state.phases[transition.run] = true
                state.working = Phase(count: state.working.count + 1, last: elapsed.seconds)
            }
        }
    }
}
