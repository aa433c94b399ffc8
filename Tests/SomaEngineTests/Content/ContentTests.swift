import SomaCore
import SomaEngine
import Testing

@Suite("Content")
struct ContentTests {
    private let hasher = KeyedContentHasher(secret: Array(repeating: 1, count: 32))

    @Test("A name depends on the words, on what they follow, on whose they are, and on the secret")
    func names() {
        let words = Words("hello")
        let name = hasher.id(of: words, after: nil, subject: "ann")
        let others = [
            hasher.id(of: Words("hallo"), after: nil, subject: "ann"),
            hasher.id(of: words, after: name, subject: "ann"),
            hasher.id(of: words, after: nil, subject: "bob"),
            KeyedContentHasher(secret: Array(repeating: 2, count: 32)).id(
                of: words,
                after: nil,
                subject: "ann"
            ),
        ]
        #expect(Set(others + [name]).count == 5)
        #expect(hasher.id(of: words, after: nil, subject: "ann") == name)
        // HMAC-SHA-256 by another implementation (Python's hmac).
        #expect(name.description == "cd3a9deef966eeabafecefb380a10064")
    }

    @Test("Names stay the same however many subjects there are")
    func manySubjects() {
        let first = hasher.id(of: Words("hello"), after: nil, subject: "0")
        let all = (0..<3000).map { hasher.id(of: Words("hello"), after: nil, subject: "\($0)") }
        #expect(Set(all).count == 3000)
        #expect(hasher.id(of: Words("hello"), after: nil, subject: "0") == first)
    }

    @Test("Words are text, JSON or bytes")
    func words() {
        #expect(Words(json: ["a": 1]).text == "{\"a\":1}")
        #expect(Words("{\"a\":1}").json == ["a": 1])
        #expect(Words("no").json == nil)
        #expect(Words(bytes: [0xFF]).text == "\u{FFFD}")
    }

    @Test("Errors say what failed and what to do")
    func errors() {
        #expect("\(StoreError(.full, "No room.", hint: "Make some."))" == "No room. Make some.")
        #expect("\(StoreError(.full, "No room."))" == "No room.")
        #expect(Position("p1f") == Position(31))
        #expect(Position(31).description == "p1f")
        #expect([Position("1f"), Position("p-1"), Position("pzz")] == [nil, nil, nil])
    }
}
