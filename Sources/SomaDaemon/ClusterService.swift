import Logging
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaPostgres
import SomaSettings

/// Keeps a process's part of a cluster at work, and leaves it so that nobody waits for a lease to end.
struct ClusterService: Service {
    /// How long others are told, at the end, that the runs are free.
    private static let leaveTime: Duration = .milliseconds(500)

    private let parts: ClusterParts
    private let engine: Engine?
    private let runsActiveMax: Int
    private let readiness: Readiness
    private let ending: Ending
    private let logger: Logger

    init(
        _ parts: ClusterParts,
        _ engine: Engine?,
        _ settings: Settings,
        _ readiness: Readiness,
        _ ending: Ending,
        _ logger: Logger
    ) {
        self.parts = parts
        self.engine = engine
        runsActiveMax = settings.runsActiveMax
        self.readiness = readiness
        self.ending = ending
        self.logger = logger
    }

    func run() async throws {
        let news = parts.store.news
        var tasks: [Task<Void, Never>] = []
        if let follower = parts.follower {
            do throws(StoreError) {
                try await follower.begin()
            } catch {
                throw DaemonError(error.description)
            }
            tasks.append(Task { await follower.run() })
            tasks.append(Task { await news.follow(.log, follower.bell) })
            tasks.append(Task { [outputs = parts.store.outputs] in await outputs.follow(follower.hub) })
            tasks.append(Task { [asker = parts.asker] in await asker.run() })
        }
        tasks.append(Task { [inbox = parts.inbox] in await inbox.follow() })
        if let engine {
            let inbox = parts.inbox
            // Commands may have waited for just these runs.
            let share = LeaseWork(engine, runsActiveMax: runsActiveMax) { inbox.commands.ring() }
            tasks.append(Task { await share.run() })
            tasks.append(Task { await news.follow(.lease, share.bell) })
            let work = InboxWork(engine, inbox, runsActiveMax: runsActiveMax)
            tasks.append(Task { await work.run() })
            await engine.useLateResults { call, result in
                let command = EngineCommand.late(
                    call.run.id,
                    effect: call.effect,
                    attempt: call.attempt,
                    result
                )
                // Without it a person settles what became of the call.
                _ = try? await inbox.put(command, key: "late \(call.idempotencyKey)/\(call.attempt)")
            }
        }
        readiness.state = .ready
        let failure = await ended()
        if let count = await engine?.runsUnwritten, count > 0, failure == nil {
            logger.warning(
                "What \(count) runs had come to was not written, since the store did not answer: they go on where their logs end."
            )
        }
        for task in tasks { task.cancel() }
        // Also where this task is cancelled by now: others would wait for the leases to end. Where the store is away, they
        // have to.
        await TimeLimit.wait(atMost: min(Self.leaveTime, ending.left)) { [parts, tasks] in
            for task in tasks { await task.value }
            await parts.leases?.leave()
        }
        if let failure { throw DaemonError("The store has failed, so nothing more is decided: \(failure)") }
    }

    /// Waits until the process is told to end and has drained, or its store has failed for good.
    private func ended() async -> StoreError? {
        guard let engine else {
            try? await gracefulShutdown()
            return nil
        }
        return await withTaskCancellationOrGracefulShutdownHandler {
            await engine.failedOrDrained()
        } onCancelOrGracefulShutdown: {
            Task { [ending] in await engine.drain(grace: ending.grace) }
        }
    }
}
