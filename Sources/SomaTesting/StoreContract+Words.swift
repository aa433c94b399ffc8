import SomaCore
import SomaEngine

extension StoreContract {
    static let words: [Case] = [
        Case("words are stored once and read by name") { store in
            var run = ContractRun("words")
            let bytes = Content(
                id: ContentID(high: 7, low: 7),
                subject: "eve",
                words: Words(bytes: [0, 0xFF, 0xC3, 0x28, 0])
            )
            let large = Content(
                id: ContentID(high: .max, low: .max),
                subject: "local",
                words: Words(bytes: [UInt8](repeating: 0xA5, count: 1 << 20))
            )
            let given = [word("goal", 1), word("", 2), word("\u{0}\u{1B}[2J é 😀", 3), bytes, large]
            _ = try await store.append([run.group(run.work(1), content: given)])
            let ids = given.map(\.id)
            let found = try await store.content(ids + [ContentID(high: 1, low: 2)] + ids)
            try expectEqual(
                found,
                Dictionary(uniqueKeysWithValues: given.map { ($0.id, $0.words) }),
                "the words"
            )
            _ = try await store.append([run.group(run.work(1), content: [word("other", 1), word("new", 4)])])
            try expectEqual(
                try await store.content([given[0].id, word("new", 4).id]).values.map(\.text).sorted(),
                ["goal", "new"],
                "words stored already, and new ones"
            )
            try expectEqual(try await store.content([]), [:], "no names")
        },
        Case("hundreds of names are read at once") { store in
            var run = ContractRun("many")
            let given = (1...700).map { word("word \($0)", UInt64($0)) }
            _ = try await store.append([run.group(run.work(1), content: given)])
            let found = try await store.content(given.map(\.id))
            try expectEqual(
                found,
                Dictionary(uniqueKeysWithValues: given.map { ($0.id, $0.words) }),
                "the words"
            )
        },
        Case("memories are recalled by word, in their workspace, the best first") { store in
            let disk = memory("a", "Disk usage", "The disk of the build host is nearly full; logs take most.")
            let mail = memory("b", "Mail", "The mail queue is long.")
            let both = memory("c", "Disk and mail queue", "Disk, mail and queue: all in one queue.")
            let other = memory("d", "Disk elsewhere", "Another disk.", workspace: "/other")
            for memory in [disk, mail, both, other] { try await store.remember(memory) }
            try expectEqual(
                try await store.recall("mail queue", workspace: "/w", limit: 1),
                [both],
                "the best"
            )
            try expectEqual(
                Set(try await store.recall("MAIL disk", workspace: "/w", limit: 10)),
                [disk, mail, both],
                "any word"
            )
            try expectEqual(
                try await store.recall("disk", workspace: "/other", limit: 10),
                [other],
                "elsewhere"
            )
            try expectEqual(try await store.recall("disk", workspace: "/none", limit: 10), [], "nowhere")
            try expectEqual(try await store.recall("absent", workspace: "/w", limit: 10), [], "no match")
            try expectEqual(try await store.recall("disk", workspace: "/w", limit: 0), [], "none wanted")
        },
        Case("memories of a workspace are listed in pages, the latest first") { store in
            var kept = [1, 2, 3, 4, 5].map { memory("run\($0)", "Title \($0)", "text") }
            for memory in kept { try await store.remember(memory) }
            try await store.remember(memory("z", "Elsewhere", "text", workspace: "/other"))
            // Said again, it is the latest.
            kept.append(memory("run2", "Title 2", "second thoughts"))
            try await store.remember(kept[5])
            let wanted = [5, 4, 3, 2, 0].map { kept[$0] }
            var found: [Memory] = []
            var last: Int?
            while case let page = try await store.memories(workspace: "/w", before: last, limit: 2),
                !page.isEmpty
            {
                try expectEqual(page.count <= 2, true, "the length of a page")
                found += page.map(\.memory)
                last = page.last?.number
            }
            try expectEqual(found, wanted, "all pages")
            try expectEqual(
                try await store.memories(workspace: "/w", before: nil, limit: 0),
                [],
                "none wanted"
            )
            try expectEqual(
                try await store.memories(workspace: "/none", before: nil, limit: 9),
                [],
                "nowhere"
            )
        },
        Case("the memory of the same run and title is replaced") { store in
            try await store.remember(memory("a", "Title", "first words"))
            let second = memory("a", "Title", "second thoughts")
            try await store.remember(second)
            try expectEqual(try await store.recall("first", workspace: "/w", limit: 10), [], "the old words")
            try expectEqual(
                try await store.recall("thoughts", workspace: "/w", limit: 10),
                [second],
                "the new words"
            )
            try expectEqual(
                try await store.recall("title", workspace: "/w", limit: 10),
                [second],
                "the title"
            )
        },
        Case("a query is words and never a language") { store in
            let kept = memory("a", "Plain", "title NEAR and not alpha text \u{0} beta")
            try await store.remember(kept)
            let none = [
                "", " ", "\"", "\"\"", "*", "^", "(", "()", ":", "-", "\u{0}", "';--", "\u{1B}[2J", "+ + +",
                "…",
                "zzz* NOTHING", "gamma:delta", "{x}", "\u{202E}", "😀",
            ]
            for query in none {
                try expectEqual(
                    try await store.recall(query, workspace: "/w", limit: 5),
                    [],
                    "the query \(query.debugDescription)"
                )
            }
            let some = [
                "alpha\"", "alpha OR", "NOT alpha", "(alpha", "alpha*", "x:alpha", "text:alpha", "NEAR(alpha",
                "\u{0}alpha",
                "alpha' OR 1=1", "^alpha", "-alpha", "Alpha", "nothing\u{0}alpha",
                String(repeating: "pad ", count: 20) + "alpha",
            ]
            for query in some {
                try expectEqual(
                    try await store.recall(query, workspace: "/w", limit: 5),
                    [kept],
                    "the query \(query.debugDescription)"
                )
            }
            _ = try await store.recall(String(repeating: "\"a ", count: 100_000), workspace: "/w", limit: 5)
        },
        Case("the first answer to a key is the answer") { store in
            try expectEqual(try await store.idempotent(key: "k", answer: nil), nil, "no answer yet")
            try expectEqual(try await store.idempotent(key: "k", answer: [1, 2]), [1, 2], "the first")
            try expectEqual(try await store.idempotent(key: "k", answer: [3]), [1, 2], "the second")
            try expectEqual(try await store.idempotent(key: "k", answer: nil), [1, 2], "asked for")
            try expectEqual(try await store.idempotent(key: "K", answer: []), [], "an empty one")
            try expectEqual(try await store.idempotent(key: "\u{0}'", answer: [9]), [9], "an odd key")
        },
    ]

    private static func memory(
        _ run: String,
        _ title: String,
        _ text: String,
        workspace: String = "/w"
    ) -> Memory {
        Memory(
            run: RunID(run),
            workspace: workspace,
            at: Timestamp(microseconds: 1_700_000_000_000_000),
            title: title,
            text: text
        )
    }
}
