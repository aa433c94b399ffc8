import SomaCore
import Testing

@Suite("CloudEvents form of a transition")
struct CloudEventTests {
    static let naughty: [String] =
        [
            "", "\u{0}", "\"\\/\u{8}\u{C}\n\r\t", "{\"specversion\":\"1.0\"}", "\u{202E}gnp.exe",
            "\u{2028}\u{2029}",
            "👩‍👩‍👧‍👦", "Z̮̞̠͙͔ͅ", "\u{FEFF}", "\u{FFFF}", "../../etc/passwd", "$(touch x)", "a/b/c", "1/2",
        ]
        + Corpus.files("naughty-strings").filter { $0.name.hasSuffix(".json") }
        .flatMap { (try? JSON.parse($0.bytes))?.array?.compactMap(\.string) ?? [] }

    static let full = Transition(
        run: RunID("k3v9t0q2m7x1abc"),
        seq: 7,
        at: Timestamp(microseconds: 1_767_600_000_123_456),
        kind: .effectFinished,
        agent: "coder",
        parent: RunID("p"),
        node: "Execute",
        attempt: 2,
        cause: 6,
        more: 3,
        trace: "0af7651916cd43dd8448eb211c80319c",
        span: "b7ad6b7169203331",
        body: ["effect": 5, "ok": true],
        content: [ContentReference("result", ContentID(high: 1, low: 2))],
        unknown: ["priority": "high", "data": ["shade": "blue"]]
    )

    @Test("the bytes are these")
    func bytes() {
        let expected = """
            {"specversion":"1.0","id":"k3v9t0q2m7x1abc/7","source":"/runs/k3v9t0q2m7x1abc",\
            "type":"soma.effect.finished.v1","time":"2026-01-05T08:00:00.123456Z","subject":"local",\
            "tenant":"local","priority":"high","data":{"agent":"coder","parent":"p","node":"Execute","attempt":2,\
            "cause":6,"more":3,"trace":"0af7651916cd43dd8448eb211c80319c","span":"b7ad6b7169203331",\
            "body":{"effect":5,"ok":true},"content":{"result":"00000000000000010000000000000002"},"shade":"blue"}}
            """
        #expect(String(decoding: Self.full.cloudEvent(), as: UTF8.self) == expected)
        #expect(Self.full.eventID == "k3v9t0q2m7x1abc/7")
    }

    @Test("every kind round trips and has its own name")
    func kinds() throws {
        for kind in TransitionKind.known + [
            .unknown("soma.odd.thing.v1"), .unknown("soma.node.left.v2"), .unknown("x"),
        ] {
            var transition = Self.full
            transition.kind = kind
            #expect(try Transition(cloudEvent: transition.cloudEvent()) == transition)
            #expect(TransitionKind(eventType: kind.eventType) == kind)
        }
        for kind in TransitionKind.known { #expect(TransitionKind(kind.name) == kind) }
        #expect(Set(TransitionKind.known.map(\.name)).count == TransitionKind.known.count)
    }

    @Test("any transition round trips")
    func anyTransition() throws {
        var random = RandomTransitions(seed: 21)
        for _ in 0..<3000 {
            let transition = random.next()
            #expect(try Transition(cloudEvent: transition.cloudEvent()) == transition)
        }
    }

    @Test("hostile words round trip wherever a string can stand")
    func hostileWords() throws {
        for word in Self.naughty {
            var transition = Self.full
            transition.run = RunID("r" + word)
            transition.kind = .unknown("t" + word)
            transition.tenant = word
            transition.subject = word
            transition.agent = word
            transition.node = word
            transition.trace = word
            transition.body = ["k" + word: .string(word)]
            transition.unknown = ["u" + word: .string(word)]
            let bytes = transition.cloudEvent()
            #expect(!bytes.contains(0x0A))
            #expect(try Transition(cloudEvent: bytes) == transition)
        }
    }

    @Test("members in any order, with white space and of other makers, are read")
    func foreign() throws {
        let text = """
            { "data": { "body": {"ok": true}, "cause": "none", "attempt": 1.0 }, "datacontenttype": "application/json",
              "type": "soma.effect.finished.v1", "time": "2026-01-05T09:00:00+01:00", "id": "run/12",
              "source": {"odd": [1]}, "extension": [1, 2] }
            """
        let expected = Transition(
            run: RunID("run"),
            seq: 12,
            at: Synthetic.start,
            kind: .effectFinished,
            tenant: "",
            subject: "",
            body: ["ok": true],
            unknown: ["extension": [1, 2]]
        )
        #expect(try Transition(cloudEvent: Array(text.utf8)) == expected)
    }

    @Test(
        "what is no transition is refused with its place",
        arguments: [
            "", "{}", "[]", "null", "{\"id\":\"a/1\"}", "{\"type\":\"t\"}", "{\"id\":\"a\",\"type\":\"t\"}",
            "{\"id\":\"/1\",\"type\":\"t\"}", "{\"id\":\"a/0\",\"type\":\"t\"}",
            "{\"id\":\"a/-1\",\"type\":\"t\"}",
            "{\"id\":\"a/99999999999999999999\",\"type\":\"t\"}", "{\"id\":\"a/1x\",\"type\":\"t\"}",
            "{\"id\":\"a/1\",\"type\":\"\"}", "{\"id\":\"a/1\",\"type\":\"t\",\"time\":\"now\"}",
            "{\"id\":\"a/1\",\"type\":\"t\",\"data\":[]}", "{\"id\":\"a/1\",\"type\":\"t\"} x",
            "{\"id\":\"a/1\",\"type\":\"t\",\"data\":{\"content\":{\"x\":\"short\"}}}",
            "{\"id\":\"a/1\",\"type\":\"t\",\"data\":{\"body\":1}}",
        ]
    )
    func refused(_ text: String) {
        let error = #expect(throws: Transition.WireError.self) {
            try Transition(cloudEvent: Array(text.utf8))
        }
        #expect(error?.description.contains("line 1") == true)
    }

    @Test("cut anywhere, it is refused")
    func cuts() {
        let bytes = Self.full.cloudEvent()
        for count in 0..<bytes.count {
            #expect(throws: Transition.WireError.self) { try Transition(cloudEvent: bytes[..<count]) }
        }
    }
}
