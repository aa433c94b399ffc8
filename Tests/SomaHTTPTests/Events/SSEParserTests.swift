import SomaHTTP
import Testing

@Suite("Event stream parser")
struct SSEParserTests {
    typealias Case = SSECase

    static let ownCases = [
        Case("nothing", "", []),
        Case("line feeds", "data: a\n\n", [SSEEvent(data: "a")]),
        Case("returns", "data: a\r\rdata: b\r\r", [SSEEvent(data: "a"), SSEEvent(data: "b")]),
        Case("both", "data: a\r\n\r\n", [SSEEvent(data: "a")]),
        Case("mixed line ends", "data: a\rdata: b\r\ndata: c\n\r", [SSEEvent(data: "a\nb\nc")]),
        Case("byte order mark", "\u{FEFF}data: a\n\n", [SSEEvent(data: "a")]),
        Case("second byte order mark", "\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n", [SSEEvent(data: "b")]),
        Case("byte order mark later", "\n\u{FEFF}data: a\n\n", []),
        Case("comments", ":\n: data: x\n:data\ndata: a\n\n", [SSEEvent(data: "a")]),
        Case("no colon", "data\ndata\n\n", [SSEEvent(data: "\n")]),
        Case("one space", "data:a\ndata:  b\n\n", [SSEEvent(data: "a\n b")]),
        Case("empty data", "data:\n\n", [SSEEvent(data: "")]),
        Case("colons in data", "data: {\"a\": \"b:c\"}\n\n", [SSEEvent(data: "{\"a\": \"b:c\"}")]),
        Case("unknown fields", "Data: x\ndata : y\nfoo: z\ndata: a\n\n", [SSEEvent(data: "a")]),
        Case(
            "type",
            "event: t\ndata: a\n\ndata: b\n\n",
            [SSEEvent(type: "t", data: "a"), SSEEvent(data: "b")]
        ),
        Case("type without data", "event: t\n\ndata: b\n\n", [SSEEvent(data: "b")]),
        Case(
            "ids stay, clear and refuse NUL",
            "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 2\0\ndata: d\n\n",
            [
                SSEEvent(data: "a", lastEventID: "1"), SSEEvent(data: "b", lastEventID: "1"),
                SSEEvent(data: "c"),
                SSEEvent(data: "d"),
            ]
        ),
        Case("unfinished", "data: a\n\ndata: b\n", [SSEEvent(data: "a")]),
        Case(
            "malformed UTF-8",
            [0x64, 0x61, 0x74, 0x61, 0x3A, 0xFF, 0xE2, 0x82, 0x0A, 0x0A],
            [SSEEvent(data: "\u{FFFD}\u{FFFD}")]
        ),
        Case("characters of several bytes", "data: h€llo 👩‍🚀\n\n", [SSEEvent(data: "h€llo 👩‍🚀")]),
    ]

    static let cases: [Case] = ownCases + sseCorpusCases()

    @Test("A stream gives its events, at once, byte by byte, and split at random", arguments: cases)
    func events(test: Case) throws {
        #expect(try parse([test.stream]) == test.events)
        #expect(try parse(test.stream.map { [$0] }) == test.events)
        var whole = SSEParser()
        _ = try whole.feed(test.stream)
        #expect(whole.retry == test.retry)
        var generator = SeededGenerator(state: 11)
        for _ in 0..<20 {
            var chunks: [[UInt8]] = []
            var rest = test.stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(rest.count, 9), using: &generator)
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try parse(chunks) == test.events)
        }
    }

    @Test(
        "The delay for reconnecting is taken from digits only",
        arguments: [
            ("250", 250), ("0", 0), ("-1", nil), ("1.5", nil), ("", nil), (" 5", nil),
            ("99999999999999999999", nil),
        ] as [(String, Int?)]
    )
    func retry(value: String, milliseconds: Int?) throws {
        var parser = SSEParser()
        _ = try parser.feed(Array("retry: \(value)\n".utf8))
        #expect(parser.retry == milliseconds.map { .milliseconds($0) })
    }

    @Test("The id to resume from is the one that a blank line has confirmed")
    func confirmedID() throws {
        var parser = SSEParser(lastEventID: "0")
        #expect(parser.lastEventID == "0")
        _ = try parser.feed(AnySequence(Array("id: 1\n\nid: 2\ndata: x\n".utf8)))
        #expect(parser.lastEventID == "1")
        #expect(try parser.feed(Array("\n".utf8)) == [SSEEvent(data: "x", lastEventID: "2")])
    }

    @Test("A line as long as allowed passes and a longer one doesn't", arguments: [1, 3, 64])
    func longLine(chunk: Int) throws {
        let limits = SSELimits(lineBytes: 20, eventBytes: 100)
        let fits = "data: " + String(repeating: "x", count: 14) + "\n\n"
        #expect(try parse(fits.chunks(of: chunk), limits: limits).count == 1)
        for tooLong in [
            "data: " + String(repeating: "x", count: 15) + "\n\n", String(repeating: "y", count: 21),
        ] {
            let error = #expect(throws: HTTPError.self) {
                try parse(tooLong.chunks(of: chunk), limits: limits)
            }
            #expect(error?.kind == .eventTooLarge)
        }
    }

    @Test("An event of too many lines is refused, now and from then on")
    func largeEvent() throws {
        var parser = SSEParser(limits: SSELimits(lineBytes: 20, eventBytes: 30), url: "http://h/?secret")
        let line = Array("data: 0123456789\n".utf8)
        _ = try parser.feed(line + line)
        for chunk in [line, Array("\n".utf8)] {
            let error = #expect(throws: HTTPError.self) { try parser.feed(chunk) }
            #expect(error?.kind == .eventTooLarge)
            #expect(error?.url == "http://h/")
        }
    }

    @Test("Random bytes are read without a crash, whatever their split")
    func randomBytes() throws {
        var generator = SeededGenerator(state: 5)
        let alphabet = Array("data:idevntry \n\r\n\r\0é\u{FEFF}".utf8)
        for _ in 0..<300 {
            let stream = (0..<200).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            #expect(try parse([stream]) == parse(stream.map { [$0] }))
        }
    }

    private func parse(_ chunks: [[UInt8]], limits: SSELimits = SSELimits()) throws -> [SSEEvent] {
        var parser = SSEParser(limits: limits)
        return try chunks.flatMap { try parser.feed($0) }
    }
}

extension String {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        let bytes = Array(utf8)
        return stride(from: 0, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
    }
}
