import Glibc
import Synchronization
import Testing

@testable import soma

@Suite("Watched files")
struct FileWatchTests {
    /// Counts what a watch tells.
    private final class Counter: Sendable {
        private let told = Mutex(0)
        var count: Int { told.withLock { $0 } }
        func tell() { told.withLock { $0 += 1 } }
    }

    /// Runs a body with a watch on folders of a test's folder; `settle` waits for the next word of it.
    private func watching(
        _ names: [String],
        in folder: TestFolder,
        _ body: (Counter, (String) async throws -> Void) async throws -> Void
    ) async throws {
        let counter = Counter()
        let paths = names.map { folder[$0] }
        let watch = try #require(FileWatch(folders: { paths }, suffix: ".yaml") { counter.tell() })
        defer { watch.close() }
        var seen = 0
        try await body(counter) { what in
            try await eventually(what) { counter.count > seen }
            seen = counter.count
        }
    }

    @Test("are told when they are rewritten, put in place, linked and removed; others are not")
    func ways() async throws {
        try await TestFolder.with { folder in
            try folder.make("soma")
            try await watching(["soma"], in: folder) { counter, told in
                try folder.write("soma/notes.txt", "x")
                try folder.write("soma/a.yaml", "1")
                try await told("a new file")
                try folder.write("soma/a.yaml", "2")
                try await told("a rewritten one")
                try folder.replace("soma/a.yaml", "3")
                try await told("one put in place")
                #expect(unlink(folder["soma/a.yaml"]) == 0)
                try await told("a removed one")
                try folder.write("soma/a.yaml", "4")
                try await told("the same name again")
                #expect(symlink(folder["soma/notes.txt"], folder["soma/b.yaml"]) == 0)
                try await told("a link")
                #expect(link(folder["soma/notes.txt"], folder["soma/c.yaml"]) == 0)
                try await told("a hard link")
                #expect(rename(folder["soma/c.yaml"], folder["c.yaml"]) == 0)
                try await told("one taken out")
                // Each once, and the text file never.
                #expect(counter.count == 8)
            }
        }
    }

    @Test("are told in folders that aren't there yet, made step by step, at once, or moved into place")
    func later() async throws {
        try await TestFolder.with { folder in
            try await watching(["config/soma", "config/soma/themes"], in: folder) { _, told in
                try folder.make("config")
                try folder.make("config/soma")
                try await told("the folder")
                try folder.write("config/soma/a.yaml", "1")
                try await told("its file")
                try folder.make("config/soma/themes")
                try await told("the folder below")
                try folder.write("config/soma/themes/dusk.yaml", "1")
                try await told("a file below")
            }
        }
        try await TestFolder.with { folder in
            try folder.make("elsewhere/soma/themes")
            try folder.write("elsewhere/soma/a.yaml", "1")
            try await watching(["config/soma"], in: folder) { _, told in
                #expect(rename(folder["elsewhere"], folder["config"]) == 0)
                try await told("everything at once")
                try folder.write("config/soma/a.yaml", "2")
                try await told("a file in it")
            }
        }
    }

    @Test("are told when their folder goes and when it is there again, whether deleted or renamed")
    func replaced() async throws {
        try await TestFolder.with { folder in
            try folder.make("config/soma")
            try await watching(["config/soma"], in: folder) { counter, told in
                #expect(rename(folder["config/soma"], folder["config/old"]) == 0)
                try await told("the folder is gone")
                let before = counter.count
                try folder.write("config/old/a.yaml", "1")
                try folder.make("config/soma")
                try await told("another one in its place")
                #expect(counter.count == before + 1)
                try folder.write("config/soma/a.yaml", "1")
                try await told("its file")
                #expect(unlink(folder["config/soma/a.yaml"]) == 0)
                try await told("its file is gone")
                #expect(rmdir(folder["config/soma"]) == 0)
                try await told("the folder was deleted")
                #expect(rename(folder["config"], folder["past"]) == 0)
                try folder.make("config/soma")
                try await told("all of the way anew")
                try folder.write("config/soma/a.yaml", "1")
                try await told("a file at the end of it")
            }
        }
    }

    @Test("saved many times at once are told in the end, and seldom")
    func burst() async throws {
        try await TestFolder.with { folder in
            let seen = Mutex<[String?]>([])
            let watch = FileWatch(folders: { [folder.path] }, suffix: ".yaml") {
                let text = folder.text("a.yaml")
                seen.withLock { $0.append(text) }
            }
            defer { watch?.close() }
            for number in 0..<500 { try folder.replace("a.yaml", "\(number)") }
            try await eventually("the last one") { seen.withLock { $0.last == "499" } }
            #expect(seen.withLock { $0.count } <= 500)
        }
    }

    @Test("more than the system keeps in its queue are not lost", .timeLimit(.minutes(1)))
    func overflow() async throws {
        try await TestFolder.with { folder in
            guard var watches = FolderWatches(folders: { [folder.path] }, suffix: ".yaml") else {
                Issue.record("The system has no queue left.")
                return
            }
            let descriptor = watches.descriptor
            defer { close(descriptor) }
            let limit = Int(
                (TestFolder(path: "/proc/sys/fs/inotify").text("max_queued_events") ?? "")
                    .filter(\.isNumber)
            )
            // Two files in turn: the system joins events that are the same.
            for number in 0...((limit ?? 16_384) / 2) {
                _ = mkdir(folder["x\(number % 2)"], 0o700)
                _ = rmdir(folder["x\(number % 2)"])
            }
            try folder.write("a.yaml", "1")
            let told = [watches.take(), watches.take()]
            #expect(told == [true, false])
        }
    }
}
