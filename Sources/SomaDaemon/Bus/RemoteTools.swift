import SomaAgents
import SomaCore
import SomaEngine
import SomaKafka

/// An orchestrator's part in having tools performed by executors.
struct RemoteTools: Sendable {
    let effects: RemoteEffects
    private let bus: DaemonBus
    private let name: String

    /// - Parameters:
    ///   - local: Performs models, and the tools that only read and write the store.
    ///   - traces: What of the traces is exported; `nil` where none are.
    init(
        _ local: any EffectHandler,
        _ calls: any ToolCallStore,
        _ bus: DaemonBus,
        name: String,
        _ traces: TraceSampling?
    ) {
        self.bus = bus
        self.name = name
        effects = RemoteEffects(
            local: local,
            calls: calls,
            isRemote: { !MemoryTools.names.contains($0) },
            traces: traces
        ) { calls in
            let now = SystemWallClock().now
            await bus.say(
                calls.sorted { $0.key < $1.key }.map { call, trace in
                    ToolCallNotice(call).record(
                        ToolCallNotice.wanted,
                        topic: bus.topics.toolRequests,
                        at: now,
                        trace: trace
                    )
                }
            )
        }
    }

    /// Hears what becomes of calls, until cancelled.
    func run(_ engine: Engine) async {
        // Each process hears of all results: only one of them waits for each.
        let work = TopicWork(
            bus: bus,
            topic: bus.topics.toolResults,
            group: bus.topics.group("orchestrator.\(name)"),
            start: .latest
        ) { [effects] message in
            let call = try ToolCallNotice(message, ToolCallNotice.over).call
            await effects.over([call], isInDoubt: { await engine.isInDoubt($0) }) { call, result in
                await engine.ended(late: call, result)
            }
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await bus.open()
                await work.run()
            }
            group.addTask {
                await effects.watch { call, result in await engine.ended(late: call, result) }
            }
        }
    }
}
