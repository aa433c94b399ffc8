import FoundationEssentials
import Testing

@testable import soma

@Suite("The end of a file")
struct FileTailTests {
    @Test("has as many lines as are wanted, however long they are", arguments: [1, 2, 7, 50, 99, 100, 500])
    func lines(count: Int) throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let lines = (0..<100).map { "\($0) " + String(repeating: "é", count: $0 % 5 == 0 ? 3000 : $0) }
        let text = lines.map { $0 + "\n" }.joined()
        #expect(FileManager.default.createFile(atPath: folder + "/log", contents: Data(text.utf8)))
        #expect(try FileTail.lines(folder + "/log", count: count) == Array(lines.suffix(count)))
    }

    @Test("of nothing is nothing")
    func empty() throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        #expect(FileManager.default.createFile(atPath: folder + "/log", contents: Data()))
        #expect(try FileTail.lines(folder + "/log", count: 3) == [])
    }
}
