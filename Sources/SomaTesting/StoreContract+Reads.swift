import SomaCore
import SomaEngine

extension StoreContract {
    static let reads: [Case] = [
        Case("an empty store has nothing") { store in
            try expectEqual(try await store.head(), .start, "the head")
            try expectEqual(try await store.runs(RunFilter()), [], "the runs")
            try expectEqual(try await store.run(RunID("none"), at: nil), nil, "a run")
            try expectEqual(try await store.runIDs(prefix: ""), [], "the ids")
            try expectEqual(try await store.transitions(after: .start, limit: 10), [], "the log")
            try expectEqual(
                try await store.transitions(of: RunID("none"), after: 0, limit: 10),
                [],
                "a run's log"
            )
        },
        Case("the secret has 32 bytes and stays") { store in
            let secret = try await store.contentSecret()
            try expectEqual(secret.count, 32, "its length")
            try expect(Set(secret).count > 8, "it is not random")
            try expectEqual(try await store.contentSecret(), secret, "the secret")
        },
        Case("a fork's state before it branched off is that of the run it comes from") { store in
            var origin = ContractRun("origin")
            _ = try await store.append([origin.group(origin.work(10))])
            let forked = (7...9).map { seq in
                Transition(
                    run: RunID("fork"),
                    seq: seq,
                    at: Timestamp(microseconds: 1_800_000_000_000_000 + Int64(seq)),
                    kind: seq == 7 ? .runForked : .factObserved,
                    body: seq == 7 ? ["from": "origin", "at": 6] : JSONObject()
                )
            }
            _ = try await store.append([
                CommitGroup(run: RunID("fork"), transitions: forked, content: [], snapshots: [])
            ])
            let shared = try await store.run(RunID("fork"), at: 4)
            try expectEqual(shared, try await store.run(origin.id, at: 4), "the state that is shared")
            try expectEqual(shared?.seq, 4, "its place")
            try expectEqual(try await store.run(RunID("fork"), at: 8)?.seq, 8, "the fork's own")
        },
        Case("the log is read in pages, by run and as a whole") { store in
            var runs = [ContractRun("page-a"), ContractRun("page-b")]
            var given: [Transition] = []
            for index in 0..<40 {
                let rows = runs[index % 2].work(index % 3 + 1)
                given += rows
                _ = try await store.append([runs[index % 2].group(rows, snapshot: index % 5 == 0)])
            }
            var place = Position.start
            var log: [Transition] = []
            while true {
                let page = try await store.transitions(after: place, limit: 7)
                try expect(page.count <= 7, "a page has \(page.count) rows")
                guard let last = page.last else { break }
                log += page.map(\.transition)
                place = last.position
            }
            try expectEqual(log, given, "the whole log")
            for run in runs {
                let rest = try await store.transitions(of: run.id, after: 3, limit: 5)
                try expectEqual(rest.map(\.transition), Array(run.transitions[3..<8]), "a page of a run")
                let end = try await store.transitions(of: run.id, after: run.state.seq, limit: 5)
                try expectEqual(end, [], "what follows the end")
                try expectEqual(try await store.transitions(of: run.id, after: 0, limit: 0), [], "no rows")
            }
            try expectEqual(try await store.transitions(after: .start, limit: 0), [], "no rows")
        },
        Case("a state is the fold of the log, at every transition, with stored states and without") { store in
            for every in [0, 1, 4] {
                var run = ContractRun("fold-\(every)")
                var states = [run.state]
                for index in 1...24 {
                    let rows = run.work(1)
                    states.append(run.state)
                    let isDue = every > 0 && index % every == 0
                    _ = try await store.append([run.group(rows, snapshot: isDue)])
                }
                for (seq, state) in states.enumerated() {
                    try expectEqual(try await store.run(run.id, at: seq), state, "the state at \(seq)")
                }
                try expectEqual(try await store.run(run.id, at: nil), run.state, "the state")
                try expectEqual(try await store.run(run.id, at: 1000), run.state, "the state beyond the end")
            }
        },
        Case("a run of thousands of transitions reads whole") { store in
            var run = ContractRun("long")
            for index in 0..<25 {
                let rows = run.work(200)
                _ = try await store.append([run.group(rows, snapshot: index == 3)])
            }
            try expectEqual(try await store.run(run.id, at: nil), run.state, "the state")
            let log = try await store.transitions(of: run.id, after: 0, limit: 10_000)
            try expectEqual(log.map(\.transition), run.transitions, "the log")
            let part = try await store.transitions(after: .start, limit: 4500)
            try expectEqual(part.map(\.transition), Array(run.transitions.prefix(4500)), "a long page")
            try expectEqual(try await store.runs(RunFilter()), [run.state], "the list")
        },
        Case("runs are listed the latest started first, by end, place and number") { store in
            var runs: [ContractRun] = []
            for index in 0..<12 {
                // Two start at the same moment; the later written one is the later one.
                var run = ContractRun("list-\(index)", start: 1_700_000_000 + Int64(index / 2))
                run.work(2 + index % 3)
                if index % 3 == 0 { run.next(.runCompleted) }
                _ = try await store.append([run.group(run.transitions, snapshot: index % 2 == 0)])
                runs.insert(run, at: 0)
            }
            let states = runs.map(\.state)
            try expectEqual(try await store.runs(RunFilter()), states, "all")
            try expectEqual(
                try await store.runs(RunFilter(ended: false)),
                states.filter { !$0.status.isTerminal },
                "unfinished"
            )
            try expectEqual(
                try await store.runs(RunFilter(ended: true)),
                states.filter(\.status.isTerminal),
                "ended"
            )
            try expectEqual(
                try await store.runs(RunFilter(after: states[4].id, limit: 3)),
                Array(states[5..<8]),
                "a page"
            )
            try expectEqual(
                try await store.runs(RunFilter(ended: false, after: states[2].id, limit: 2)),
                Array(states[3...].filter { !$0.status.isTerminal }.prefix(2)),
                "a page of the unfinished"
            )
            try expectEqual(try await store.runs(RunFilter(after: states[11].id)), [], "after the last")
            try expectEqual(
                try await store.runs(RunFilter(after: RunID("none"))),
                [],
                "after a run that isn't"
            )
            try expectEqual(try await store.runs(RunFilter(limit: 0)), [], "none")
        },
        Case("ids are found by their beginning, in order, twenty at most") { store in
            let names = (0..<25).map { "ab\($0 + 10)" } + ["b%", "b_", "b'", "B", "é1"]
            for name in names {
                var run = ContractRun(name)
                _ = try await store.append([run.group(run.work(1))])
            }
            func find(_ prefix: String) async throws -> [String] {
                try await store.runIDs(prefix: prefix).map(\.rawValue)
            }
            try expectEqual(try await find("ab1"), (10..<20).map { "ab\($0)" }, "ab1")
            try expectEqual(try await find("ab"), (10..<30).map { "ab\($0)" }, "ab")
            try expectEqual(try await find("b%"), ["b%"], "b%")
            try expectEqual(try await find("b_"), ["b_"], "b_")
            try expectEqual(try await find("b'"), ["b'"], "b'")
            try expectEqual(try await find("é"), ["é1"], "é")
            try expectEqual(try await find("x\u{0}"), [], "a NUL")
            try expectEqual(try await store.runIDs(prefix: "").count, 20, "all")
        },
    ]
}
