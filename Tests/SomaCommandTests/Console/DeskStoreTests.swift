import Glibc
import SomaConsole
import Testing

@testable import soma

@Suite("The file of what is remembered")
struct DeskStoreTests {
    private func desk(_ filter: String) -> Desk {
        var pane = Desk.PaneDesk([.fleet])
        pane.filters = [.fleet: filter]
        var desk = Desk()
        desk.panes = [pane]
        return desk
    }

    /// Opens a store that should find nothing to say.
    private func open(_ path: String) -> DeskStore { DeskStore(path: path) { Issue.record("\($0)") } }

    @Test("is made with its folder, for its owner only, and read by the next console")
    func kept() async throws {
        try await TestFolder.with { folder in
            let path = folder["state/soma/console.json"]
            let first = open(path)
            #expect(first.desk(of: "local") == nil && first.history == [])
            first.put(desk("role:coder"), of: "local", history: ["fleet"])
            first.put(desk("x"), of: "prod", history: ["fleet", "theme dusk"])
            #expect(first.desk(of: "local") == desk("role:coder"))
            first.finish()
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(stat(folder["state/soma"], &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(TestFolder(path: folder["state/soma"]).names == ["console.json"])
            let second = open(path)
            #expect(second.desk(of: "local") == desk("role:coder"))
            #expect(second.desk(of: "prod") == desk("x"))
            #expect(second.history == ["fleet", "theme dusk"])
        }
    }

    @Test(
        "that is damaged is told once and replaced",
        arguments: [
            "", "{", "[]", "{\"version\": 0, \"desks\": {\"local\": {}}}", "\u{0}",
            "{\"version\": 1",
        ]
    )
    func damaged(text: String) async throws {
        try await TestFolder.with { folder in
            try folder.write("console.json", text)
            var told: [String] = []
            let store = DeskStore(path: folder["console.json"]) { told.append($0) }
            #expect(told == ["\(store.path) is damaged: the console begins without what was left."])
            #expect(folder.text("console.json") == text)
            store.put(desk("a"), of: "local", history: [])
            store.finish()
            #expect(open(store.path).desk(of: "local") == desk("a"))
        }
    }

    @Test("of a later console is told and stays as it is, also where it comes while this one runs")
    func later() async throws {
        let text = "{\"version\": 2, \"rooms\": [1]}"
        try await TestFolder.with { folder in
            try folder.write("console.json", text)
            var told: [String] = []
            let store = DeskStore(path: folder["console.json"]) { told.append($0) }
            #expect(
                told == [
                    "\(store.path) is of a later console: what was left there is neither shown nor changed."
                ]
            )
            store.put(desk("a"), of: "local", history: [])
            store.finish()
            #expect(folder.text("console.json") == text)
        }
        try await TestFolder.with { folder in
            let store = open(folder["console.json"])
            try folder.write("console.json", text)
            store.put(desk("a"), of: "local", history: [])
            store.finish()
            #expect(folder.text("console.json") == text)
        }
    }

    @Test("may be a folder or in one that can't be: then nothing is kept, and nothing is left behind")
    func unwritable() async throws {
        try await TestFolder.with { folder in
            try folder.write("file", "")
            let below = open(folder["file/soma/console.json"])
            below.put(desk("a"), of: "local", history: [])
            below.finish()
            #expect(below.desk(of: "local") == desk("a"))
            #expect(folder.text("file") == "")

            try folder.make("console.json/x")
            var told = 0
            let store = DeskStore(path: folder["console.json"]) { _ in told += 1 }
            store.put(desk("a"), of: "local", history: [])
            store.finish()
            #expect(told == 1)
            #expect(folder.names == ["console.json", "file"])
        }
    }

    @Test("is shared by two consoles: each keeps its context, and none loses what the other left")
    func two() async throws {
        try await TestFolder.with { folder in
            let stores = [open(folder["console.json"]), open(folder["console.json"])]
            await withTaskGroup(of: Void.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask {
                        for round in 0..<25 {
                            store.put(desk("\(round)"), of: "context-\(number)", history: ["\(number)"])
                        }
                        store.finish()
                    }
                }
            }
            let read = open(folder["console.json"])
            #expect(read.desk(of: "context-0") == desk("24"))
            #expect(read.desk(of: "context-1") == desk("24"))
            #expect(["0", "1"].contains(read.history.first))
        }
    }

    @Test("that another console keeps locked doesn't keep this one from ending")
    func locked() async throws {
        try await TestFolder.with { folder in
            let lock = Glibc.open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(lock) }
            #expect(flock(lock, LOCK_EX) == 0)
            let store = open(folder["console.json"])
            store.put(desk("a"), of: "local", history: [])
            store.finish()
            #expect(open(folder["console.json"]).desk(of: "local") == desk("a"))
        }
    }
}
