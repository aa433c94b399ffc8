import Glibc
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Transitions written into a file")
struct ExportTests {
    /// A console whose steps are taken at once, over a recording or over what it was told.
    private struct Desk {
        var state = AppState(size: Size(columns: 100, rows: 30), now: start)
        var player: RecordingPlayer?
        let file = ExportFile()
        var steps: [ExportStep] = []
        var pages: [Int] = []
        /// After how many steps esc is pressed.
        var stopsAfter = Int.max

        mutating func feed(_ message: AppMessage) {
            var open = state.update(message, now: start) + state.settle()
            while !open.isEmpty {
                let effect = open.removeFirst()
                if case .export(let step) = effect {
                    steps.append(step)
                    if steps.count == stopsAfter {
                        open += state.update(.terminal(.key(Key(.escape))), now: start)
                    }
                    if let (number, news) = file.take(step) {
                        open += state.update(.exported(number, news), now: start)
                    }
                }
                if case .send(let request) = effect {
                    if case .page(_, let rows) = request { pages.append(rows.count) }
                    for news in player?.answer(request) ?? [] {
                        open += state.update(.source(news), now: start)
                    }
                }
                open += state.settle()
            }
        }

        mutating func press(_ keys: String) {
            for word in keys.split(separator: " ") {
                feed(.terminal(.key(Key(String(word)) ?? Key(.escape))))
            }
        }

        mutating func type(_ text: String) {
            press(":")
            for character in text { feed(.terminal(.key(Key(character)))) }
            press("enter")
        }
    }

    static func transitions(_ count: Int) -> [Transition] {
        (1...count).map { seq in
            Transition(
                run: RunID("aaaaaa000000000"),
                seq: seq,
                at: start + .milliseconds(seq),
                kind: seq % 10 == 0 ? .effectFinished : .nodeEntered,
                agent: "coder",
                body: seq % 10 == 0 ? ["ok": .bool(seq % 20 == 0)] : [:]
            )
        }
    }

    private static func live(_ count: Int) -> Desk {
        var desk = Desk()
        desk.feed(.source(.connection(.live(lag: nil))))
        desk.feed(.source(.snapshot(Fleet())))
        desk.feed(.source(.transitions(transitions(count))))
        desk.press("5")
        return desk
    }

    static func recording(_ count: Int, torn: Bool = false) throws -> RecordingReader {
        var writer = RecordingWriter(header: RecordingHeader(at: start), keyframeBytesMin: 65_536)
        for transition in transitions(count) { writer.append(transition) }
        var bytes = writer.take()
        if torn { bytes += Array("{\"specversion\":\"1.0\",\"id\":\"torn in the middle\n".utf8) }
        return try RecordingReader(bytes: bytes)
    }

    private static func recorded(_ count: Int, torn: Bool = false) throws -> Desk {
        let reader = try recording(count, torn: torn)
        var desk = Desk()
        var player = RecordingPlayer(reader)
        let news = player.open(at: reader.index.transitions)
        desk.player = player
        for item in news { desk.feed(.source(item)) }
        desk.press("5")
        return desk
    }

    static func read(_ lines: [String]) throws -> [Transition] {
        try lines.map { try Transition(cloudEvent: Array($0.utf8)) }
    }

    @Test("live, what the filter shows, each transition as the log has it")
    func live() throws {
        let folder = try TestFolder()
        var desk = Self.live(100)
        desk.type("filter ok:false")
        desk.type("write \(folder.path)/out.ndjson")
        #expect(desk.state.notice == Notice("5 transitions are in \(folder.path)/out.ndjson.", .good))
        #expect(folder.names == ["out.ndjson"])
        let written = try Self.read(folder.lines("out.ndjson"))
        #expect(written == Self.transitions(100).filter { $0.seq % 20 == 10 })
        desk.press("c i i")
        desk.type("write \(folder.path)/level.ndjson")
        #expect(try Self.read(folder.lines("level.ndjson")).map(\.seq) == [10, 30, 50, 70, 90])
    }

    @Test("a file that is there is replaced by write! alone, and by nothing but a whole one")
    func exists() throws {
        let folder = try TestFolder()
        var desk = Self.live(30)
        desk.type("write \(folder.path)/out")
        desk.type("filter kind:effect")
        desk.type("write \(folder.path)/out")
        #expect(desk.state.notice == Notice("\(folder.path)/out exists; write! replaces it.", .bad))
        #expect(folder.lines("out").count == 30)
        desk.stopsAfter = desk.steps.count + 2
        desk.type("write! \(folder.path)/out")
        #expect(desk.state.notice == Notice("Stopped: \(folder.path)/out was not written."))
        #expect(folder.lines("out").count == 30)
        #expect(folder.names == ["out"])
        desk.type("write! \(folder.path)/out")
        #expect(folder.lines("out").count == 3)
        desk.type("write \(folder.path)")
        #expect(desk.state.notice == Notice("\(folder.path) is no file.", .bad))
        desk.type("write \(folder.path)/no/where")
        #expect(
            desk.state.notice
                == Notice("\(folder.path)/no/where not written: no such file or directory.", .bad)
        )
        #expect(folder.names == ["out"])
        #expect(desk.state.export == nil)
    }

    @Test("of a file that was made while it was written nothing is lost")
    func meanwhile() throws {
        let folder = try TestFolder()
        let file = ExportFile()
        let path = "\(folder.path)/out"
        #expect(file.take(.begin(1, path: path, replaces: false))?.1 == .ready)
        #expect(file.take(.append(1, Self.transitions(3)))?.1 == .ready)
        let other = open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(Glibc.write(other, "mine\n", 5) == 5)
        close(other)
        #expect(file.take(.finish(1))?.1 == .failed("\(path) exists; write! replaces it."))
        #expect(folder.lines("out") == ["mine"])
        #expect(file.take(.begin(2, path: path, replaces: true))?.1 == .ready)
        #expect(folder.names.count == 2)
        file.close()
        #expect(folder.names == ["out"])
    }

    @Test("a recording is read a page at a time, what can't be read is counted, and the whole is written")
    func recording() throws {
        let folder = try TestFolder()
        let count = EventExport.pageRows * 2 + 100
        var desk = try Self.recorded(count, torn: true)
        let read = desk.state.stream.recordedRows
        desk.type("write \(folder.path)/out")
        #expect(try Self.read(folder.lines("out")) == Self.transitions(count))
        #expect(read.map { $0 >= count } == true)
        #expect(desk.pages.max() == EventExport.pageRows)
        #expect(desk.pages.count == 3)
        desk.type("filter ok:false")
        desk.type("write \(folder.path)/some")
        #expect(
            try Self.read(folder.lines("some")).map(\.seq) == Array(stride(from: 10, through: count, by: 20))
        )
    }

    @Test("while it is written it says how far it is, keys go on, and esc leaves nothing behind")
    func stops() throws {
        let folder = try TestFolder()
        var desk = try Self.recorded(EventExport.pageRows * 3)
        desk.press("k")
        // As if the disk took its time: begun, and a page on its way.
        _ = desk.state.writeEvents("\(folder.path)/out", replaces: false)
        _ = desk.state.update(.exported(desk.state.exportsBegun, .ready), now: start)
        let rows = desk.player?.lookup.reader.rows(0..<EventExport.pageRows) ?? []
        _ = desk.state.update(.source(.page(desk.state.exportsBegun, rows)), now: start)
        func footer() -> String {
            let text = AppView.render(desk.state, theme: .mono, glyphs: .unicode).text
            return text.split(separator: "\n").last.map(String.init) ?? ""
        }
        #expect(footer().contains("writing 4,096 of 12,288 to \(folder.path)"))
        #expect(footer().contains("esc stops"))
        let selected = desk.state.eventsView.selectedRow
        desk.press("k")
        #expect(desk.state.eventsView.selectedRow == selected.map { $0 - 1 })
        desk.type("write \(folder.path)/other")
        #expect(desk.state.notice?.text == "\(folder.path)/out is being written; esc stops it.")
        desk.press("esc")
        #expect(desk.steps.last == .cancel(desk.state.exportsBegun))
        #expect(desk.state.export == nil)
        #expect(desk.state.view == .events(nil))
        #expect(folder.names == [])
    }

    @Test("a search that isn't through is waited for by the person, not cut short")
    func searching() throws {
        let folder = try TestFolder()
        var desk = Self.live(5_000)
        // The tick that goes on searching doesn't come.
        desk.type("filter ok:false")
        #expect(desk.state.eventsView.search?.isDone == false)
        _ = desk.state.writeEvents("\(folder.path)/out", replaces: false)
        #expect(desk.state.notice?.text.hasPrefix("Not written: the search is at ") == true)
        #expect(desk.state.export == nil)
    }

    @Test("elsewhere the screen is written as before")
    func elsewhere() {
        var state = AppState(size: .standard, now: start)
        #expect(state.write("screen.txt", replaces: false) == [.write(path: "screen.txt", replaces: false)])
    }
}
