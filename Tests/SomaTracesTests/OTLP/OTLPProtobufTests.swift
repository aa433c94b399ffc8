import SomaCore
import SomaTraces
import Testing

// The bytes below were made with the official package: opentelemetry-proto of PyPI, `TracesData` with every field of
// a span set, `SerializeToString(deterministic=True)`.
let officialBytes: [UInt8] = bytes(
    ""
        + "0af4040a1c0a1a0a0c736572766963652e6e616d65120a0a08636865636b6f757412ab040a150a036c69621203312e32"
        + "1a070a01731202100020031291040a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1741a03613d6222"
        + "08eee19b7ec3c1b1732a1449276d206120736572766572207370616e20c3a9300239004859e3faeb6f15410012f41efb"
        + "eb6f154a090a0373747212020a004a120a03696e74120b18f9ffffffffffffffff014a100a0364626c1209211283c0ca"
        + "a1ed83404a090a03796573120210014a0b0a0372617712043a0200ff4a1b0a0361727212142a120a060a046d616e790a"
        + "080a0676616c7565734a1a0a036d6170121332110a0f0a016b120a18ffffffffffffffff7f4a080a046e6f6e65120050"
        + "015a190900ad2601fbeb6f15120265761a080a0178120318ac02200560026afc010a10000102030405060708090a0b0c"
        + "0d0e0f120800010203040506071a03633d6422d1010a017912cb010ac8017a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a"
        + "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a"
        + "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a"
        + "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a"
        + "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a2806350100000070047a"
        + "081204626f6f6d18028501010100001a2668747470733a2f2f6f70656e74656c656d657472792e696f2f736368656d61"
        + "732f312e342e30"
)

private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// What is in them.
var officialSet: SpanSet {
    var resource = TraceResource(
        service: "checkout",
        attributes: [Attribute("service.name", .string("checkout"))]
    )
    resource.schemaURL = "https://opentelemetry.io/schemas/1.4.0"
    var scope = TraceScope(name: "lib", version: "1.2", attributes: [Attribute("s", .bool(false))])
    scope.droppedAttributes = 3
    var span = TraceSpan(
        trace: TraceID(high: 0x5B8E_FFF7_9803_8103, low: 0xD269_B633_813F_C60C),
        id: SpanID(0xEEE1_9B7E_C3C1_B174),
        parent: SpanID(0xEEE1_9B7E_C3C1_B173),
        name: "I'm a server span é",
        start: 1_544_712_660_000_000_000,
        duration: 1_000_000_000
    )
    span.kind = .server
    span.traceState = "a=b"
    span.flags = 0x101
    span.attributes = [
        Attribute("str", .string("")), Attribute("int", .int(-7)), Attribute("dbl", .double(637.704)),
        Attribute("yes", .bool(true)), Attribute("raw", .bytes([0, 255])),
        Attribute("arr", .array([.string("many"), .string("values")])),
        Attribute("map", .map([Attribute("k", .int(.max))])), Attribute("none", .empty),
    ]
    (span.droppedAttributes, span.droppedEvents, span.droppedLinks) = (1, 2, 4)
    var event = SpanEvent(at: 1_544_712_660_500_000_000, name: "ev", attributes: [Attribute("x", .int(300))])
    event.droppedAttributes = 5
    span.events = [event]
    var link = SpanLink(
        trace: TraceID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F),
        span: SpanID(0x0001_0203_0405_0607),
        attributes: [Attribute("y", .string(String(repeating: "z", count: 200)))]
    )
    link.traceState = "c=d"
    link.flags = 1
    link.droppedAttributes = 6
    span.links = [link]
    span.status = .error
    span.message = "boom"
    return SpanSet(resource: resource, scope: scope, spans: [span])
}

@Suite("OTLP in protobuf")
struct OTLPProtobufTests {
    @Test("What the official package wrote is read whole")
    func reads() throws { #expect(try SpanSet(protobuf: officialBytes) == officialSet) }

    @Test("What is written is what the official package writes")
    func writes() {
        // The official package writes fields in the order of their numbers, with `flags`, 16, behind the status.
        #expect(officialSet.protobuf() == officialBytes)
    }

    @Test("It is told from JSON by its bytes")
    func sniffed() throws {
        #expect(try OTLPDocument.read(officialBytes) == .traces(officialSet))
        #expect(try OTLPDocument.read(Array("\n {\"resourceSpans\":[]}".utf8)) == .traces(SpanSet()))
    }

    @Test("Fields that aren't known are passed over")
    func unknownFields() throws {
        // Field 100 as a number, 101 as eight bytes, 102 as text, 103 as four bytes.
        let extra: [UInt8] = [
            0xA0, 6, 0x96, 1, 0xA9, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xB2, 6, 1, 0x41, 0xBD, 6, 1, 2, 3, 4,
        ]
        #expect(try SpanSet(protobuf: officialBytes + extra) == officialSet)
    }

    @Test("Bytes that are cut off or wrong are refused with their place and never trap")
    func hostile() {
        for length in 1..<officialBytes.count {
            #expect(throws: TraceReadError.self) { try SpanSet(protobuf: Array(officialBytes[..<length])) }
        }
        let error = #expect(throws: TraceReadError.self) {
            try SpanSet(protobuf: [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1])
        }
        #expect(error?.description.contains("bytes, but 0 are left") == true)
        for seed: UInt64 in 1...400 {
            var generator = Seeded(seed)
            var bytes = officialBytes
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            _ = try? SpanSet(protobuf: bytes)
            _ = try? OTLPDocument.read(bytes)
        }
    }

    @Test("Messages nested without end are refused")
    func nested() {
        // AnyValue within AnyValue: each level is an array of one element.
        var value: [UInt8] = [0x0A, 0]
        for _ in 0..<120 {
            let inner = wrapped(1, value)
            value = wrapped(5, inner)
        }
        let attribute = wrapped(9, wrapped(2, value))
        let request = wrapped(1, wrapped(2, wrapped(2, attribute)))
        #expect(throws: TraceReadError.self) { try SpanSet(protobuf: request) }
    }

    private func wrapped(_ field: UInt8, _ message: [UInt8]) -> [UInt8] {
        var length = message.count
        var size: [UInt8] = []
        while length >= 0x80 {
            size.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        return [field << 3 | 2] + size + [UInt8(length)] + message
    }

    @Test("Random spans come back from both forms", arguments: 1...100)
    func roundTrip(seed: UInt64) throws {
        let set = RandomTrace.make(seed).set
        let back = try SpanSet(protobuf: set.protobuf())
        guard case .traces(let json) = try OTLPDocument.read(json: set.json().bytes()) else {
            Issue.record("not traces")
            return
        }
        #expect(back == json)
        #expect(back.spans.count == set.spans.count)
        let byID = Dictionary(grouping: set.spans) { $0.id }
        for span in back.spans {
            // Whether it only follows its parent is Jaeger's and has no place in OTLP.
            let isThere = byID[span.id]?.contains {
                var other = $0
                (other.resource, other.scope, other.follows) = (span.resource, span.scope, false)
                return other == span
                    && back.resources[Int(span.resource)].service == set.resources[Int($0.resource)].service
            }
            #expect(isThere == true)
        }
    }
}
