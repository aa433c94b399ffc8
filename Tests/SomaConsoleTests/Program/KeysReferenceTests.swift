import FoundationEssentials
import Glibc
import SomaConsole
import SomaCore
import SomaTerminal
import Testing

@Suite("The reference of keys")
struct KeysReferenceTests {
    private static var path: String {
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/docs/reference/keys.md"
    }

    @Test("is what the key table says; GOLDEN_UPDATE=1 writes it anew")
    func page() throws {
        let state = AppState(size: .standard, now: Timestamp(microseconds: 0))
        let page = KeyReference.markdown(state)
        if getenv("GOLDEN_UPDATE") != nil { try Data(page.utf8).write(to: URL(filePath: Self.path)) }
        let data = try #require(FileManager.default.contents(atPath: Self.path))
        #expect(String(decoding: data, as: UTF8.self) == page)
    }

    @Test("has a section with words for every group")
    func complete() {
        let page = KeyReference.markdown(AppState(size: .standard, now: Timestamp(microseconds: 0)))
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(headings.allSatisfy { $0.dropFirst(3).first?.isUppercase == true })
        #expect(page.contains("| `?` | This list. | `app.help` |"))
    }
}
