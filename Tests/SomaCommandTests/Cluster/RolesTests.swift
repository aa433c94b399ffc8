import FoundationEssentials
import Glibc
import KafkaFixture
import Logging
import SomaClient
import SomaCore
import SomaEngine
import SomaKafka
import SomaPostgres
import Testing

@testable import soma

@Suite("Four roles, each a process", .serialized, .timeLimit(.minutes(5)))
struct RolesTests {
    /// A cluster with a process for each role.
    private struct Cluster {
        let rig: ClusterRig
        let broker: TestBroker
        var topics = Topics()
        private var more: [String] {
            let prefix = topics.prefix.isEmpty ? [] : ["--set", "kafka.topic_prefix=\(topics.prefix)"]
            return [
                "--kafka", broker.address, "--set", "kafka.assignment=range", "--set",
                "kafka.session_timeout=6s", "--agents-dir", rig.perf.agents,
            ] + prefix
        }

        func start(_ name: String, _ role: String, _ settings: [String] = []) throws -> ClusterRig.Member {
            try rig.start(name, role: role, more + settings.flatMap { ["--set", $0] })
        }

        /// Runs a body with a process for each of these roles, once all are ready.
        ///
        /// - Parameter settings: Something that is set for a role.
        func with(
            _ roles: [String],
            _ settings: [String: String] = [:],
            _ body: ([ClusterRig.Member]) async throws -> Void
        ) async throws {
            var members: [ClusterRig.Member] = []
            for (index, role) in roles.enumerated() {
                members.append(try start("\(role)-\(index)", role, [settings[role]].compactMap(\.self)))
            }
            try await rig.with(members) {
                for member in members { try await member.ready() }
                try await body(members)
            }
        }

        /// Expects that Kafka has every transition of runs, in order, once repeats are dropped.
        func auditTopic(_ runs: [RunID], by client: DaemonClient) async throws {
            var options = KafkaOptions(brokers: [broker.address])
            options.assignment = .range
            let consumer = try await KafkaConsumer.open(
                options,
                group: "test.audit",
                topics: [topics.transitions],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            var wanted: [RunID: Int] = [:]
            for run in runs { wanted[run] = try await client.run(run.rawValue).seq }
            var last: [RunID: Int] = [:]
            while wanted.contains(where: { last[$0.key] ?? 0 < $0.value }) {
                let messages = try await consumer.next(max: 1000, within: .seconds(20))
                #expect(!messages.isEmpty, "\(last) of \(wanted)")
                if messages.isEmpty { break }
                for message in messages {
                    let transition = try Transition(cloudEvent: message.value ?? [])
                    #expect(message.key == Array(transition.run.rawValue.utf8))
                    let seq = last[transition.run] ?? 0
                    if transition.seq <= seq { continue }
                    #expect(transition.seq == seq + 1, "\(transition.run)")
                    last[transition.run] = transition.seq
                }
            }
            await consumer.close()
        }

        /// How many calls each executor has performed, as the store knows it.
        func calls() async throws -> [String: Int] {
            let pool = try PostgresPool(try PostgresOptions(url: rig.store))
            let rows = try await pool.query(
                "SELECT executor, count(*) FROM soma.tool_call WHERE result IS NOT NULL GROUP BY 1"
            )
            var calls: [String: Int] = [:]
            for row in rows { calls[try row.textOrNil(0) ?? "nobody"] = Int(try row.int8(1)) }
            await pool.close()
            return calls
        }
    }

    private static let four = ["gateway", "conversation-worker", "orchestrator", "tool-executor"]

    private static func with(
        steps: Int = 10,
        topics: Topics = Topics(),
        _ body: (Cluster) async throws -> Void
    ) async throws {
        let broker = try await TestBroker.start()
        try await ClusterRig.with(steps: steps) { rig in
            try await body(Cluster(rig: rig, broker: broker, topics: topics))
        }
    }

    @Test(
        "a message goes through gateway, worker, orchestrator and executor, and its answer comes back, in order"
    )
    func conversation() async throws {
        // Under names of its own, and with one partition for all.
        try await Self.with(topics: Topics(prefix: "east.")) { cluster in
            try await cluster.with(Self.four, ["gateway": "kafka.partitions=1"]) { members in
                let (gateway, worker) = (members[0], members[1])
                let (orchestrator, executor) = (members[2], members[3])
                let client = gateway.client
                let conversation = try await client.converse(
                    StartConversationDocument(role: PerfFolder.role, workspace: cluster.rig.perf.workspace),
                    key: "talk"
                )
                for index in 0..<3 { _ = try await client.say("work", in: conversation.id, key: "\(index)") }
                var messages: [MessageDocument] = []
                let isAnswered = try await eventually {
                    messages = try await client.messages(of: conversation.id, after: 0).messages
                    return messages.filter { $0.author == "agent" }.count == 3
                }
                #expect(isAnswered, "\(worker.words)\n\(orchestrator.words)\n\(executor.words)")
                let answers = messages.filter { $0.author == "agent" }
                #expect(answers.map(\.answers) == [1, 2, 3])
                #expect(answers.allSatisfy { $0.status == "completed" })
                let runs = answers.compactMap(\.run)
                try await cluster.rig.audit(runs, steps: 10, by: client)
                // One began when the other had ended.
                var last = WireTime(Timestamp(microseconds: 0))
                for run in runs {
                    let document = try await client.run(run.rawValue)
                    #expect(document.startedAt.timestamp >= last.timestamp)
                    last = document.lastAt
                }
                let calls = try await cluster.calls()
                #expect(calls.keys.allSatisfy { $0.hasPrefix(executor.holder) }, "\(calls)")
                #expect(calls.values.reduce(0, +) >= 30)
                try await cluster.auditTopic(runs, by: client)
                let admin = try await KafkaAdmin.open(KafkaOptions(brokers: [cluster.broker.address]))
                #expect(try await admin.topics().allSatisfy { $0.isInternal || $0.name.hasPrefix("east.") })
                await admin.close()
            }
        }
    }

    @Test("executors and workers that are killed, stopped or told to end lose nothing and do nothing twice")
    func trouble() async throws {
        try await Self.with(steps: 30) { cluster in
            try await cluster.with(["gateway", "orchestrator", "tool-executor", "tool-executor"]) { members in
                let (gateway, orchestrator) = (members[0], members[1])
                let (first, second) = (members[2], members[3])
                var runs: [RunID] = []
                for _ in 0..<12 { runs.append(try await cluster.rig.run(by: gateway.client)) }
                #expect(try await eventually { cluster.rig.lines.count > 40 }, "\(orchestrator.words)")
                #expect(try await first.end(SIGKILL) == 128 + SIGKILL)
                let third = try cluster.start("third", "tool-executor")
                try await cluster.rig.with([third]) {
                    try await third.ready()
                    #expect(try await eventually { cluster.rig.lines.count > 120 }, "\(orchestrator.words)")
                    #expect(try await second.end() == 0)
                    try await cluster.rig.finish(runs, by: gateway.client)
                    try await cluster.rig.audit(runs, steps: 30, by: gateway.client)
                }
            }
        }
    }

    @Test("what a tool prints in an executor is seen at the gateway while it runs")
    func output() async throws {
        try await Self.with { cluster in
            let role = "\(cluster.rig.perf.agents)/\(PerfFolder.role)"
            try Data("description: Prints.\ntools: [shell]\n".utf8)
                .write(to: URL(filePath: role + "/config.yaml"))
            let command = "for n in 1 2 3 4 5 6; do echo line $n; sleep 0.3; done"
            let book = """
                name: \(PerfFolder.runbook)
                version: 1
                description: Prints.
                matches: [work]
                steps:
                  - {id: print, title: Print, tool: shell, arguments: {command: "\(command)"}}
                report: Done.

                """
            try Data(book.utf8)
                .write(to: URL(filePath: "\(role)/runbooks/\(PerfFolder.runbook).yaml"))
            try await cluster.with(["gateway", "orchestrator", "tool-executor"]) { members in
                let (gateway, executor) = (members[0], members[2])
                let events = gateway.client.attach()
                let run = try await cluster.rig.run(by: gateway.client)
                var printed = ""
                var finished: Set<Int> = []
                reading: for try await event in events {
                    switch event {
                    case .output(let output) where output.run == run && !finished.contains(output.effect):
                        printed += String(decoding: output.bytes, as: UTF8.self)
                    case .transition(let transition, _) where transition.run == run:
                        if transition.kind == .effectFinished, let effect = transition.body["effect"]?.int {
                            finished.insert(effect)
                        }
                        if transition.kind.isTerminal { break reading }
                    default: continue
                    }
                }
                #expect(printed.contains("line 1\nline 2\nline 3\n"), "\(printed) \(executor.words)")
                try await cluster.rig.finish([run], by: gateway.client)
            }
        }
    }

    @Test("what can't be handled is put aside with the reason, and what comes after it goes on")
    func poison() async throws {
        try await Self.with { cluster in
            // A dead letter with all of the large message in it is too large for it.
            try await cluster.with(Self.four, ["tool-executor": "kafka.message_bytes=64KiB"]) { members in
                let (gateway, worker, executor) = (members[0], members[1], members[3])
                var options = KafkaOptions(brokers: [cluster.broker.address])
                options.assignment = .range
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let producer = try await KafkaProducer.open(options, logger: logger)
                let newer = ToolCallNotice(ToolCall(run: RunID("x"), effect: 1, attempt: 1))
                    .record(
                        "soma.tool.requested.v9",
                        topic: Topics().toolRequests,
                        at: Timestamp(microseconds: 0)
                    )
                for topic in [Topics().toolRequests, Topics().inbound] {
                    for value in ["{", "{}", "\u{1B}[2J"] {
                        try await producer.send([
                            BusRecord(topic: topic, key: Array("k".utf8), value: Array(value.utf8))
                        ])
                    }
                }
                let large = [UInt8](repeating: 0x7B, count: 500_000)
                let stranger = BusHeader("soma_store", "another")
                try await producer.send([
                    newer, BusRecord(topic: Topics().toolRequests, key: nil, value: large),
                    BusRecord(topic: Topics().toolRequests, key: nil, value: nil, headers: [stranger]),
                ])
                let client = gateway.client
                let conversation = try await client.converse(
                    StartConversationDocument(role: PerfFolder.role, workspace: cluster.rig.perf.workspace),
                    key: "talk"
                )
                _ = try await client.say("work", in: conversation.id, key: "1")
                #expect(
                    try await eventually {
                        try await client.messages(of: conversation.id, after: 0).messages.last?.author
                            == "agent"
                    },
                    "\(worker.words)\n\(executor.words)"
                )
                for (topic, count) in [(Topics().toolRequests, 5), (Topics().inbound, 3)] {
                    let consumer = try await KafkaConsumer.open(
                        options,
                        group: "test.\(topic)",
                        topics: [DeadLetter.topic(of: topic)],
                        logger: logger
                    )
                    var letters: [DeadLetter] = []
                    while letters.count < count {
                        let messages = try await consumer.next(max: 10, within: .seconds(20))
                        if messages.isEmpty { break }
                        letters += messages.compactMap(DeadLetter.init(stored:))
                    }
                    #expect(letters.count == count, "\(topic)")
                    #expect(letters.count { $0.isWithoutValue } == (count == 5 ? 1 : 0))
                    #expect(letters.allSatisfy { $0.origin.topic == topic && !$0.reason.isEmpty })
                    await consumer.close()
                }
                await producer.close()
                // Messages of another cluster are nobody's fault, and no letters.
                #expect(
                    try await eventually { executor.words.contains("kafka.topic_prefix") },
                    "\(executor.words)"
                )
            }
        }
    }
}
