import SomaCore
public import SomaEngine

/// What every `ConversationStore` does, as checks that each store's tests run.
public enum ConversationContract {
    /// A store that keeps conversations beside the log.
    public typealias Store = EventStore & ConversationStore

    /// One check.
    public typealias Case = ContractCase<any Store>

    /// All checks.
    public static let all: [Case] = [
        Case("a conversation is kept once, with all that it says") { store in
            let conversation = conversation("aaa", at: 1)
            try await store.create(conversation)
            var other = conversation
            other.role = "coder"
            try await store.create(other)
            try expectEqual(
                try await store.conversation(conversation.id),
                conversation,
                "the first one stays"
            )
            try expectEqual(try await store.conversation(ConversationID("bbb")), nil, "an unknown one")
            try expectEqual(try await store.conversation(ConversationID("a\0")), nil, "a NUL in a name")
        },
        Case("conversations are listed in pages, the latest first") { store in
            for (name, at) in [("a", 1), ("b", 3), ("c", 2), ("d", 3)] as [(String, Int64)] {
                try await store.create(conversation(name, at: at))
            }
            var names: [String] = []
            var after: ConversationID?
            while true {
                let page = try await store.conversations(after: after, limit: 2)
                names += page.map(\.id.rawValue)
                guard let last = page.last else { break }
                after = last.id
            }
            try expectEqual(names, ["d", "b", "c", "a"], "all pages")
            try expectEqual(
                try await store.conversations(after: ConversationID("x"), limit: 2),
                [],
                "after an unknown one"
            )
            try expectEqual(try await store.conversations(after: nil, limit: 0), [], "no rows wanted")
        },
        Case("messages are numbered in order, and the same key adds nothing") { store in
            let id = try await begun(store)
            let first = try await store.post(word(1), key: "one", at: at(1), to: id)
            let again = try await store.post(word(9), key: "one", at: at(9), to: id)
            let second = try await store.post(word(2), key: "two", at: at(2), to: id)
            try expectEqual(first, message(1, word(1), at: 1), "the first")
            try expectEqual(again, first, "the same again")
            try expectEqual(second?.number, 2, "the number of the second")
            try expectEqual(
                try await store.messages(of: id, after: 0, limit: 10),
                [first, second].compactMap(\.self),
                "both"
            )
            try expectEqual(
                try await store.messages(of: id, after: 1, limit: 10).map(\.number),
                [2],
                "the rest"
            )
            try expectEqual(
                try await store.post(word(1), key: "one", at: at(1), to: ConversationID("other")),
                nil,
                "to no conversation"
            )
        },
        Case("where in a trace a message was sent is kept with it, the first time") { store in
            let id = try await begun(store)
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            // As long as it may be.
            let states = (0..<6).map { "k\($0)=" + String(repeating: "v", count: 80) }
            let trace = TraceContext(traceparent: parent, tracestate: states.joined(separator: ","))
            try expectEqual(trace?.state.utf8.count, 503, "the length of the longest")
            let first = try await store.post(word(1), key: "one", at: at(1), trace: trace, to: id)
            try expectEqual(first?.trace, trace, "as it is told")
            let again = try await store.post(word(1), key: "one", at: at(2), trace: nil, to: id)
            try expectEqual(again, first, "the same again")
            _ = try await store.post(word(2), key: "two", at: at(2), to: id)
            try expectEqual(
                try await store.messages(of: id, after: 0, limit: 10).map(\.trace),
                [trace, nil],
                "as they are read"
            )
            _ = try await store.begin(1, of: id, run: RunID("run"))
            try expectEqual(try await store.turn(of: id, earlier: 1)?.message.trace, trace, "its turn")
            let answer = try await store.answer(answer(to: 1, word(3), run: "run"), in: id)
            try expectEqual(answer?.trace, nil, "the answer's")
        },
        Case("a message gets one run, whoever is first") { store in
            let id = try await begun(store)
            _ = try await store.post(word(1), key: "1", at: at(1), to: id)
            let runs = try await withThrowingTaskGroup(of: RunID?.self) { group in
                for index in 0..<8 {
                    group.addTask { try await store.begin(1, of: id, run: RunID("run\(index)")) }
                }
                return try await group.reduce(into: Set<RunID?>()) { $0.insert($1) }
            }
            try expectEqual(runs.count, 1, "different runs")
            let run = runs.first ?? nil
            try expect(run != nil, "there is a run")
            let turn = try await store.turn(of: id, earlier: 10)
            try expectEqual(turn?.message.run, run, "the run of the turn")
            try expectEqual(turn?.message.status, .working, "the status of the turn")
            if let run { try expectEqual(try await store.conversation(of: run), id, "its conversation") }
            try expectEqual(try await store.conversation(of: RunID("none")), nil, "an unknown run")
            try expectEqual(try await store.begin(2, of: id, run: RunID("x")), nil, "an unknown message")
        },
        Case("a message gets one answer, and turns come in order") { store in
            let id = try await begun(store)
            for number in 1...3 {
                _ = try await store.post(word(number), key: "\(number)", at: at(Int64(number)), to: id)
            }
            try expectEqual(try await store.turn(of: id, earlier: 10)?.message.number, 1, "the first turn")
            _ = try await store.begin(1, of: id, run: RunID("first"))
            let answers = try await withThrowingTaskGroup(of: Message?.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try await store.answer(answer(to: 1, word(10 + index), run: "first"), in: id)
                    }
                }
                var answers: [Message] = []
                for try await answer in group { if let answer { answers.append(answer) } }
                return answers
            }
            try expectEqual(answers.count, 1, "answers")
            try expectEqual(answers.first?.number, 4, "the answer's number")
            let turn = try await store.turn(of: id, earlier: 10)
            try expectEqual(turn?.message.number, 2, "the second turn")
            try expectEqual(turn?.earlier.map(\.number), [1, 4], "what it goes on from")
            try expectEqual(
                try await store.turn(of: id, earlier: 1)?.earlier.map(\.number),
                [4],
                "at most one"
            )
            try expectEqual(try await store.turn(of: id, earlier: 0)?.earlier, [], "none")
            _ = try await store.begin(2, of: id, run: RunID("never"))
            for number in 2...3 {
                _ = try await store.answer(answer(to: number, word(20), status: .refused), in: id)
            }
            try expectEqual(try await store.turn(of: id, earlier: 1), nil, "no turn is left")
            let all = try await store.messages(of: id, after: 0, limit: 100)
            try expectEqual(all.map(\.number), Array(1...6), "numbers without gaps")
            try expectEqual(
                all.map(\.status),
                [.answered, .answered, .answered, .completed, .refused, .refused],
                "what became of them"
            )
            try expectEqual(
                try await store.begin(2, of: id, run: RunID("late")),
                nil,
                "a run after the answer"
            )
        },
        Case("what waits for an answer is known, the longest waiting first") { store in
            for (name, time) in [("a", 5), ("b", 3), ("c", 4)] as [(String, Int64)] {
                try await store.create(conversation(name, at: time))
                _ = try await store.post(word(1), key: "1", at: at(time), to: ConversationID(name))
            }
            _ = try await store.answer(answer(to: 1, word(2)), in: ConversationID("c"))
            try expectEqual(
                try await store.unanswered(limit: 10).map(\.rawValue),
                ["b", "a"],
                "the unanswered"
            )
            try expectEqual(try await store.unanswered(limit: 1).map(\.rawValue), ["b"], "one of them")
        },
        Case("many who post at the same time get numbers without gaps") { store in
            let id = try await begun(store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    // Each is sent twice, as after a lost answer.
                    group.addTask {
                        let key = "\(index / 2)"
                        let message = try await store.post(word(index / 2), key: key, at: at(1), to: id)
                        try expect(message != nil, "it is kept")
                    }
                }
                try await group.waitForAll()
            }
            let all = try await store.messages(of: id, after: 0, limit: 100)
            try expectEqual(all.map(\.number), Array(1...20), "the numbers")
            try expectEqual(Set(all.map(\.words)).count, 20, "different words")
        },
    ]

    private static func begun(_ store: any Store) async throws -> ConversationID {
        let conversation = conversation("talk", at: 1)
        try await store.create(conversation)
        return conversation.id
    }

    private static func conversation(_ name: String, at seconds: Int64) -> Conversation {
        var conversation = Conversation(id: ConversationID(name), startedAt: at(seconds))
        conversation.role = "researcher"
        conversation.subject = "anna\0"
        conversation.workspace = "/srv/ä"
        conversation.limits = Limits(steps: 7)
        return conversation
    }

    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private static func word(_ number: Int) -> ContentID { ContentID(high: 7, low: UInt64(number)) }

    private static func message(_ number: Int, _ words: ContentID, at seconds: Int64) -> Message {
        Message(number: number, author: .person, status: .waiting, at: at(seconds), words: words)
    }

    private static func answer(
        to number: Int,
        _ words: ContentID,
        status: Message.Status = .completed,
        run: String? = nil
    ) -> Message {
        Message(
            number: 0,
            author: .agent,
            status: status,
            at: at(100),
            words: words,
            run: run.map { RunID($0) },
            answers: number
        )
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
