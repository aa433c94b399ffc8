import SomaCore
import SomaTerminal
import SomaTesting
import SomaTraces

@testable import SomaConsole

/// Traces as people meet them, and as nobody should.
enum TraceStories {
    /// Makes spans with as little writing as may be; times are milliseconds after the stories' start.
    struct Builder {
        var trace: Trace

        init(_ number: UInt64 = 0x4BF9_2F35_77B3_4DA6) {
            trace = Trace(id: TraceID(high: number, low: 0xA3CE_929D_0E0E_4736))
            trace.set.scopes = [TraceScope(name: "otel", version: "1.2")]
        }

        private mutating func resource(_ service: String) -> Int32 {
            if let place = trace.set.resources.firstIndex(where: { $0.service == service }) {
                return Int32(place)
            }
            trace.set.resources.append(
                TraceResource(
                    service: service,
                    attributes: [
                        Attribute("service.name", .string(service)),
                        Attribute("host.name", .string("host-of-\(service)")),
                        Attribute("process.pid", .int(4711)),
                    ]
                )
            )
            return Int32(trace.set.resources.count - 1)
        }

        /// Adds a span and gives its id.
        @discardableResult
        mutating func add(
            _ name: String,
            _ service: String,
            in parent: UInt64? = nil,
            from start: Double,
            for duration: Double,
            failed message: String? = nil,
            id: UInt64? = nil
        ) -> UInt64 {
            let id = id ?? UInt64(trace.set.spans.count + 1)
            var span = TraceSpan(
                trace: trace.id,
                id: SpanID(id),
                parent: parent.map { SpanID($0) },
                name: name,
                start: SomaConsoleTests.start.microseconds * 1_000 + Int64(start * 1_000_000),
                duration: Int64(duration * 1_000_000)
            )
            span.resource = resource(service)
            if let message {
                span.status = .error
                span.message = message
            }
            trace.set.spans.append(span)
            return id
        }

        /// The last span.
        var last: TraceSpan {
            get { trace.set.spans[trace.set.spans.count - 1] }
            set { trace.set.spans[trace.set.spans.count - 1] = newValue }
        }
    }

    /// An order that is paid at the second try, with something beside it that nobody waits for.
    static var checkout: Trace {
        var make = Builder()
        let root = make.add("POST /checkout", "shop", from: 0, for: 1_240)
        make.last.kind = .server
        make.last.attributes = [
            Attribute("http.request.method", .string("POST")),
            Attribute("http.response.status_code", .int(200)),
            Attribute("url.full", .string("https://shop.example/checkout?cart=4711")),
        ]
        let cart = make.add("load cart", "shop", in: root, from: 12, for: 84)
        make.add("SELECT carts", "postgres", in: cart, from: 20, for: 71.5)
        make.last.attributes = [
            Attribute("db.query.text", .string("SELECT *\n  FROM carts\n WHERE id = $1")),
            Attribute("db.rows", .int(3)),
        ]
        let pay = make.add("pay", "payments", in: root, from: 140, for: 900)
        make.add("POST /charge", "payments", in: pay, from: 150, for: 310, failed: "503 from the bank")
        make.last.events = [
            SpanEvent(
                at: make.last.start + 300_000_000,
                name: "exception",
                attributes: [
                    Attribute("exception.type", .string("BankUnavailable")),
                    Attribute("exception.message", .string("no answer within 300 ms\nat charge()\nat pay()")),
                ]
            )
        ]
        make.add("POST /charge", "payments", in: pay, from: 560, for: 460)
        make.last.links = [SpanLink(trace: make.trace.id, span: SpanID(5), kind: .followsFrom)]
        make.add("send receipt", "mail", in: root, from: 1_060, for: 140)
        make.add("warm cache", "shop", in: root, from: 100, for: 700)
        make.add("audit", "audit", in: pay, from: 1_030, for: 0.25)
        return make.trace
    }

    /// What wants to be a terminal's, wide letters, parents in a circle and without end, clocks that differ.
    static var hostile: Trace {
        var make = Builder(0xDEAD)
        let root = make.add("\u{1B}]0;owned\u{07}\u{1B}[2Jclear", "svc\u{1B}[31m", from: 0, for: 1_000)
        make.last.attributes = [
            Attribute("ключ\u{202E}", .string("a\u{9B}31m\u{0}b")),
            Attribute("long", .string(String(repeating: "x", count: 9_000))),
        ]
        make.add("東京タワーへの道順を調べる長い名前の操作", "旅行", in: root, from: 100, for: 400)
        make.add("早い時計", "時計", in: root, from: -300, for: 200)
        make.add("no parent", "lost", in: 999, from: 500, for: 100)
        make.add("one", "ring", in: 6, from: 200, for: 300, id: 5)
        make.add("two", "ring", in: 5, from: 250, for: 100, id: 6)
        make.add("myself", "ring", in: 7, from: 300, for: 10, id: 7)
        make.add("twice", "ring", in: root, from: 600, for: 50, id: 7)
        make.add(
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} ‮evil",
            "👩‍👩‍👧‍👦",
            in: root,
            from: 700,
            for: 250,
            failed: "\u{1B}[5mno"
        )
        return make.trace
    }

    /// A chain of spans, each inside the one before.
    static func chain(_ count: Int) -> Trace {
        var make = Builder(7)
        var parent: UInt64?
        for depth in 0..<count {
            parent = make.add(
                "level \(depth)",
                "deep",
                in: parent,
                from: Double(depth),
                for: Double(2 * count - 2 * depth)
            )
        }
        return make.trace
    }

    static var found: [FoundTrace] {
        let checkout = FoundTrace(Self.checkout)
        var others: [FoundTrace] = []
        for number in 1...6 {
            others.append(
                FoundTrace(
                    id: TraceID(high: UInt64(number) << 60, low: 1),
                    service: number == 3 ? "旅行\u{1B}[31m" : "shop",
                    operation: number == 4 ? "東京 \u{202E}evil" : "GET /item/\(number)",
                    start: start + .seconds(60 * number),
                    duration: Int64(number * number) * 41_000_000,
                    spans: number * 700,
                    failures: number == 5 ? 12 : 0,
                    services: number
                )
            )
        }
        return [checkout] + others
    }

    /// A console that looks at a Jaeger.
    static func console(_ size: Size) -> TestConsole {
        var console = TestConsole.with(Stories.mix, size: size)
        console.state.traces.address = "http://jaeger:16686"
        console.press("alt+t")
        console.feed(.traces(.services(["audit", "mail", "payments", "shop"])))
        return console
    }

    /// A console in which a search found something.
    static func list(_ size: Size) -> TestConsole {
        var console = console(size)
        console.filter("service:shop since:1h")
        console.feed(.traces(.found(1, found)))
        return console
    }

    /// A console that shows a trace.
    static func opened(_ trace: Trace, _ size: Size) -> TestConsole {
        var console = TestConsole.with(Stories.mix, size: size)
        console.state.traces.address = "http://jaeger:16686"
        console.press(":")
        console.type("traces \(trace.id)")
        console.press("enter")
        console.feed(.traces(.services(["shop"])))
        console.feed(.traces(.opened(1, TraceWaterfall(trace))))
        return console
    }
}
