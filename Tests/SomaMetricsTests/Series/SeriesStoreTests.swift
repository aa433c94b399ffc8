import SomaCore
import SomaMetrics
import Testing

@Suite("Series over time")
struct SeriesStoreTests {
    private func exposition(_ lines: String...) throws -> Exposition {
        try Exposition.parse(Array((lines.joined(separator: "\n") + "\n").utf8), as: .prometheus)
    }

    private func at(_ seconds: Int64) -> MetricTimestamp { MetricTimestamp(milliseconds: seconds * 1_000) }

    private func values(_ store: SeriesStore, _ query: SeriesQuery, _ seconds: Int64...) -> [[Double?]] {
        store.answer(query, at: seconds.map(at)).map(\.values)
    }

    @Test("A value holds until the next sample, and no longer than the lookback")
    func lookback() throws {
        var store = SeriesStore(lookback: .seconds(30))
        _ = store.add(try exposition("up 1"), at: at(100))
        _ = store.add(try exposition("up 2"), at: at(110))
        #expect(values(store, SeriesQuery("up"), 99, 100, 109, 110, 139, 140) == [[nil, 1, 1, 2, 2, nil]])
    }

    @Test("A series that vanishes is a gap from then on, and goes on when it is back")
    func vanishes() throws {
        var store = SeriesStore()
        _ = store.add(try exposition("a 1", "b 1"), at: at(10))
        #expect(store.add(try exposition("a 2"), at: at(20)).ended == 1)
        #expect(store.add(try exposition("a 3"), at: at(30)).ended == 0)
        #expect(values(store, SeriesQuery("b"), 10, 19, 20, 29) == [[1, 1, nil, nil]])
        _ = store.add(try exposition("a 4", "b 5"), at: at(40))
        #expect(values(store, SeriesQuery("b"), 15, 25, 45) == [[1, nil, 5]])
        #expect(values(store, SeriesQuery("a"), 15, 25, 45) == [[1, 2, 4]])
    }

    @Test("A scrape that fails is a gap in all series, and marked once")
    func failure() throws {
        var store = SeriesStore()
        _ = store.add(try exposition("a 1", "b 1"), at: at(10))
        #expect(store.addFailure(at: at(20)).ended == 2)
        #expect(store.addFailure(at: at(30)).ended == 0)
        _ = store.add(try exposition("a 2"), at: at(40))
        #expect(values(store, SeriesQuery("a"), 19, 20, 35, 40) == [[1, nil, nil, 2]])
    }

    @Test("A series with times of its own isn't ended by a scrape without it")
    func ownTime() throws {
        var store = SeriesStore()
        _ = store.add(try exposition("a 1 10000"), at: at(12))
        #expect(store.add(try exposition("b 1"), at: at(20)).ended == 0)
        #expect(values(store, SeriesQuery("a"), 10, 25) == [[1, 1]])
    }

    @Test("The oldest samples go first, and how many is said")
    func ring() throws {
        var store = SeriesStore(
            limits: SeriesStore.Limits(seriesMax: 10, samplesMax: 3),
            lookback: .seconds(10)
        )
        var dropped = 0
        for second in Int64(1)...5 {
            let report = store.add(try exposition("a \(second)"), at: at(second * 10))
            dropped += report.droppedSamples
            #expect(report.losses == (second > 3 ? "1 old samples dropped" : ""))
        }
        #expect(dropped == 2)
        #expect(values(store, SeriesQuery("a"), 10, 20, 30, 40, 50) == [[nil, nil, 3, 4, 5]])
    }

    @Test("New series take the place of ended ones, and are left out where there is none")
    func seriesMax() throws {
        var store = SeriesStore(limits: SeriesStore.Limits(seriesMax: 3, samplesMax: 10))
        _ = store.add(try exposition("a 1", "b 1", "c 1"), at: at(10))
        let full = store.add(try exposition("a 1", "b 1", "c 1", "d 1"), at: at(20))
        #expect(full.leftOut == 1)
        #expect(full.losses == "1 series left out: too many")
        _ = store.add(try exposition("a 1"), at: at(30))
        let report = store.add(try exposition("a 1", "d 1"), at: at(40))
        #expect(report.droppedSeries == 1)
        #expect(report.newSeries == 1)
        #expect(store.count == 3)
        #expect(store.names.contains("a") && store.names.contains("d"))
        #expect(values(store, SeriesQuery("a"), 45) == [[1]])
    }

    @Test("The same series is known again whatever the order of its labels")
    func order() throws {
        var store = SeriesStore()
        _ = store.add(try exposition("a{x=\"1\",y=\"2\"} 1"), at: at(10))
        let report = store.add(try exposition("a{ y=\"2\", x=\"1\" } 2"), at: at(20))
        #expect(report.newSeries == 0)
        #expect(store.count == 1)
        #expect(store.add(try exposition("a{x=\"1\",y=\"2\"} 3"), at: at(15)).outOfOrder == 1)
    }

    @Test("Matchers choose series, and groups are added up")
    func groups() throws {
        var store = SeriesStore()
        let all = try exposition(
            "a{host=\"x\",code=\"200\"} 1",
            "a{host=\"x\",code=\"500\"} 2",
            "a{host=\"y\",code=\"200\"} 4"
        )
        _ = store.add(all, at: at(10))
        func ask(_ matchers: [SeriesQuery.Matcher], _ by: [String]?, _ kind: SeriesQuery.Aggregation = .sum)
            -> [Double?]
        {
            store.answer(SeriesQuery("a", matchers: matchers, by: by, aggregation: kind), at: [at(10)])
                .flatMap(\.values)
        }
        #expect(ask([], ["host"]) == [3, 4])
        #expect(ask([], []) == [7])
        #expect(ask([.equal("host", "x")], nil) == [1, 2])
        #expect(ask([.notEqual("host", "x")], nil) == [4])
        #expect(ask([.equal("missing", "")], []) == [7])
        #expect(ask([try .matches("code", "2..|3..")], []) == [5])
        #expect(ask([try .matches("code", "2", isWanted: true)], []) == [])
        #expect(ask([try .matches("code", "5.*", isWanted: false)], []) == [5])
        #expect(ask([], [], .average) == [7.0 / 3])
        #expect(ask([], [], .minimum) == [1])
        #expect(ask([], [], .maximum) == [4])
        #expect(ask([], [], .count) == [3])
        #expect(throws: LinearRegexError.self) { try SeriesQuery.Matcher.matches("a", "x)|(y") }
    }

    @Test("A counter's reset is made good, and one sample says nothing")
    func resets() throws {
        var store = SeriesStore()
        for (index, value) in [100, 110, 5, 15].enumerated() {
            _ = store.add(try exposition("a \(value)"), at: at(Int64(index) * 10 + 10))
        }
        let increase = SeriesQuery("a", function: .increase(window: .seconds(30)))
        // From 110 to its reset and on to 15: 15 in the 20 s between the samples, stretched to the window's 30 s.
        #expect(values(store, increase, 41) == [[22.5]])
        #expect(values(store, SeriesQuery("a", function: .rate(window: .seconds(5))), 40) == [])
    }

    @Test("Quantiles within, below and beyond the buckets")
    func quantiles() {
        func bucket(_ bound: Double, _ count: Double) -> HistogramQuantile.Bucket {
            HistogramQuantile.Bucket(upperBound: bound, count: count)
        }
        let buckets = [bucket(1, 2), bucket(2, 6), bucket(.infinity, 8)]
        #expect(HistogramQuantile.value(0.5, buckets) == 1.5)
        #expect(HistogramQuantile.value(0, buckets) == 0)
        #expect(HistogramQuantile.value(0.125, buckets) == 0.5)
        #expect(HistogramQuantile.value(1, buckets) == 2)
        #expect(HistogramQuantile.value(-0.1, buckets) == -.infinity)
        #expect(HistogramQuantile.value(1.1, buckets) == .infinity)
        #expect(HistogramQuantile.value(.nan, buckets).isNaN)
        #expect(HistogramQuantile.value(0.5, [bucket(1, 1)]).isNaN)
        #expect(HistogramQuantile.value(0.5, [bucket(.infinity, 1)]).isNaN)
        #expect(HistogramQuantile.value(0.5, [bucket(1, 0), bucket(.infinity, 0)]).isNaN)
        #expect(HistogramQuantile.value(0.2, [bucket(-1, 4), bucket(.infinity, 8)]) == -1)
        #expect(
            HistogramQuantile.value(0.9, [bucket(1, 5), bucket(2, 4), bucket(3, 10), bucket(.infinity, 10)])
                == 2.8
        )
    }

    @Test("Random scrapes never trap and stay within the limits")
    func random() throws {
        var random = SeededGenerator(state: 3)
        var store = SeriesStore(limits: SeriesStore.Limits(seriesMax: 20, samplesMax: 5))
        for _ in 0..<300 {
            let lines = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                "m\(Int.random(in: 0...3, using: &random)){l=\"\(Int.random(in: 0...9, using: &random))\"} 1"
            }
            let text = lines.map { $0 + "\n" }.joined()
            let time = MetricTimestamp(milliseconds: Int64.random(in: -50_000...5_000_000, using: &random))
            _ = store.add(try Exposition.parse(Array(text.utf8), as: .prometheus), at: time)
            #expect(store.count <= 20)
            let query = SeriesQuery("m1", function: .rate(window: .seconds(Int64.max)), by: ["l"])
            _ = store.answer(
                query,
                at: [time, MetricTimestamp(milliseconds: .max), MetricTimestamp(milliseconds: .min)]
            )
        }
    }
}
