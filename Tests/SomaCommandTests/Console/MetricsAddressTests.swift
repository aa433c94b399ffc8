import SomaConsole
import SomaCore
import SomaMetrics
import Testing

@testable import soma

@Suite("Addresses, moments and names of metrics")
struct MetricsAddressTests {
    @Test(
        "an address is taken as people copy it",
        arguments: [
            ("127.0.0.1:9100", "http://127.0.0.1:9100/metrics", "http://127.0.0.1:9090"),
            ("http://host", "http://host/metrics", "http://host"),
            ("HTTPS://host/prom/?a=b#c", "https://host/prom/?a=b", "https://host/prom"),
            ("http://[::1]:9090/graph?g0.expr=up", "http://[::1]:9090/graph?g0.expr=up", "http://[::1]:9090"),
        ]
    )
    func addresses(text: String, endpoint: String, server: String) throws {
        let server = text.hasPrefix("127") ? "http://127.0.0.1:9100" : server
        #expect(try MetricsAddress(text, for: .endpoint).url == endpoint)
        #expect(try MetricsAddress(text, for: .server).url == server)
    }

    @Test("a name and a password are taken out, and never shown")
    func credentials() throws {
        let address = try MetricsAddress("https://ada:p%40ss%2Fw:x@host:1/m?token=t", for: .endpoint)
        #expect(address.shown == "https://host:1/m" && address.url == "https://host:1/m?token=t")
        guard case .basic("ada", "p@ss/w:x") = address.credentials else {
            Issue.record("other credentials")
            return
        }
        guard case .basic("token", "") = try MetricsAddress("token@host", for: .server).credentials else {
            Issue.record("other credentials")
            return
        }
    }

    @Test(
        "what is no address of the web is refused without showing a password",
        arguments: [
            "", "file:///etc/passwd", "unix:/run/x", "http://", "http://:80/x", "http://a b/",
            "http://x\u{1B}y/",
            "ftp://ada:secret@host/", "http://ada:secret/x@host/", "http://ada:secret%zz@host/",
            "http://ada:secret@/",
        ]
    )
    func refused(text: String) throws {
        for purpose in [MetricsAddress.Purpose.endpoint, .server] {
            let failure = try #require(throws: CommandFailure.self) { try MetricsAddress(text, for: purpose) }
            #expect(failure.code == .usage && failure.message.hasPrefix(purpose.rawValue))
            #expect(!failure.description.contains("secret") && !failure.description.contains("\u{1B}"))
        }
    }

    @Test("moments are even, end where they should, and take each value of a server to its place")
    func moments() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let look = MetricsLook(
                number: 1,
                panels: [],
                until: Timestamp(microseconds: .random(in: 0...4_000_000_000_000_000, using: &generator)),
                length: .milliseconds(Int.random(in: 1...100_000_000, using: &generator)),
                points: .random(in: 0...20_000, using: &generator)
            )
            let moments = MetricsMoments(look, now: Timestamp(microseconds: 0))
            #expect((2...SeriesStore.momentsMax).contains(moments.count))
            #expect(moments.all.count == moments.count && moments.all.last?.inMilliseconds == moments.last)
            #expect(moments.last == (look.until?.microseconds ?? 0) / 1_000)
            let points = moments.all.enumerated().map {
                QueryAnswer.Point(time: $0.element.inSeconds, value: Double($0.offset))
            }
            #expect(moments.values(points) == (0..<moments.count).map { Double($0) })
            #expect(moments.values([QueryAnswer.Point(time: 1e300, value: 1)]).allSatisfy { $0 == nil })
        }
    }

    @Test("a line is called by its legend, else by its labels, else by its metric")
    func names() {
        let labels = [Exposition.Label("__name__", "jobs"), .init("queue", "a{b}"), .init("z", "1")]
        func name(_ legend: String, _ labels: [Exposition.Label]) -> String {
            MetricsAnswer.Line(labels, [], legend: legend, plain: "sum(x)").name
        }
        #expect(name("{queue} of {none}{z", labels) == "a{b} of {z")
        #expect(name("{__name__}", labels) == "jobs")
        #expect(name("all", labels) == "all")
        #expect(name("of {instance}", labels) == "of")
        #expect(name("", labels) == "queue=a{b} z=1")
        #expect(name("", [labels[0]]) == "jobs")
        #expect(name("", []) == "sum(x)")
    }

    @Test("an endpoint of very many series is kept for less long, and says so")
    func bounded() throws {
        let text = (0..<50_000).map { "m{n=\"\($0)\"} 1\n" }.joined()
        var series = ScrapedSeries()
        series.add(
            try Exposition.parse(Array(text.utf8), as: .prometheus),
            at: Timestamp(microseconds: 1_000_000)
        )
        let look = MetricsLook(
            number: 1,
            panels: [.scraped(ScrapedQuery("m")), .scraped(ScrapedQuery("m", by: [], aggregation: .count))],
            until: nil,
            length: .seconds(10),
            points: 2
        )
        let answer = series.answer(look, now: Timestamp(microseconds: 1_000_000))
        #expect(answer.remarks.contains { $0.contains("only the last 2 min") }, "\(answer.remarks)")
        #expect(answer.remarks.contains { $0.contains("lines left out") })
        guard case .lines(let lines) = answer.panels[0], case .lines(let count) = answer.panels[1] else {
            Issue.record("no lines")
            return
        }
        #expect(lines.count == MetricsAnswer.Line.countMax)
        let all = try #require(count.first?.values.last ?? nil)
        #expect(all == 50_000)
    }

    @Test("a clock that is set back begins anew, and says so")
    func setBack() throws {
        let exposition = try Exposition.parse(Array("m 1\n".utf8), as: .prometheus)
        var series = ScrapedSeries()
        series.add(exposition, at: Timestamp(microseconds: 9_000_000))
        series.add(exposition, at: Timestamp(microseconds: 5_000_000))
        let look = MetricsLook(
            number: 1,
            panels: [.scraped(ScrapedQuery("m"))],
            until: nil,
            length: .seconds(1),
            points: 2
        )
        let answer = series.answer(look, now: Timestamp(microseconds: 5_000_000))
        #expect(answer.remarks.contains { $0.contains("set back") })
        #expect(answer.panels == [.lines([.init(name: "m", labels: [:], values: [nil, 1])])])
    }
}
