import SomaCore
import SomaTraces
import Testing

/// Spans by hand: name, parent, start, duration, service.
private func trace(_ spans: [(id: UInt64, parent: UInt64, start: Int64, duration: Int64, service: Int32)])
    -> Trace
{
    var trace = Trace(id: TraceID(high: 1, low: 1))
    trace.set.resources = [TraceResource(service: "front"), TraceResource(service: "back")]
    trace.set.scopes = [TraceScope()]
    trace.set.spans = spans.map { item in
        var span = TraceSpan(
            trace: trace.id,
            id: SpanID(item.id),
            parent: item.parent == 0 ? nil : SpanID(item.parent),
            name: "s\(item.id)",
            start: item.start,
            duration: item.duration
        )
        span.resource = item.service
        return span
    }
    return trace
}

private func names(_ waterfall: TraceWaterfall) -> [String] {
    waterfall.rows(0..<100).map { String(repeating: ".", count: $0.depth) + $0.name }
}

@Suite("The waterfall of a trace")
struct TraceWaterfallTests {
    @Test("Children come below their parent in the order of their start")
    func order() {
        let waterfall = TraceWaterfall(
            trace([(3, 1, 30, 5, 0), (1, 0, 10, 50, 0), (2, 1, 20, 20, 0), (4, 2, 25, 5, 0)])
        )
        #expect(names(waterfall) == ["s1", ".s2", "..s4", ".s3"])
        #expect(waterfall.start == 10)
        #expect(waterfall.duration == 50)
    }

    @Test("An orphan is shown below the first root, with a warning, and isn't moved in time")
    func orphan() {
        let waterfall = TraceWaterfall(trace([(1, 0, 10, 50, 0), (2, 99, 500, 20, 1)]), skewMax: .max)
        #expect(names(waterfall) == ["s1", ".s2"])
        #expect(waterfall.starts[1] == 500)
        #expect(waterfall.warnings(of: 1) == ["Its parent 0000000000000063 isn't in the trace."])
    }

    @Test("Without any root, orphans are the roots")
    func onlyOrphans() {
        let waterfall = TraceWaterfall(trace([(1, 98, 10, 50, 0), (2, 99, 20, 20, 0), (3, 2, 22, 1, 0)]))
        #expect(names(waterfall) == ["s1", "s2", ".s3"])
    }

    @Test("A circle of parents is cut where it begins first")
    func cycle() {
        let waterfall = TraceWaterfall(
            trace([(1, 3, 30, 5, 0), (2, 1, 10, 5, 0), (3, 2, 20, 5, 0), (4, 4, 1, 2, 0), (5, 0, 1, 90, 0)])
        )
        #expect(names(waterfall) == ["s5", ".s4", ".s2", "..s3", "...s1"])
        #expect(waterfall.warnings(of: 1) == ["Its parents lead back to itself; the circle was cut here."])
        #expect(waterfall.warnings(of: 3) == ["Its parents lead back to itself; the circle was cut here."])
        #expect(waterfall.warnings(of: 2) == [])
    }

    @Test("Clocks that differ are told, and nothing is moved unless it is allowed")
    func skew() {
        let spans = trace([
            (1, 0, 1_000_000, 100_000, 0), (2, 1, 1_900_000, 60_000, 1), (3, 2, 1_910_000, 10_000, 1),
        ])
        let told = TraceWaterfall(spans)
        #expect(told.starts == [1_000_000, 1_900_000, 1_910_000])
        #expect(
            told.warnings(of: 1) == [
                "It isn't within its parent: the clocks of the two seem to differ by -0.880 ms."
            ]
        )
        let moved = TraceWaterfall(spans, skewMax: 1_000_000)
        // In the middle of the parent, and what is below it on the same machine moves along.
        #expect(moved.starts == [1_000_000, 1_020_000, 1_030_000])
        #expect(moved.warnings(of: 2) == ["It was moved by -0.880 ms because the clocks differ."])
    }

    @Test("A child that outlasts its parent is moved only if it begins before it")
    func longChild() {
        let late = TraceWaterfall(trace([(1, 0, 1000, 100, 0), (2, 1, 1050, 500, 1)]), skewMax: .max)
        #expect(late.starts == [1000, 1050])
        let early = TraceWaterfall(trace([(1, 0, 1000, 100, 0), (2, 1, 900, 500, 1)]), skewMax: .max)
        #expect(early.starts == [1000, 1000])
    }

    @Test("What has no start takes its parent's")
    func noStart() {
        let waterfall = TraceWaterfall(trace([(1, 0, 1000, 100, 0), (2, 1, 0, 50, 0)]))
        #expect(waterfall.starts == [1000, 1000])
        #expect(waterfall.warnings(of: 1) == ["It has no start; its parent's is shown."])
    }

    @Test("Self time and gaps are what no child covers, counted once where children overlap")
    func selfTime() {
        let waterfall = TraceWaterfall(
            trace([(1, 0, 100, 100, 0), (2, 1, 110, 30, 0), (3, 1, 120, 40, 0), (4, 1, 190, 50, 0)])
        )
        #expect(waterfall.selfTimes == [40, 30, 40, 50])
        #expect(waterfall.gaps(of: 0) == [100..<110, 160..<190])
        #expect(waterfall.gaps(of: 1) == [])
    }

    @Test("Folding hides what is inside, revealing shows it again")
    func folding() {
        var waterfall = TraceWaterfall(
            trace([(1, 0, 10, 50, 0), (2, 1, 20, 20, 0), (3, 2, 25, 5, 0), (4, 1, 45, 5, 0)])
        )
        waterfall.toggle(1)
        #expect(names(waterfall) == ["s1", ".s2", ".s4"])
        #expect(waterfall.row(of: 3) == 2)
        #expect(waterfall.row(of: 2) == nil)
        waterfall.collapse(below: 0)
        #expect(names(waterfall) == ["s1"])
        waterfall.reveal(2)
        #expect(names(waterfall) == ["s1", ".s2", "..s3", ".s4"])
        #expect(waterfall.rows(1..<2).map(\.name) == ["s2"])
        #expect(waterfall.rows(-5..<1).map(\.name) == ["s1"])
        #expect(waterfall.rows(9..<12) == [])
    }

    @Test("Failures are counted upwards")
    func failures() {
        var spans = trace([(1, 0, 10, 50, 0), (2, 1, 20, 20, 0), (3, 2, 25, 5, 0)])
        spans.set.spans[2].status = .error
        let rows = TraceWaterfall(spans).rows(0..<3)
        #expect(rows.map(\.failuresBelow) == [1, 1, 0])
        #expect(rows.map(\.hasFailed) == [false, false, true])
    }

    @Test("A search finds names, services, attributes and events")
    func search() {
        var spans = trace([(1, 0, 10, 50, 0), (2, 1, 20, 20, 1)])
        spans.set.spans[1].attributes = [Attribute("http.status", .int(500))]
        spans.set.spans[0].events = [SpanEvent(at: 11, name: "Cache Miss")]
        let waterfall = TraceWaterfall(spans)
        #expect(waterfall.search("S2") == [1])
        #expect(waterfall.search("back") == [1])
        #expect(waterfall.search("http.status=500") == [1])
        #expect(waterfall.search("http.status=50") == [])
        #expect(waterfall.search("cache miss") == [0])
        #expect(waterfall.search("") == [])
    }

    @Test("A chain of a hundred thousand spans is built without recursion")
    func deep() {
        let count: UInt64 = 100_000
        let waterfall = TraceWaterfall(
            trace((1...count).map { ($0, $0 - 1, Int64($0), Int64(count * 2 - $0 * 2 + 1), 0) })
        )
        #expect(waterfall.rows(99_999..<100_000).first?.depth == 99_999)
        #expect(waterfall.path.times.reduce(0, +) == waterfall.duration)
    }

    @Test("Times at the end of what can be counted don't trap")
    func extremes() {
        let waterfall = TraceWaterfall(
            trace([(1, 0, .max, .max, 0), (2, 1, .max - 1, .max, 1), (3, 2, 0, .max, 0), (4, 1, 1, .max, 1)]),
            skewMax: .max
        )
        #expect(waterfall.rows(0..<9).count == 4)
        #expect(TraceWaterfall(Trace(id: TraceID(high: 0, low: 0))).rows(0..<9) == [])
    }
}

@Suite("The critical path")
struct TracePathTests {
    private func path(_ spans: Trace) -> [String] {
        TraceWaterfall(spans).path.sections.map { "\(spans.spans[Int($0.span)].name) \($0.start)-\($0.end)" }
    }

    @Test("It goes from the end to the child that ended last, and back from where that began")
    func twoChildren() {
        let spans = trace([(1, 0, 1, 99, 0), (2, 1, 20, 20, 0), (3, 1, 50, 40, 0)])
        #expect(path(spans) == ["s1 90-100", "s3 50-90", "s1 40-50", "s2 20-40", "s1 1-20"])
    }

    @Test("A child counts as far as it is within its parent, and not beside it")
    func overflowing() {
        let spans = trace([(1, 0, 10, 30, 0), (2, 1, 20, 60, 0), (3, 1, 50, 9, 0), (4, 2, 70, 5, 0)])
        #expect(path(spans) == ["s2 20-40", "s1 10-20"])
    }

    @Test("A child that ends when the next one begins was waited for")
    func touching() {
        let spans = trace([(1, 0, 1, 30, 0), (2, 1, 1, 10, 0), (3, 1, 11, 20, 0)])
        #expect(path(spans) == ["s3 11-31", "s2 1-11"])
    }

    @Test("A producer doesn't wait for its consumer")
    func consumer() {
        var spans = trace([(1, 0, 1, 30, 0), (2, 1, 5, 10, 0)])
        spans.set.spans[0].kind = .producer
        spans.set.spans[1].kind = .consumer
        #expect(path(spans) == ["s1 1-31"])
    }
}

@Suite("Properties of the waterfall")
struct WaterfallPropertyTests {
    @Test("Every span has exactly one row, below its parent's", arguments: 1...300)
    func everySpanOnce(seed: UInt64) {
        let waterfall = TraceWaterfall(RandomTrace.make(seed), skewMax: seed.isMultiple(of: 2) ? 1000 : 0)
        let rows = waterfall.rows(0..<1000)
        #expect(rows.map(\.span).sorted() == Array(waterfall.trace.spans.indices))
        for (row, item) in rows.enumerated() {
            let parent = Int(waterfall.tree.parents[item.span])
            #expect(waterfall.row(of: item.span) == row)
            #expect(item.depth == (parent < 0 ? 0 : Int(waterfall.tree.depths[parent]) + 1))
            guard parent >= 0, let above = waterfall.row(of: parent) else { continue }
            #expect(above < row && row <= above + rows[above].spansBelow)
        }
    }

    @Test("Self time and what children cover are the whole, and the path is within it", arguments: 1...300)
    func sums(seed: UInt64) {
        let waterfall = TraceWaterfall(RandomTrace.make(seed))
        for span in waterfall.trace.spans.indices {
            let whole = waterfall.trace.spans[span].duration
            #expect((0...whole).contains(waterfall.selfTimes[span]))
            #expect(waterfall.path.times[span] <= whole)
            if !waterfall.tree.children(of: span).isEmpty {
                #expect(waterfall.gaps(of: span).reduce(0) { $0 + $1.count64 } == waterfall.selfTimes[span])
            }
        }
    }

    @Test("The path of each root covers it whole, without overlap", arguments: 1...300)
    func pathCoversRoots(seed: UInt64) {
        for trace in [RandomTrace.make(seed), RandomTrace.nested(seed)] {
            let waterfall = TraceWaterfall(trace)
            var sections = waterfall.path.sections[...]
            for root in waterfall.tree.roots {
                var cursor = waterfall.end(of: root)
                while cursor > waterfall.starts[root], let section = sections.popFirst() {
                    #expect(section.end == cursor && section.start < section.end)
                    #expect(waterfall.starts[Int(section.span)] <= section.start)
                    #expect(section.end <= waterfall.end(of: Int(section.span)))
                    cursor = section.start
                }
                #expect(cursor == waterfall.starts[root])
            }
            #expect(sections.isEmpty)
        }
    }

    @Test("Any window of rows is a part of all of them, however rows are folded", arguments: 1...100)
    func windows(seed: UInt64) {
        var generator = Seeded(seed)
        var waterfall = TraceWaterfall(RandomTrace.make(seed))
        for _ in 0..<10 {
            waterfall.toggle(Int.random(in: waterfall.trace.spans.indices, using: &generator))
            let all = waterfall.rows(0..<1000)
            let from = Int.random(in: 0...all.count, using: &generator)
            #expect(waterfall.rows(from..<(from + 5)) == Array(all.dropFirst(from).prefix(5)))
            // Nothing that is folded away is shown.
            for row in all {
                var parent = waterfall.tree.parents[row.span]
                while parent >= 0 {
                    #expect(!waterfall.collapsed.contains(parent))
                    parent = waterfall.tree.parents[Int(parent)]
                }
            }
        }
        waterfall.expandAll()
        #expect(waterfall.visible == waterfall.tree.order)
    }
}

extension Range<Int64> {
    fileprivate var count64: Int64 { upperBound - lowerBound }
}
