import Foundation
import GRDB
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaSQLite

@Suite("Files of older versions")
struct UpgradeTests {
    /// The tables of the first version, word for word.
    private static let first = [
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE run(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,
          started INTEGER NOT NULL, ended INTEGER)
        """,
        "CREATE INDEX run_by_start ON run(started)",
        "CREATE INDEX run_unfinished ON run(started) WHERE ended IS NULL",
        """
        CREATE TABLE snapshot(run INTEGER PRIMARY KEY, seq INTEGER NOT NULL, checksum INTEGER NOT NULL,
          state TEXT NOT NULL)
        """,
        """
        CREATE TABLE transition(position INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL,
          checksum INTEGER NOT NULL, event TEXT NOT NULL, UNIQUE(run, seq))
        """,
        """
        CREATE TABLE content(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject TEXT NOT NULL,
          checksum INTEGER NOT NULL, words BLOB NOT NULL)
        """,
        """
        CREATE TABLE memory(number INTEGER PRIMARY KEY, run TEXT NOT NULL, workspace TEXT NOT NULL,
          at INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(run, title))
        """,
        """
        CREATE VIRTUAL TABLE memory_words USING fts5(title, text, content='memory', content_rowid='number',
          tokenize='unicode61 remove_diacritics 2')
        """,
        "CREATE TABLE idempotency(number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, answer BLOB NOT NULL)",
        "PRAGMA application_id=1936682337",
        "PRAGMA user_version=1",
    ]

    private static let secret = [UInt8](0..<32)
    private static let memory = Memory(
        run: RunID("old"),
        workspace: "/w",
        at: Timestamp(microseconds: 1_700_000_000_000_000),
        title: "Deploys",
        text: "They are on Fridays."
    )

    /// Writes the file as the first version has left it: a run that is under way, with words and a stored state.
    private func write(_ run: ContractRun, stored state: RunState, _ content: Content, to path: String) throws
    {
        try change(path, Self.first)
        let queue = try DatabaseQueue(path: path)
        try queue.write { file in
            func insert(_ table: String, _ values: (any DatabaseValueConvertible)?...) throws {
                let marks = values.map { _ in "?" }.joined(separator: ",")
                try file.execute(sql: "INSERT INTO \(table) VALUES(\(marks))", arguments: .init(values))
            }
            func bytes(_ bytes: [UInt8]) -> DatabaseValue { Data(bytes).databaseValue }
            try insert("meta", "secret", bytes(Self.secret))
            try insert("meta", "created_by", "0.0.1")
            try insert("meta", "written_by", "0.0.1")
            try insert("run", 1, run.id.rawValue, run.state.seq, run.state.startedAt.microseconds, nil)
            for transition in run.transitions {
                let event = transition.cloudEvent()
                let text = String(decoding: event, as: UTF8.self)
                try insert("transition", transition.seq, 1, transition.seq, Checksum.of(event), text)
            }
            let record = state.record.bytes()
            let text = String(decoding: record, as: UTF8.self)
            try insert("snapshot", 1, state.seq, Checksum.of(record), text)
            let words = content.words.bytes
            try insert(
                "content",
                1,
                bytes(content.id.bytes),
                content.subject,
                Checksum.of(words),
                bytes(words)
            )
            let memory = Self.memory
            try insert(
                "memory(number, run, workspace, at, title, text)",
                1,
                memory.run.rawValue,
                memory.workspace,
                memory.at.microseconds,
                memory.title,
                memory.text
            )
            try insert("memory_words(rowid, title, text)", 1, memory.title, memory.text)
            try insert("idempotency", 1, "key", bytes([7]))
        }
        try queue.close()
    }

    @Test("A file of the first version is brought up to date with all that is in it, and its run goes on")
    func first() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            var run = ContractRun("old")
            run.work(6)
            let state = run.state
            run.work(5)
            let content = Content(id: ContentID(high: 1, low: 2), subject: "local", words: Words("as it was"))
            try write(run, stored: state, content, to: path)

            let store = try await SQLiteStore.open(path, options: .quick)
            #expect(try await store.contentSecret() == Self.secret)
            #expect(try await store.run(run.id, at: nil) == run.state)
            #expect(try await store.run(run.id, at: 3)?.seq == 3)
            #expect(try await store.content([content.id]) == [content.id: content.words])
            #expect(try await store.recall("fridays", workspace: "/w", limit: 5) == [Self.memory])
            #expect(try await store.idempotent(key: "key", answer: nil) == [7])
            let next = run.work(3)
            _ = try await store.append([run.group(next, snapshot: true)])
            let log = try await store.transitions(after: .start, limit: 100)
            #expect(log.map(\.transition) == run.transitions)
            #expect(log.map(\.position.rawValue) == Array(1...14))
            // What the first version didn't have.
            let talk = Conversation(id: ConversationID("talk"), startedAt: Self.memory.at)
            try await store.create(talk)
            #expect(try await store.conversation(talk.id) == talk)
            #expect(try await store.check().problems == [])
            try await store.close()

            let again = try await SQLiteStore.open(readOnly: path)
            #expect(try await again.run(run.id, at: nil) == run.state)
            try await again.close()
        }
    }
}
