import SomaCore
import SomaEngine

extension StoreContract {
    static let writes: [Case] = [
        Case("what is appended is given back with rising places, as it was") { store in
            var run = ContractRun("append")
            let given = run.work(5)
            let stored = try await store.append([run.group(given)])
            try expectEqual(stored.map(\.transition), given, "the transitions given back")
            try expectEqual(stored.map(\.bytes), given.map { $0.cloudEvent() }, "their bytes")
            try expect(
                zip(stored, stored.dropFirst()).allSatisfy { $0.position < $1.position },
                "places don't rise"
            )
            try expectEqual(try await store.head(), stored[4].position, "the head")
            try expectEqual(try await store.transitions(after: .start, limit: 10), stored, "the log")
            try expectEqual(
                try await store.transitions(of: run.id, after: 0, limit: 10),
                stored,
                "the run's log"
            )
        },
        Case("a group may hold a run and the children that it starts") { store in
            var parent = ContractRun("parent")
            var child = ContractRun("child")
            let rows = parent.work(2) + child.work(1) + parent.work(1) + child.work(2)
            let group = CommitGroup(
                run: parent.id,
                transitions: rows,
                content: [],
                snapshots: [parent.state, child.state]
            )
            let stored = try await store.append([group])
            try expectEqual(stored.map(\.transition), rows, "the transitions given back")
            try expectEqual(try await store.run(child.id, at: nil), child.state, "the child's state")
            try expectEqual(try await store.run(parent.id, at: nil), parent.state, "the parent's state")
        },
        Case("a transition that is not its run's next one is a conflict, and nothing is written") { store in
            var run = ContractRun("conflict")
            var other = ContractRun("other")
            _ = try await store.append([run.group(run.work(3))])
            let head = try await store.head()
            let good = other.group(other.work(2), content: [word("written?", 1)])
            run.work(3)
            for wrong in [run.transitions[0], run.transitions[2], run.transitions[4]] {
                try await expect(.conflict, "seq \(wrong.seq) after 3") { () async throws(StoreError) in
                    _ = try await store.append([good, run.group([wrong])])
                }
            }
            try await expect(.conflict, "a repeated seq in one batch") { () async throws(StoreError) in
                _ = try await store.append([
                    good, run.group([run.transitions[3]]), run.group([run.transitions[3]]),
                ])
            }
            try await expect(.conflict, "a run that doesn't start at 1") { () async throws(StoreError) in
                _ = try await store.append([
                    good, ContractRun("new").group([renamed(run.transitions[3], "new")]),
                ])
            }
            try expectEqual(try await store.head(), head, "the head after conflicts")
            try expectEqual(try await store.run(other.id, at: nil), nil, "the other group's run")
            try expectEqual(try await store.content([word("written?", 1).id]), [:], "the other group's words")
            _ = try await store.append([good, run.group(Array(run.transitions[3...]))])
            try expectEqual(try await store.run(run.id, at: nil), run.state, "the state after going on")
        },
        Case("a stored state must be the one after the transitions") { store in
            var run = ContractRun("snapshot")
            run.work(4)
            let early = run.state
            let rest = run.work(2)
            _ = try await store.append([run.group(Array(run.transitions.prefix(4)))])
            try await expect(.conflict, "an old state") { () async throws(StoreError) in
                _ = try await store.append([
                    CommitGroup(run: run.id, transitions: rest, content: [], snapshots: [early])
                ])
            }
            _ = try await store.append([run.group(rest, snapshot: true)])
            try expectEqual(try await store.run(run.id, at: nil), run.state, "the state")
        },
        Case("of writers that race for the same transition exactly one wins") { store in
            var run = ContractRun("race")
            for _ in 0..<20 {
                let row = run.work(1)
                let group = run.group(row)
                let outcomes = await withTaskGroup(of: StoreError.Kind?.self) { tasks in
                    for _ in 0..<4 {
                        tasks.addTask {
                            do throws(StoreError) {
                                _ = try await store.append([group])
                                return nil
                            } catch { return error.kind }
                        }
                    }
                    return await tasks.reduce(into: []) { $0.append($1) }
                }
                try expectEqual(outcomes.count { $0 == nil }, 1, "winners at seq \(row[0].seq)")
                try expectEqual(outcomes.count { $0 == .conflict }, 3, "losers at seq \(row[0].seq)")
            }
            try expectEqual(try await store.run(run.id, at: nil), run.state, "the state after the race")
        },
        Case("runs that write at the same time all get in") { store in
            let runs = (0..<16).map { index in
                var run = ContractRun("parallel-\(index)")
                run.work(12)
                return run
            }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for run in runs {
                    tasks.addTask {
                        for start in stride(from: 0, to: 12, by: 3) {
                            _ = try await store.append([run.group(Array(run.transitions[start..<start + 3]))])
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let log = try await store.transitions(after: .start, limit: 1000)
            try expectEqual(log.count, 16 * 12, "the length of the log")
            try expectEqual(log.last?.position, try await store.head(), "the head")
            try expectEqual(Set(log.map(\.position)).count, log.count, "different places")
            for run in runs {
                try expectEqual(
                    log.map(\.transition).filter { $0.run == run.id },
                    run.transitions,
                    "the log of \(run.id)"
                )
            }
        },
        Case("appending nothing writes nothing") { store in
            try expectEqual(try await store.append([]), [], "what is given back")
            try expectEqual(try await store.append([ContractRun("none").group([])]), [], "what is given back")
            try expectEqual(try await store.head(), .start, "the head")
        },
        Case("what this version doesn't know, and any text, comes back as it was") { store in
            let texts = [
                "", "'; DROP TABLE run; --", "\u{0}\u{1B}[31m", "\u{1F468}\u{200D}\u{1F469}", "\u{202E}abc",
                "\\\"/",
            ]
            for (index, text) in texts.enumerated() {
                let transition = Transition(
                    run: RunID("any-\(index)"),
                    seq: 1,
                    at: Timestamp(microseconds: 1),
                    kind: .unknown("vendor.later.v9"),
                    tenant: text,
                    subject: text,
                    agent: text,
                    node: text,
                    trace: text,
                    body: ["text": .string(text)],
                    content: [ContentReference(text, word("x", 1).id)],
                    unknown: ["later": [.string(text), .null, .int(.max), .double(0.1)]]
                )
                let group = CommitGroup(
                    run: transition.run,
                    transitions: [transition],
                    content: [],
                    snapshots: []
                )
                _ = try await store.append([group])
                let found = try await store.transitions(of: transition.run, after: 0, limit: 1)
                try expectEqual(found.map(\.transition), [transition], "the transition")
            }
        },
    ]

    static func renamed(_ transition: Transition, _ run: String) -> Transition {
        var transition = transition
        transition.run = RunID(run)
        return transition
    }

    static func word(_ text: String, _ id: UInt64, subject: String = "local") -> Content {
        Content(
            id: ContentID(high: id &* 0x9E37_79B9_7F4A_7C15, low: id),
            subject: subject,
            words: Words(text)
        )
    }
}
