import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaPostgres

/// Performs the calls to tools of runs that other processes decide about.
struct ToolExecutorService: Service {
    let executor: ToolExecutor
    let bus: DaemonBus
    let callsMax: Int
    /// Tells whether the calls can be taken.
    let watch: StoreWatch
    let readiness: Readiness
    let ending: Ending

    init(
        _ store: PostgresStore,
        _ handler: any EffectHandler,
        _ bus: DaemonBus,
        name: String,
        callsMax: Int,
        _ traces: TraceSampling?,
        _ readiness: Readiness,
        _ ending: Ending
    ) {
        self.bus = bus
        self.callsMax = callsMax
        self.ending = ending
        self.readiness = readiness
        watch = StoreWatch(store.address) { _ = try await store.head() }
        executor = ToolExecutor(name: name, store: store, handler: handler, traces: traces) { call, trace in
            await bus.say([
                ToolCallNotice(call).record(
                    ToolCallNotice.over,
                    topic: bus.topics.toolResults,
                    at: SystemWallClock().now,
                    trace: trace
                )
            ])
        }
    }

    func run() async throws {
        // All executors are its members.
        let group = bus.topics.group("tool-executor")
        let work = TopicWork(bus: bus, topic: bus.topics.toolRequests, group: group) {
            [executor, callsMax] message in
            let call = try ToolCallNotice(message, ToolCallNotice.wanted).call
            await executor.waitForRoom(below: callsMax)
            try await executor.accept(call)
        }
        // What it still lacks is told by name.
        readiness.state = .ready
        let taking = Task {
            await bus.open()
            await work.run()
        }
        let holding = Task { await executor.holdOn() }
        let looking = Task { await executor.lookAround(upTo: callsMax) }
        let watching = Task { await watch.run() }
        try? await gracefulShutdown()
        // Nothing more is taken; the partitions go to others at once.
        taking.cancel()
        looking.cancel()
        await executor.drain(grace: ending.grace, limit: ending.callsLimit)
        holding.cancel()
        watching.cancel()
        await taking.value
        await bus.close()
    }
}
