import Foundation
import SomaCore
import SomaEngine
import Testing

@testable import SomaSQLite

@Suite("Recall")
struct RecallQueryTests {
    @Test(
        "a query becomes quoted words",
        arguments: [
            ("disk full", "\"disk\" OR \"full\""), ("", ""), ("\"\u{0}'*", ""), ("a\"b", "\"a\" OR \"b\""),
            ("naïve cafe\u{301}", "\"naïve\" OR \"cafe\u{301}\""), ("日本語", "\"日本語\""),
            ("AND OR NOT", "\"AND\" OR \"OR\" OR \"NOT\""),
        ]
    )
    func match(query: String, expected: String) {
        #expect(RecallQuery.match(query) == expected)
    }

    @Test("a long query is cut")
    func long() {
        let words = RecallQuery.match(String(repeating: "a ", count: 1000)).split(separator: " OR ")
        #expect(words.count == RecallWords.queryMax)
        #expect(
            RecallQuery.match(String(repeating: "a", count: 1000)).count == RecallWords.scalarsMax + 2
        )
    }

    @Test("any string is kept and recalled as data")
    func naughty() async throws {
        var strings = [
            "'; DROP TABLE memory; --", "\"x\" OR 1", "NEAR(a b, 5)", "col:x*", "\u{0}a\u{0}", "\u{FFFF}z",
        ]
        if let folder = ProcessInfo.processInfo.environment["SOMA_CORPORA"] {
            let file = try Data(contentsOf: URL(fileURLWithPath: folder + "/naughty-strings/strings.json"))
            strings += (try JSON.parse(file).array ?? []).compactMap { $0["value"]?.string }
        }
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            for (index, string) in strings.enumerated() {
                let memory = Memory(
                    run: RunID("\(index)"),
                    workspace: string,
                    at: Timestamp(microseconds: 0),
                    title: string,
                    text: string + " marker"
                )
                try await store.remember(memory)
                let found = try await store.recall("marker " + string, workspace: string, limit: 100)
                #expect(found.contains(memory), "\(string.debugDescription)")
                _ = try await store.idempotent(key: string, answer: [1])
            }
            #expect(try await store.check().problems == [])
            try await store.close()
        }
    }
}
