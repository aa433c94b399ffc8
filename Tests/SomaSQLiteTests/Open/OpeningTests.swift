import Foundation
import Glibc
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaSQLite

@Suite("Opening a store")
struct OpeningTests {
    @Test("what was written is there again, closed well or not", arguments: [true, false])
    func reopened(isClosed: Bool) async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written()
            let secret: [UInt8]
            do {
                let store = try await SQLiteStore.open(path, options: .quick)
                secret = try await store.contentSecret()
                try await written.write(to: store, to: 20)
                if isClosed {
                    try await store.close()
                    #expect(StoreFile.bytes(path + "-wal") == 0)
                }
            }
            let store = try await openWhenFree(path)
            #expect(try await store.contentSecret() == secret)
            try await written.write(to: store, from: 20)
            let log = try await store.transitions(after: .start, limit: 10_000)
            #expect(log.map(\.transition) == written.transitions)
            #expect(try await Set(store.runs(RunFilter())) == Set(written.runs.map(\.state)))
            #expect(try await store.check().problems == [])
            try await store.close()
        }
    }

    @Test("a second one is told who has the store open")
    func second() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            var options = StoreOptions.quick
            options.version = "7.8.9"
            options.now = { Timestamp(microseconds: 1_700_000_000_000_000) }
            let store = try await SQLiteStore.open(path, options: options)
            let error = await storeError { () async throws(StoreError) in
                _ = try await SQLiteStore.open(path, options: .quick)
            }
            #expect(error?.kind == .locked)
            let message = try #require(error?.message)
            #expect(message.contains("pid \(getpid()) on "))
            #expect(message.contains("(version 7.8.9) has had it open since 2023-11-14T22:13:20.000000Z"))
            try await store.close()
            let next = try await SQLiteStore.open(path, options: options)
            try await next.close()
        }
    }

    @Test(
        "a lock file without a holder is no lock, whatever it says",
        arguments: ["", "{", "{\"pid\":1}", "\u{0}"]
    )
    func stale(text: String) async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            try text.write(toFile: StoreLock.path(store: path), atomically: false, encoding: .utf8)
            let store = try await SQLiteStore.open(path, options: .quick)
            try await store.close()
        }
    }

    @Test("a held lock whose file says nothing is still a lock")
    func nameless() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: .quick)
            #expect(truncate(StoreLock.path(store: path), 0) == 0)
            let error = await storeError { () async throws(StoreError) in
                _ = try await SQLiteStore.open(path, options: .quick)
            }
            #expect(error?.kind == .locked)
            #expect(error?.message.contains("another daemon has it open") == true)
            try await store.close()
        }
    }

    @Test("a file of a later version is refused, naming the version, and left alone")
    func newer() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: .quick)
            try await store.close()
            try change(
                path,
                ["UPDATE meta SET value = '9.9.9' WHERE key = 'written_by'", "PRAGMA user_version=99"]
            )
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let writing = await storeError { () async throws(StoreError) in
                _ = try await SQLiteStore.open(path, options: .quick)
            }
            let reading = await storeError { () async throws(StoreError) in
                _ = try await SQLiteStore.open(readOnly: path)
            }
            #expect(writing?.kind == .newer)
            #expect(writing?.message.contains("version 9.9.9 of Soma has written it (schema 99)") == true)
            #expect(writing?.hint.contains("Install that version") == true)
            #expect(reading == writing)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test("what is no store of ours is refused with a reason")
    func strangers() async throws {
        try await withFolder { folder in
            func refusal(_ path: String) async -> StoreError? {
                await storeError { () async throws(StoreError) in
                    _ = try await SQLiteStore.open(path, options: .quick)
                }
            }
            let text = folder + "/text.db"
            try String(repeating: "not a database ", count: 100).write(
                toFile: text,
                atomically: false,
                encoding: .utf8
            )
            let noDatabase = await refusal(text)
            #expect(noDatabase?.kind == .corrupt)
            #expect(noDatabase?.message.contains("is not a database") == true)

            let other = folder + "/other.db"
            try change(other, ["CREATE TABLE theirs(x)"])
            let theirs = await refusal(other)
            #expect(theirs?.kind == .corrupt)
            #expect(theirs?.message.contains("a database of another program") == true)

            try FileManager.default.createDirectory(
                atPath: folder + "/folder.db",
                withIntermediateDirectories: true
            )
            #expect(await refusal(folder + "/folder.db")?.message.contains("is not a file") == true)
            #expect(await refusal(folder + "/absent/soma.db")?.kind == .unavailable)
            #expect(await refusal(folder + "/absent/soma.db")?.hint.contains("folder") == true)
            #expect(await refusal(text + "/soma.db")?.message.contains("Not a directory") == true)
        }
    }

    @Test("a store without its secret is damaged")
    func secretless() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            try await SQLiteStore.open(path, options: .quick).close()
            try change(path, ["DELETE FROM meta WHERE key = 'secret'"])
            let error = await storeError { () async throws(StoreError) in
                _ = try await SQLiteStore.open(path, options: .quick)
            }
            #expect(error?.kind == .corrupt)
        }
    }

    @Test("the file and what is beside it are for their owner only")
    func mode() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: .quick)
            _ = try await store.append(Written(runs: 1, batches: 1).batches[0])
            for file in [path, path + "-wal", path + "-shm", StoreLock.path(store: path)] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
            try await store.close()
        }
    }

    @Test("a store that is open for reading reads while a daemon writes, and writes nothing")
    func readOnly() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written(runs: 2, batches: 4)
            let store = try await SQLiteStore.open(path, options: .quick)
            try await written.write(to: store, to: 2)
            let reader = try await SQLiteStore.open(readOnly: path)
            try await written.write(to: store, from: 2)
            #expect(try await reader.head() == store.head())
            #expect(try await reader.runs(RunFilter()) == store.runs(RunFilter()))
            #expect(try await reader.contentSecret() == store.contentSecret())
            #expect(reader.failure == nil)
            let error = await storeError { () async throws(StoreError) in
                _ = try await reader.append(written.batches[0])
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("for reading only") == true)
            try await reader.close()
            try await store.close()
        }
    }

    @Test("opening for reading makes no file, and an empty one is no store")
    func readOnlyAbsent() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            func refusal() async -> StoreError? {
                await storeError { () async throws(StoreError) in
                    _ = try await SQLiteStore.open(readOnly: path)
                }
            }
            #expect(await refusal()?.kind == .unavailable)
            #expect(!FileManager.default.fileExists(atPath: path))
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            #expect(await refusal()?.message.contains("is empty") == true)
        }
    }

    @Test("after closing, every call is refused and none crashes")
    func closed() async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            let batch = Written(runs: 1, batches: 1).batches[0]
            try await store.close()
            let refusals = [
                await storeError { () async throws(StoreError) in _ = try await store.append(batch) },
                await storeError { () async throws(StoreError) in _ = try await store.runs(RunFilter()) },
                await storeError { () async throws(StoreError) in _ = try await store.statistics() },
            ]
            #expect(refusals.map(\.?.kind) == [.unavailable, .unavailable, .unavailable])
            await #expect(throws: Never.self) { try await store.close() }
        }
    }

    /// The lock of a store that was dropped goes with its last reference, a moment later.
    private func openWhenFree(_ path: String) async throws -> SQLiteStore {
        while true {
            do throws(StoreError) {
                return try await SQLiteStore.open(path, options: .quick)
            } catch {
                guard error.kind == .locked else { throw error }
                await Task.yield()
            }
        }
    }
}
