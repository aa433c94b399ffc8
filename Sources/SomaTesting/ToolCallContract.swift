import SomaCore
public import SomaEngine

/// What every `ToolCallStore` does, as checks that each store's tests run.
public enum ToolCallContract {
    /// One check.
    public typealias Case = ContractCase<any ToolCallStore>

    /// All checks.
    public static let all: [Case] = [
        Case("a call is taken by one of many executors, who is told what it was decided on") { store in
            try await store.want(call(), seq: 7)
            try await store.want(call(), seq: 9)
            let seqs = try await withThrowingTaskGroup(of: Int?.self) { group in
                for index in 0..<8 {
                    group.addTask { try await store.take(call(), by: "executor \(index)", for: .seconds(60)) }
                }
                var seqs: [Int] = []
                for try await seq in group { if let seq { seqs.append(seq) } }
                return seqs
            }
            try expectEqual(seqs, [7], "what the takers were told")
            try expectEqual(try await standing(store), .taken, "how it stands")
            try expectEqual(
                try await store.take(call(2), by: "a", for: .seconds(60)),
                nil,
                "one that nobody wants"
            )
        },
        Case("an executor may take its own call again, and nobody a call that is over") { store in
            try await store.want(call(), seq: 7)
            try expectEqual(try await store.take(call(), by: "a", for: .seconds(60)), 7, "the first time")
            try expectEqual(try await store.take(call(), by: "a", for: .seconds(60)), 7, "again")
            try expectEqual(try await store.take(call(), by: "b", for: .seconds(60)), nil, "by another")
            try await store.finish(call(), result("done"))
            try expectEqual(try await store.take(call(), by: "a", for: .seconds(60)), nil, "after its end")
        },
        Case("the first result stays, whole") { store in
            try await store.want(call(), seq: 7)
            try expect(isWanted(try await standing(store)), "it is wanted")
            _ = try await store.take(call(), by: "a", for: .seconds(60))
            var whole = result("\u{1F600} and \0")
            whole.detail = ["exit": 3]
            whole.usage = Usage(tokens: 5)
            whole.retryAfter = .seconds(2)
            whole.isRetryable = true
            try await store.finish(call(), whole)
            try await store.finish(call(), result("later"))
            try expectEqual(try await standing(store), .finished(whole), "the result")
            let bytes = EffectResult(
                succeeded: false,
                status: "x",
                isLost: true,
                words: Words(bytes: [0xFF, 0])
            )
            try await store.want(call(2), seq: 8)
            // Nobody took it, and still it counts: it is a fact.
            try await store.finish(call(2), bytes)
            try expectEqual(try await store.standings(of: [call(2)])[call(2)], .finished(bytes), "bytes")
        },
        Case("an executor that says nothing any more has lost its calls for good, and a late result counts") {
            store in
            try await store.want(call(), seq: 7)
            _ = try await store.take(call(), by: "a", for: .milliseconds(30))
            try await Task.sleep(for: .milliseconds(60))
            try expectEqual(try await standing(store), .lost, "after its time")
            try expectEqual(try await store.take(call(), by: "b", for: .seconds(60)), nil, "by another")
            try expectEqual(try await store.take(call(), by: "a", for: .seconds(60)), nil, "by itself")
            try await store.finish(call(), result("late"))
            try expectEqual(try await standing(store), .finished(result("late")), "in the end")
        },
        Case("who said nothing for too long has lost its call for good") { store in
            try await store.want(call(1), seq: 7)
            _ = try await store.take(call(1), by: "a", for: .milliseconds(1))
            try await Task.sleep(for: .milliseconds(50))
            try expectEqual(try await store.hold([call(1)], by: "a", for: .seconds(60)), [call(1)], "held")
            try expectEqual(try await store.standings(of: [call(1)])[call(1)], .lost, "afterwards")
        },
        Case("who holds on keeps its calls, and is told which nobody wants") { store in
            for attempt in 1...3 {
                try await store.want(call(attempt), seq: 7)
                _ = try await store.take(call(attempt), by: "a", for: .milliseconds(200))
            }
            try expectEqual(try await store.withdraw(call(2)), true, "it was taken")
            let calls = [call(1), call(2), call(4)]
            let unwanted = try await store.hold(calls, by: "a", for: .seconds(60))
            try expectEqual(Set(unwanted), [call(2), call(4)], "what is unwanted")
            try expectEqual(
                Set(try await store.hold([call(1)], by: "b", for: .seconds(60))),
                [call(1)],
                "another's"
            )
            try await Task.sleep(for: .milliseconds(250))
            let standings = try await store.standings(of: [call(1), call(3)])
            try expectEqual(standings[call(1)], .taken, "what was held")
            try expectEqual(standings[call(3)], .lost, "what was not")
        },
        Case("a call that is given back is another's at once, and wanted until then") { store in
            for attempt in 1...2 {
                try await store.want(call(attempt), seq: 7)
                _ = try await store.take(call(attempt), by: "a", for: .seconds(60))
            }
            try await store.giveBack([call(2)], by: "b")
            try expectEqual(try await store.standings(of: [call(2)])[call(2)], .taken, "by who hasn't it")
            try await store.giveBack([call(1), call(3)], by: "a")
            try expect(isWanted(try await standing(store)), "it is wanted again")
            try expectEqual(try await store.untaken(for: .zero, limit: 10), [call(1)], "it is found")
            try expectEqual(try await store.take(call(), by: "b", for: .seconds(60)), 7, "by another")
            try await store.giveBack([call()], by: "a")
            try expectEqual(try await standing(store), .taken, "after it was given back a second time")
            try await store.giveBack([], by: "a")
        },
        Case("what is lost, over or withdrawn isn't given back: others may have been told") { store in
            for attempt in 1...3 {
                try await store.want(call(attempt), seq: 7)
                let time = Duration.milliseconds(attempt == 1 ? 1 : 60_000)
                _ = try await store.take(call(attempt), by: "a", for: time)
            }
            try await store.finish(call(2), result("done"))
            _ = try await store.withdraw(call(3))
            try await Task.sleep(for: .milliseconds(50))
            try await store.giveBack([call(1), call(2), call(3)], by: "a")
            let standings = try await store.standings(of: [call(1), call(2), call(3)])
            try expectEqual(standings[call(1)], .lost, "the lost one")
            try expectEqual(standings[call(2)], .finished(result("done")), "the one that is over")
            try expectEqual(standings[call(3)], .taken, "the one that nobody wants")
            for attempt in 1...3 {
                let taken = try await store.take(call(attempt), by: "b", for: .seconds(60))
                try expectEqual(taken, nil, "call \(attempt), by another")
            }
        },
        Case("a call that was withdrawn before anybody took it is taken by nobody") { store in
            try await store.want(call(), seq: 7)
            try expectEqual(try await store.withdraw(call()), false, "it was not taken")
            try expectEqual(try await store.take(call(), by: "a", for: .seconds(60)), nil, "after that")
            try expectEqual(try await store.withdraw(call(2)), false, "one that isn't there")
        },
        Case("calls that nobody has taken are found, the longest waiting first") { store in
            for attempt in 1...5 {
                try await store.want(call(attempt), seq: 7)
                try await Task.sleep(for: .milliseconds(2))
            }
            _ = try await store.take(call(1), by: "a", for: .milliseconds(1))
            _ = try await store.withdraw(call(2))
            try await store.finish(call(3), result("done"))
            try expectEqual(
                try await store.untaken(for: .zero, limit: 10),
                [call(4), call(5)],
                "all of them"
            )
            try expectEqual(try await store.untaken(for: .zero, limit: 1), [call(4)], "one of them")
            try expectEqual(
                try await store.untaken(for: .seconds(60), limit: 10),
                [],
                "those that wait for long"
            )
        },
        Case("old calls are forgotten") { store in
            try await store.want(call(), seq: 7)
            try await store.forgetCalls(olderThan: .seconds(60))
            try expect(try await standing(store) != nil, "it is there")
            try await Task.sleep(for: .milliseconds(20))
            try await store.forgetCalls(olderThan: .milliseconds(10))
            try expectEqual(try await standing(store), nil, "after that")
            try expectEqual(try await store.standings(of: []), [:], "of nothing")
        },
    ]

    private static func call(_ attempt: Int = 1) -> ToolCall {
        ToolCall(run: RunID("run"), effect: 5, attempt: attempt)
    }

    private static func result(_ text: String) -> EffectResult {
        EffectResult(succeeded: true, words: Words(text))
    }

    private static func standing(_ store: any ToolCallStore) async throws -> ToolCallStanding? {
        try await store.standings(of: [call()])[call()]
    }

    private static func isWanted(_ standing: ToolCallStanding?) -> Bool {
        if case .wanted(let time) = standing { time >= .zero && time < .seconds(60) } else { false }
    }

    private static func expect(_ condition: Bool, _ what: String, line: Int = #line) throws {
        try StoreContract.expect(condition, what, line: line)
    }

    private static func expectEqual<Value: Equatable>(
        _ found: Value,
        _ expected: Value,
        _ what: String,
        line: Int = #line
    ) throws {
        try StoreContract.expectEqual(found, expected, what, line: line)
    }
}
