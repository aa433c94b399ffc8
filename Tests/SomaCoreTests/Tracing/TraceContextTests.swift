import SomaCore
import Testing

private let trace = "0af7651916cd43dd8448eb211c80319c"
private let span = "b7ad6b7169203331"

@Suite("W3C Trace Context")
struct TraceContextTests {
    @Test("A valid traceparent is read, and written as it was")
    func valid() throws {
        let context = try #require(TraceContext(traceparent: "00-\(trace)-\(span)-01"))
        #expect("\(context.trace)" == trace)
        #expect("\(context.span)" == span)
        #expect(context.isSampled)
        #expect(context.traceparent == "00-\(trace)-\(span)-01")
        #expect(TraceContext(traceparent: "00-\(trace)-\(span)-00")?.isSampled == false)
    }

    @Test(
        "Of the flags only the one for sampling counts, and only it is passed on",
        arguments: [("02", "00"), ("03", "01"), ("ff", "01"), ("fe", "00")]
    )
    func flags(read: String, written: String) {
        #expect(
            TraceContext(traceparent: "00-\(trace)-\(span)-\(read)")?.traceparent
                == "00-\(trace)-\(span)-\(written)"
        )
    }

    @Test(
        "A later version is read as far as it is known",
        arguments: [
            "01-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01-what-follows", "fe-\(trace)-\(span)-01-",
        ]
    )
    func later(text: String) {
        #expect(TraceContext(traceparent: text)?.traceparent == "00-\(trace)-\(span)-01")
    }

    @Test(
        "Anything else is no context",
        arguments: [
            "", "00", "00-", "-", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-1",
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-0100",
            "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "000-\(trace)-\(span)-01",
            "01-\(trace)-\(span)-01x", "cc-\(trace)-\(span)-01.what", "FF-\(trace)-\(span)-01",
            "CC-\(trace)-\(span)-01",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-\(span)-01", "00-\(trace)-B7AD6B7169203331-01",
            "00-\(trace)-\(span)-0X", "00-\(trace)-\(span)-x1", "00_\(trace)_\(span)_01",
            "00-\(span)-\(trace)-01",
            " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ", "00-\(trace)-\(span)-01\r\nx: y",
            "00-\(trace.dropLast())g-\(span)-01", "0é-\(trace)-\(span)-01",
            "00-\(trace)-\(span)-01,00-\(trace)-\(span)-01",
            "cc-\(trace)-\(span)-01-" + String(repeating: "x", count: 10_000),
        ]
    )
    func invalid(text: String) { #expect(TraceContext(traceparent: text) == nil) }

    @Test("What is kept of a context comes back, and nothing else does")
    func record() throws {
        let parent = "00-\(trace)-\(span)-01"
        for state in [nil, "rojo=1", "a=1 2,b=x"] {
            let context = try #require(TraceContext(traceparent: parent, tracestate: state))
            #expect(TraceContext(record: context.record) == context)
        }
        for broken in ["", " ", "rojo=1", "\(parent)x", " \(parent)", "ff" + parent.dropFirst(2)] {
            #expect(TraceContext(record: broken) == nil, "\(broken)")
        }
        #expect(TraceContext(record: "\(parent) " + String(repeating: "a", count: 513)) == nil)
        #expect(TraceContext(record: "\(parent) rojo")?.state == "")
    }

    @Test("No single change to a valid one makes anything but a valid one", arguments: 1...200)
    func mutated(seed: UInt64) {
        var random = Numbers(seed)
        var bytes = Array("00-\(trace)-\(span)-01".utf8)
        for _ in 0...Int(random.next() % 3) {
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 3 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            }
        }
        guard let context = TraceContext(traceparent: String(decoding: bytes, as: UTF8.self)) else { return }
        #expect(!context.trace.isZero && !context.span.isZero)
        #expect(TraceContext(traceparent: context.traceparent) == context)
    }
}

@Suite("tracestate")
struct TraceStateTests {
    private func state(_ text: String) -> String? {
        TraceContext(traceparent: "00-\(trace)-\(span)-01", tracestate: text)?.state
    }

    @Test(
        "A valid list is kept without blanks around its members",
        arguments: [
            ("rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7"), ("a=1, b=2 ,\tc=3", "a=1,b=2,c=3"),
            ("a=1,,b=2", "a=1,b=2"), ("fw529a3039@dt=FfAB ,x*/_-9=!", "fw529a3039@dt=FfAB,x*/_-9=!"),
            ("", ""), (" , ", ""),
            ("0@a=1", "0@a=1"), ("a=1;b", "a=1;b"),
        ]
    )
    func valid(text: String, kept: String) { #expect(state(text) == kept) }

    @Test(
        "One that is invalid is dropped, and the context holds",
        arguments: [
            "a", "=1", "a=", "A=1", "0=1", "a=b=c", "a@=1", "@a=1", "a@b@c=1", "a@0=1", "a=1,a=2", "a=é",
            "a=\u{7}",
            "ä=1", "a =1", String(repeating: "k", count: 257) + "=1",
            "a=" + String(repeating: "v", count: 257), "a@" + String(repeating: "s", count: 15) + "=1",
            (1...33).map { "k\($0)=1" }.joined(separator: ","), String(repeating: ",", count: 9000),
        ]
    )
    func invalid(text: String) {
        #expect(state(text) == "")
    }

    @Test("What is kept has a bound: long members go first, then the last")
    func bound() throws {
        let long = "long=" + String(repeating: "v", count: 200)
        let short = (0..<30).map { "k\($0)=" + String(repeating: "v", count: 16) }
        let kept = try #require(state(([long] + short).joined(separator: ",")))
        #expect(kept.utf8.count <= TraceContext.stateBytesMax)
        #expect(!kept.contains("long") && kept.hasPrefix("k0=") && !kept.contains("k29="))
        #expect(kept.split(separator: ",").allSatisfy { $0.hasSuffix("=vvvvvvvvvvvvvvvv") })
    }

    @Test("No bytes make a list that is longer than the bound, or that reads differently", arguments: 1...300)
    func hostile(seed: UInt64) {
        var random = Numbers(seed)
        let alphabet = Array("ab0=,@ \t-_*/AZ~\u{1}é;".unicodeScalars)
        var text = ""
        for _ in 0..<Int(random.next() % 600) {
            text.unicodeScalars.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
        }
        let kept = state(text) ?? ""
        #expect(kept.utf8.count <= TraceContext.stateBytesMax)
        #expect(state(kept) == kept)
    }
}

@Suite("Which traces are chosen")
struct TraceSamplingTests {
    @Test("All, none, and what a caller has decided")
    func edges() {
        for id in [TraceID(high: 1, low: 0), TraceID(high: 0, low: .max), TraceID(high: 3, low: 1 << 63)] {
            #expect(TraceSampling(ratio: 1).includes(id))
            #expect(!TraceSampling(ratio: 0).includes(id))
            #expect(TraceSampling(ratio: 0).includes(id, caller: true))
            #expect(!TraceSampling(ratio: 1).includes(id, caller: false))
        }
        for ratio in [-1, .nan, 2, .infinity] { #expect((0...1).contains(TraceSampling(ratio: ratio).ratio)) }
    }

    @Test("A share of the ids of runs is about as large as it should be", arguments: [0.01, 0.1, 0.5, 0.9])
    func share(ratio: Double) {
        let sampling = TraceSampling(ratio: ratio)
        let chosen = (0..<20_000).count { sampling.includes(TraceIdentity.trace(of: RunID("run\($0)"))) }
        #expect(abs(Double(chosen) / 20_000 - ratio) < 0.012)
    }

    @Test(
        "A larger share holds the smaller one, so that processes with different shares agree on the smaller"
    )
    func nested() {
        for index in 0..<2000 {
            let id = TraceIdentity.trace(of: RunID("run\(index)"))
            if TraceSampling(ratio: 0.2).includes(id) { #expect(TraceSampling(ratio: 0.3).includes(id)) }
        }
    }
}

private struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
