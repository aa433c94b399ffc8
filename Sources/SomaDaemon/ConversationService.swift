import Logging
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway

/// Answers messages: told of those that are posted, of runs that end, and looking now and then for what nobody told of.
struct ConversationService: Service {
    /// How many conversations are looked at at a time.
    private static let workers = 8
    /// How often conversations without an answer are looked for. A message whose teller died, or whose run could not
    /// be started just then, waits no longer.
    private static let sweepInterval = Duration.seconds(5)
    private static let sweepMax = 1000

    let worker: ConversationWorker
    let queue: ConversationQueue
    let store: any ConversationStore
    let engine: any EngineClient
    let readiness: Readiness
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for _ in 0..<Self.workers { group.addTask { await work() } }
                group.addTask { await sweep() }
                group.addTask { await follow() }
            }
        }
    }

    private func work() async {
        while let id = await queue.next() {
            do throws(ConversationError) {
                try await worker.advance(id)
            } catch {
                // At an orderly end others go on with it.
                if Task.isCancelled { return }
                logger.warning("A conversation has to wait: \(error)", metadata: ["conversation": "\(id)"])
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            if readiness.state == .ready { await addUnanswered() }
            do { try await Task.sleep(for: Self.sweepInterval) } catch { return }
        }
    }

    private func addUnanswered() async {
        do throws(StoreError) {
            for id in try await store.unanswered(limit: Self.sweepMax) { queue.add(id) }
        } catch {
            if Task.isCancelled { return }
            logger.warning("Messages without an answer could not be looked for: \(error)")
        }
    }

    private func follow() async {
        let hub = engine.hub
        var cursor = hub.cursor
        while !Task.isCancelled, !hub.isClosed {
            let news = hub.news(since: cursor)
            cursor = news.transitions == nil ? hub.cursor : news.cursor
            guard let transitions = news.transitions else {
                // Ends that were missed are found in the store.
                await addUnanswered()
                continue
            }
            for stored in transitions {
                guard [.runCompleted, .runFailed, .runCancelled].contains(stored.transition.kind) else {
                    continue
                }
                let state = await engine.state(of: stored.transition.run)
                if let id = state?.conversation { queue.add(id) }
            }
            if transitions.isEmpty { await hub.wait(since: cursor) }
        }
    }
}
