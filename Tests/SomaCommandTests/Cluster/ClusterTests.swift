import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import Testing

@testable import soma

@Suite("A cluster of daemons", .serialized, .timeLimit(.minutes(5)))
struct ClusterTests {
    @Test("Killed in the middle of its work, a daemon's runs go on in another, and nothing is done twice")
    func killed() async throws {
        try await ClusterRig.with(steps: 40) { rig in
            let (first, second) = (try rig.start("a"), try rig.start("b"))
            try await rig.with([first, second]) {
                try await first.ready()
                try await second.ready()
                var runs: [RunID] = []
                for index in 0..<24 {
                    runs.append(try await rig.run(by: index % 2 == 0 ? first.client : second.client))
                }
                #expect(try await eventually { rig.lines.count > 40 })
                #expect(try await first.end(SIGKILL) == 128 + SIGKILL)
                try await rig.finish(runs, by: second.client)
                try await rig.audit(runs, steps: 40, by: second.client)
            }
        }
    }

    @Test(
        "Stopped for longer than its leases last and continued, a daemon writes nothing more for runs that others took"
    )
    func stopped() async throws {
        try await ClusterRig.with(steps: 60) { rig in
            let (first, second) = (try rig.start("a"), try rig.start("b"))
            try await rig.with([first, second]) {
                try await first.ready()
                try await second.ready()
                var runs: [RunID] = []
                for _ in 0..<16 { runs.append(try await rig.run(by: first.client)) }
                #expect(try await eventually { rig.lines.count > 20 })
                kill(first.pid, SIGSTOP)
                #expect(try await eventually { try await second.leases() > 0 })
                try await Task.sleep(for: .milliseconds(300))
                kill(first.pid, SIGCONT)
                try await rig.finish(runs, by: second.client)
                try await rig.audit(runs, steps: 60, by: second.client)
                // It found out, and is one of them again.
                #expect(try await eventually { first.words.contains("are over") }, "\(first.words)")
                #expect(try await eventually { try await first.client.isReady() })
                let run = try await rig.run(by: first.client)
                try await rig.finish([run], by: first.client)
            }
        }
    }

    @Test("Told to end, a daemon hands its runs over: nobody waits for a lease to end, and no work is lost")
    func rolling() async throws {
        try await ClusterRig.with(steps: 50) { rig in
            let first = try rig.start("a", lease: "120s")
            var members = [first]
            try await rig.with(members) {
                try await first.ready()
                var runs: [RunID] = []
                for _ in 0..<12 { runs.append(try await rig.run(by: first.client)) }
                #expect(try await eventually { rig.lines.count > 10 })
                let second = try rig.start("b", lease: "120s")
                members.append(second)
                try await rig.with([second]) {
                    try await second.ready()
                    let start = ContinuousClock.now
                    #expect(try await first.end() == 0)
                    #expect(ContinuousClock.now - start < .seconds(10))
                    try await rig.finish(runs, by: second.client)
                    #expect(ContinuousClock.now - start < .seconds(40))
                    try await rig.audit(runs, steps: 50, by: second.client)
                    // Nothing was in doubt: what was under way has ended before.
                    for run in runs {
                        let log = try await second.client.transitions(of: run, after: 0).transitions
                        #expect(!log.contains { $0.kind == .effectInDoubt })
                        #expect(!log.contains { $0.body["after"]?.string == "crash" })
                    }
                }
            }
        }
    }

    @Test(
        "A gateway without an engine is as good as a whole daemon: start, follow, answer, list, and who holds what"
    )
    func roles() async throws {
        try await ClusterRig.with(steps: 40) { rig in
            let gateway = try rig.start("g", role: "gateway", ["--set", "cluster.answer_within=1s"])
            try await rig.with([gateway]) {
                try await gateway.ready()
                // Nobody is there to do it.
                let refused = await refusal { try await rig.run(by: gateway.client) }
                #expect(refused?.contains("No orchestrator took this up") == true, "\(refused ?? "started")")
                let worker = try rig.start("o", role: "orchestrator")
                try await rig.with([worker]) {
                    try await worker.ready()
                    #expect(try await worker.client.health() == "ok")
                    let position = try await gateway.client.fleet().position
                    let run = try await rig.run(by: gateway.client, key: "once")
                    #expect(try await rig.run(by: gateway.client, key: "once") == run)
                    try await rig.finish([run], by: gateway.client)
                    try await rig.audit([run], steps: 40, by: gateway.client)
                    // The fleet and the stream, as beside an engine.
                    let fleet = try await gateway.client.fleet()
                    #expect(fleet.runs.map(\.id) == [run])
                    #expect(fleet.runs.first?.status == .completed)
                    #expect(fleet.position != position)

                    try Data("teh line\n".utf8).write(
                        to: URL(filePath: rig.perf.workspace + "/note.txt")
                    )
                    let waits = try await rig.run("work", by: gateway.client)
                    let paused = try await gateway.client.steer(waits.rawValue, "pause")
                    #expect([.paused, .completed].contains(paused.status))
                    let document = try await gateway.client.run(waits.rawValue)
                    #expect(document.seq >= paused.seq)
                    if !document.status.isTerminal {
                        #expect(document.holder?.hasPrefix(worker.holder) == true, "\(document.holder ?? "")")
                        #expect(document.holderHeardAt != nil)
                        _ = try await gateway.client.steer(waits.rawValue, "resume")
                    }
                    try await rig.finish([waits], by: gateway.client)
                    let late = await refusal { _ = try await gateway.client.steer(waits.rawValue, "pause") }
                    #expect(late?.contains("has ended") == true, "\(late ?? "taken")")
                    // An orchestrator answers nothing but how it is.
                    let hidden = await refusal { _ = try await worker.client.fleet() }
                    #expect(hidden?.contains("no such path") == true, "\(hidden ?? "told")")
                    #expect(try await worker.leases() == 0)
                }
            }
        }
    }

    @Test(
        "When a daemon with hundreds of runs is killed, all of them are at work again within 6 s of leases of 5 s"
    )
    func takeover() async throws {
        try await ClusterRig.with(steps: 1) { rig in
            let agents = CommandHarness.root + "/agents"
            let first = try rig.start("a", lease: "5s", agents: agents)
            try await rig.with([first]) {
                try await first.ready()
                try Data("teh line\n".utf8).write(to: URL(filePath: rig.perf.workspace + "/note.txt"))
                let client = first.client
                let workspace = rig.perf.workspace
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            for _ in 0..<25 {
                                _ = try await client.start(
                                    StartRunDocument(
                                        goal: "replace teh with the in note.txt",
                                        workspace: workspace
                                    )
                                )
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await eventually { try await first.leases() == 500 })
                let second = try rig.start("b", lease: "5s", agents: agents)
                try await rig.with([second]) {
                    try await second.ready()
                    kill(first.pid, SIGKILL)
                    let start = ContinuousClock.now
                    _ = try await Place.end(of: first.pid)
                    let isTaken = try await eventually(within: .seconds(12)) {
                        try await second.client.runs(status: "unfinished").runs.allSatisfy {
                            $0.counts.recoveries > 0 && $0.holder?.hasPrefix(second.holder) == true
                        }
                    }
                    #expect(isTaken)
                    print("500 runs are at work again after \(ContinuousClock.now - start)")
                    // On a machine that other tests keep busy, some more.
                    #expect(ContinuousClock.now - start < .seconds(8))
                }
            }
        }
    }

    private func refusal<Value>(_ body: () async throws -> Value) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch { return "\(error)" }
    }
}
