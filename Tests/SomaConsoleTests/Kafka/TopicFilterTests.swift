import SomaCore
import Testing

@testable import SomaConsole

@Suite("Filters of messages")
struct TopicFilterTests {
    static func record(
        _ value: String?,
        key: String? = nil,
        partition: Int32 = 0,
        headers: [String: String] = [:]
    ) -> TopicRecord {
        TopicRecord(
            .init(partition, 7),
            key: key.map { Array($0.utf8) },
            value: value.map { Array($0.utf8) },
            headers: headers.map { .init($0.key, Array($0.value.utf8)) }
        )
    }

    static let event = record(
        #"{"type":"effect.finished","data":{"node":"Verify","ok":false,"us":250,"steps":[{"name":"a b"},{"name":"z"}]}}"#,
        key: "c9d1e0",
        partition: 3,
        headers: ["ce_type": "soma.effect"]
    )

    @Test(
        "each part says what must be in a message",
        arguments: [
            ("", true), ("verify", true), ("VERIFY finished", true), ("reject", false), ("-reject", true),
            ("!verify", false), ("\"a b\"", true), ("\"b a\"", false), ("c9d1", true), ("key:C9D", true),
            ("key:verify", false), ("soma.effect", true), ("header:ce_type", true),
            ("header:ce_type=effect", true), ("header:ce_type=node", false), ("header:other", false),
            ("partition:3", true), ("partition:2", false), ("/eff.*ed/", true), ("/^eff/", false),
            ("-/^eff/", true), (".data.node=Verify", true), (".data.node=verify", false),
            (".data.node", true),
            (".data.nothing", false), (".data.ok=false", true), (".data.us=250", true),
            (".data.steps.1.name=z", true), (".data.steps.2.name", false),
            (".data.steps.0.name=\"a b\"", true),
            ("verify partition:3 .data.ok=false -/timeout/", true),
        ]
    )
    func parts(filter: String, matches: Bool) throws {
        #expect(try Self.holds(filter, Self.event) == matches, "\(filter)")
    }

    @Test("what a pattern learned from one message makes no difference to the next")
    func kept() throws {
        var matcher = TopicMatcher(try TopicFilter("/a+b/ -/c$/"))
        for (text, matches) in [("xaab", true), ("aac", false), ("ab c", false), ("b", false), ("ab", true)] {
            #expect(matcher.matches(Self.record(text)) == matches, "\(text)")
        }
    }

    @Test("a pattern that backtracking would never end with is through at once", .timeLimit(.minutes(1)))
    func hostile() throws {
        let record = Self.record(String(repeating: "a", count: 100_000))
        #expect(try !Self.holds("/(a+)+b/", record))
    }

    @Test("tombstones, text and bytes are looked at as far as they go")
    func others() throws {
        #expect(try !Self.holds("x", Self.record(nil)))
        #expect(try Self.holds("-x", Self.record(nil)))
        #expect(try !Self.holds(".a", Self.record("no json")))
        let bytes = TopicRecord(.init(0, 0), key: nil, value: [0xFF, 0x00, 0x41, 0x62, 0xFE])
        #expect(try Self.holds("ab", bytes))
        #expect(try !Self.holds("abc", bytes))
    }

    @Test(
        "what is no filter is refused at its place",
        arguments: [
            ("a /b", 2), ("/(/", 0), ("a b \"c", 4), ("partition:x", 0), ("x header:=1", 2), (".a..b", 0),
            ("\"\"", 0),
        ]
    )
    func refusals(filter: String, offset: Int) {
        let error = #expect(throws: FilterError.self) { try TopicFilter(filter) }
        #expect(error?.offset == offset, "\(filter)")
    }

    @Test("words are found wherever they stand, as a plain search finds them")
    func seeded() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0...12)).map { _ in "abAB-".randomElement(using: &generator)! }
            )
            let word = String(
                (0..<Int.random(in: 1...3)).map { _ in "abAB".randomElement(using: &generator)! }
            )
            let found = try Self.holds(word, Self.record(text))
            #expect(found == text.lowercased().contains(word.lowercased()), "\(word) in \(text)")
        }
    }

    private static func holds(_ filter: String, _ record: TopicRecord) throws -> Bool {
        var matcher = TopicMatcher(try TopicFilter(filter))
        return matcher.matches(record)
    }
}

@Suite("What messages are")
struct PayloadTests {
    @Test("bytes are told apart by what is in them")
    func kinds() {
        func name(_ bytes: [UInt8]?) -> String { Payload(bytes, isWhole: true).name }
        #expect(name(nil) == "tombstone")
        #expect(name([]) == "text")
        #expect(name(Array("plain words".utf8)) == "text")
        #expect(name(Array("{not json".utf8)) == "text")
        #expect(name(Array(#" {"a":1}"#.utf8)) == "json")
        #expect(name(Array("[1,2]".utf8)) == "json")
        #expect(name(Array(#"{"specversion":"1.0","type":"t","source":"s"}"#.utf8)) == "cloud event")
        #expect(name([0x7B, 0x00]) == "binary")
        #expect(name([0xC3, 0x28]) == "binary")
    }

    @Test("a line shows all of them, without what a line can't hold")
    func lines() {
        #expect(Payload(Array("a\n\t b\r\nc".utf8)).line == "a b c")
        #expect(Payload([0x00, 0x1B, 0xFF]).line.hasPrefix("00 1b ff"))
        let event = #"{"specversion":"1.0","type":"t","source":"s","data":{"a":1}}"#
        #expect(Payload(Array(event.utf8)).line == #"t s {"a":1}"#)
        let long = Payload(Array(repeating: 0x61, count: 1 << 20)).line
        #expect(long.count == TextLimits.lineCharactersMax)
    }

    @Test("the beginning of what is long is read, and no character of it is cut in two", arguments: 0..<4)
    func beginnings(shift: Int) {
        let text = String(repeating: "a", count: shift) + String(repeating: "東\u{1F600}", count: 200)
        let bytes = Array(text.utf8)
        for end in 100..<120 {
            let read = Payload.beginning(of: bytes, end)
            #expect((end - 3...end).contains(read.count))
            #expect(String(validating: read, as: UTF8.self) != nil)
        }
        #expect(Payload.beginning(of: bytes, bytes.count).count == bytes.count)
        // A byte of no text behind the beginning isn't looked at.
        #expect(Payload(Array(repeating: 0x61, count: 1 << 20) + [0xFF]).name == "text")
    }

    @Test("a dump has sixteen bytes a line, and says how many more there are")
    func dump() {
        let lines = Payload.dump(Array(0x30..<0x30 + 40), linesMax: 2)
        #expect(lines.count == 3)
        #expect(lines[0] == "000000  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?")
        #expect(lines[1].hasPrefix("000010  40 41"))
        #expect(lines[2] == "… 8 B more")
        #expect(
            Payload.dump([0x0A, 0x1B], linesMax: 9) == [
                "000000  0a 1b" + String(repeating: " ", count: 44) + ".."
            ]
        )
    }
}
