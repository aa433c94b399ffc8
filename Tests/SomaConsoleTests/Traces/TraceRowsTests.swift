import SomaTraces
import Testing

@testable import SomaConsole

@Suite("Rows of a trace")
struct TraceRowsTests {
    private func rows(_ trace: Trace, _ shape: TraceRows.Shape = .init()) -> [String] {
        let waterfall = TraceWaterfall(trace)
        return TraceRows(waterfall, shape).shown.map { trace.spans[Int($0)].name }
    }

    @Test("come in the order of the tree; folding hides what is inside")
    func folding() {
        let trace = TraceStories.checkout
        #expect(
            rows(trace) == [
                "POST /checkout", "load cart", "SELECT carts", "warm cache", "pay", "POST /charge",
                "POST /charge",
                "audit", "send receipt",
            ]
        )
        #expect(
            rows(trace, .init(folded: [1, 3])) == [
                "POST /checkout", "load cart", "warm cache", "pay", "send receipt",
            ]
        )
        #expect(rows(trace, .init(folded: [0])) == ["POST /checkout"])
    }

    @Test("words find spans by name, service, attributes and events, and what they are inside of")
    func words() {
        let trace = TraceStories.checkout
        #expect(
            rows(trace, .init(folded: [0], filter: "select")) == [
                "POST /checkout", "load cart", "SELECT carts",
            ]
        )
        #expect(rows(trace, .init(filter: "BankUnavailable")) == ["POST /checkout", "pay", "POST /charge"])
        #expect(
            rows(trace, .init(filter: "db.rows=3 postgres")) == [
                "POST /checkout", "load cart", "SELECT carts",
            ]
        )
        #expect(rows(trace, .init(filter: "nowhere")) == [])
    }

    @Test("the critical path alone leaves out what went on beside it")
    func critical() {
        #expect(!rows(TraceStories.checkout, .init(isCriticalOnly: true)).contains("warm cache"))
    }

    @Test(
        "whatever the spans: each row once, in order, below what it is inside of",
        arguments: UInt64(1)...300
    )
    func invariants(seed: UInt64) {
        var generator = SeededNumbers(seed)
        let trace = RandomSpans.trace(&generator)
        let waterfall = TraceWaterfall(trace)
        let tree = waterfall.tree
        var shape = TraceRows.Shape()
        for span in trace.spans.indices where Bool.random(using: &generator) {
            shape.folded.insert(Int32(span))
        }
        shape.isCriticalOnly = Bool.random(using: &generator)
        if Bool.random(using: &generator) { shape.filter = "op\(Int.random(in: 0...5, using: &generator))" }
        let rows = TraceRows(waterfall, shape)
        #expect(Set(rows.shown).count == rows.shown.count)
        #expect(
            zip(rows.shown, rows.shown.dropFirst()).allSatisfy { tree.ranks[Int($0)] < tree.ranks[Int($1)] }
        )
        for (place, span) in rows.shown.enumerated() {
            #expect(rows.place(of: Int(span)) == place)
            let parent = tree.parents[Int(span)]
            guard parent >= 0 else { continue }
            #expect(rows.place(of: Int(parent)) != nil)
            if shape.filter.isEmpty { #expect(!shape.folded.contains(parent)) }
            let later = rows.shown[(place + 1)...].contains { tree.parents[Int($0)] == parent }
            #expect(rows.isLast(Int(span)) == !later)
            #expect(rows.guides(of: Int(span), in: tree, levels: .max).count == Int(tree.depths[Int(span)]))
        }
        for span in trace.spans.indices where !rows.shown.isEmpty {
            #expect(rows.nearest(to: span, in: tree).map { rows.shown.indices.contains($0) } == true)
        }
        if shape.filter.isEmpty, !shape.isCriticalOnly, shape.folded.isEmpty {
            #expect(rows.shown == tree.order)
        }
    }
}

@Suite("The part of a trace's time in sight")
struct TraceWindowTests {
    @Test("zooming keeps the moment in sight, and goes back to the whole")
    func zoom() {
        var window: TraceWindow?
        for _ in 0..<4 { window = .zoomed(window, closer: true, around: 900_000, of: 1_000_000) }
        #expect(window == TraceWindow(from: 843_750, to: 906_250, of: 1_000_000))
        for _ in 0..<4 { window = .zoomed(window, closer: false, around: 900_000, of: 1_000_000) }
        #expect(window == nil)
    }

    @Test("panning stops at the ends; the whole can't be moved")
    func pan() {
        #expect(TraceWindow.panned(nil, by: 1, of: 1_000) == nil)
        let window = TraceWindow(from: 500, to: 700, of: 1_000)
        #expect(TraceWindow.panned(window, by: 1, of: 1_000) == TraceWindow(from: 550, to: 750, of: 1_000))
        #expect(
            TraceWindow.panned(window, by: 100, of: 1_000) == TraceWindow(from: 800, to: 1_000, of: 1_000)
        )
        #expect(TraceWindow.panned(window, by: -100, of: 1_000) == TraceWindow(from: 0, to: 200, of: 1_000))
    }

    @Test("whatever is done, it is a part of the whole", arguments: UInt64(1)...200)
    func invariants(seed: UInt64) {
        var generator = SeededNumbers(seed)
        let whole = Int64.random(in: 1...(seed % 3 == 0 ? 40 : 9_000_000_000_000_000), using: &generator)
        var window: TraceWindow?
        for _ in 0..<40 {
            let moment = Int64.random(in: -whole...(2 * whole), using: &generator)
            switch Int.random(in: 0...3, using: &generator) {
            case 0: window = .zoomed(window, closer: true, around: moment, of: whole)
            case 1: window = .zoomed(window, closer: false, around: moment, of: whole)
            case 2: window = .panned(window, by: Int.random(in: -9...9, using: &generator), of: whole)
            default: window = TraceWindow(from: moment, to: moment / 2, of: whole)
            }
            guard let window else { continue }
            #expect(window.start >= 0 && window.end <= whole && window.length < whole)
            #expect(window.length >= TraceWindow.leastMicroseconds)
        }
    }
}
