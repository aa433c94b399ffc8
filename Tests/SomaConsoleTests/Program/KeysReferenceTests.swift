import FoundationEssentials
import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("The reference of keys")
struct KeysReferenceTests {
    /// Sections of docs/reference/keys.md by the group of bindings that they describe.
    private static let groups = [
        ("everywhere", "Everywhere"), ("fleet", "Fleet"), ("plan", "Plan graph"), ("run", "Run"),
        ("steering", "Steering"), ("replay", "Replay"),
    ]

    @Test("names exactly the keys of the table", arguments: groups)
    func keys(group: String, heading: String) throws {
        let path = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        let data = try #require(FileManager.default.contents(atPath: path + "/docs/reference/keys.md"))
        let text = String(decoding: data, as: UTF8.self)
        var described: Set<String> = []
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { isInside = line == "## \(heading)" }
            guard isInside, line.hasPrefix("| `"), let cell = line.split(separator: "|").first else {
                continue
            }
            described.formUnion(cell.matches(of: /`([^`]+)`/).map { String($0.output.1) })
        }
        let state = AppState(size: .standard, now: Timestamp(microseconds: 0))
        let bindings = KeyMap.all(state).filter { $0.group == group }
        let known = Set(bindings.flatMap { $0.keys.map(\.description) })
        #expect(!known.isEmpty)
        #expect(described == known)
    }

    @Test("has every group")
    func complete() {
        let state = AppState(size: .standard, now: Timestamp(microseconds: 0))
        #expect(Set(KeyMap.all(state).map(\.group)) == Set(Self.groups.map(\.0)))
    }
}
