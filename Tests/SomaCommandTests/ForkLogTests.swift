import SomaCore
import Testing

@testable import soma

@Suite("Logs of forks, and what is remembered", .timeLimit(.minutes(2)))
struct ForkLogTests {
    @Test("a fork's log begins with what it shares, also with the run that its own origin comes from")
    func inherited() async throws {
        try await CommandHarness.withDaemon { harness in
            try harness.write("main.swift", "print(\"hello\")\n")
            let run = await harness.soma("run", "survey .", "--workspace", harness.workspace)
            #expect(run.code == 0, "\(run.notes)")
            let runs = try await harness.soma("ps", "--all", "--role", "researcher", "--json").json()
            let root = try #require(runs.array?.first?["id"]?.string)
            func fork(_ run: String, at seq: Int) async throws -> String {
                let fork = await harness.soma("fork", run, "--at", "\(seq)", "--json")
                #expect(fork.code == 0, "\(fork.notes)")
                let id = try #require(try fork.json()["run"]?.string)
                #expect(await harness.soma("wait", id).code == 0)
                return id
            }
            /// The last place before a seq where a decision is complete, which is where forks begin.
            func place(_ run: String, before seq: Int) async throws -> Int {
                let log = try await harness.soma("log", run, "--json").output.split(separator: "\n")
                    .map { try Transition(cloudEvent: $0.utf8) }
                return try #require(log.last { $0.seq < seq && $0.more == 0 }?.seq)
            }
            let shared = try await place(root, before: 21)
            let first = try await fork(root, at: shared)
            let (late, early) = (try await place(first, before: 31), try await place(root, before: 10))
            #expect(early < shared && shared < late)
            // One from the fork's own part, and one from before it branched off.
            for (at, wanted) in [
                (late, [(root, 1...shared), (first, shared + 1...late)]), (early, [(root, 1...early)]),
            ] {
                let second = try await fork(first, at: at)
                let log = await harness.soma("log", second, "--json")
                let events = try log.output.split(separator: "\n").map { try Transition(cloudEvent: $0.utf8) }
                #expect(events.map(\.seq) == Array(1...events.count), "no gap and no repeat")
                for (run, range) in wanted {
                    #expect(
                        events[(range.lowerBound - 1)..<range.upperBound].allSatisfy {
                            $0.run.rawValue == run
                        }
                    )
                }
                #expect(events[at...].allSatisfy { $0.run.rawValue == second })
                #expect(events[at].kind == .runForked)

                let text = await harness.soma("log", second).output.split(separator: "\n")
                let marked = text.filter { $0.contains(" \(TransitionText.inheritedMark) ") }
                #expect(marked.count == at)
                #expect(text.prefix(at).elementsEqual(marked))
                let own = await harness.soma("log", second, "--own", "--json").output.split(separator: "\n")
                #expect(own.count == events.count - at)
            }

            let memory = await harness.soma("memory", "--workspace", harness.workspace, "--json")
            let latest = try #require(try memory.json().array)
            // The survey, and its three forks, each of which committed.
            #expect(latest.filter { $0["title"]?.string?.hasPrefix("survey-repository") == true }.count == 4)
            #expect(latest.last?["run"]?.string == root)
            let page = await harness.soma("memory", "--workspace", harness.workspace, "--limit", "2")
            #expect(page.notes == "There is more: --limit 10\n")
            let none = await harness.soma("memory", "--workspace", "/")
            #expect(none.code == 0)
            #expect(none.notes == "Nothing is remembered of /.\n")
        }
    }
}
