import SomaCore
import SomaTerminal
import SomaTesting
import SomaTraces
import Testing

@testable import SomaConsole

@Suite("Trace screens")
struct TraceScreenTests {
    @Test("what a search found: how long, how large, what failed", arguments: sizes)
    func list(size: Size) throws {
        try expectGolden(TraceStories.list(size).canvas(), "Traces/list-\(size)")
    }

    @Test("the spans of a trace with errors, the critical path and what was beside it", arguments: sizes)
    func waterfall(size: Size) throws {
        try expectGolden(
            TraceStories.opened(TraceStories.checkout, size).canvas(),
            "Traces/waterfall-\(size)"
        )
    }

    @Test("a span in full: attributes, events, links, process, its page as a link", arguments: sizes)
    func detail(size: Size) throws {
        var console = TraceStories.opened(TraceStories.checkout, size)
        console.press("e enter")
        try expectGolden(console.canvas(), "Traces/detail-\(size)")
        guard size.columns >= 120 else { return }
        #expect(
            console.canvas().links.contains {
                $0.address
                    == "http://jaeger:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736?uiFind=0000000000000005"
            }
        )
    }

    @Test("hostile text, wide letters, circles, orphans and clocks that differ", arguments: sizes)
    func hostile(size: Size) throws {
        var console = TraceStories.opened(TraceStories.hostile, size)
        try expectGolden(console.canvas(), "Traces/hostile-\(size)")
        console.press("enter")
        try expectGolden(console.canvas(), "Traces/hostile-detail-\(size)")
    }

    @Test("folded, filtered, zoomed, the critical path alone; in ASCII too")
    func shapes() throws {
        let size = Size(columns: 120, rows: 24)
        var console = TraceStories.opened(TraceStories.checkout, size)
        console.press("z")
        try expectGolden(console.canvas(), "Traces/folded-120x24")
        console.press("z c")
        try expectGolden(console.canvas(), "Traces/critical-120x24")
        console.press("c")
        console.filter("charge")
        try expectGolden(console.canvas(), "Traces/filtered-120x24")
        console.press("esc e f")
        try expectGolden(console.canvas(), "Traces/zoomed-120x24")
        console.press("f enter")
        try expectGolden(console.canvas(.ascii, theme: .mono), "Traces/ascii-120x24")
    }

    @Test("a chain that is deeper than there are columns shows its innermost levels")
    func deep() throws {
        var console = TraceStories.opened(TraceStories.chain(200), .standard)
        console.press("end")
        try expectGolden(console.canvas(), "Traces/deep-80x24")
    }

    @Test("a run's spans from its own log, with those of the runs below it", arguments: sizes)
    func ownLog(size: Size) throws {
        var console = TestConsole.with(Stories.research(), size: size)
        console.press("W")
        try expectGolden(console.canvas(), "Traces/run-\(size)")
    }

    @Test("the time cursor goes down the spans, and what had not begun is dim")
    func cursor() throws {
        var console = TestConsole.with(Stories.research(), size: Size(columns: 120, rows: 40))
        console.press("W j j j j t")
        try expectGolden(console.canvas(), "Traces/cursor-120x40")
    }

    @Test("without a Jaeger it says how to name one; one that is lost is told of in this view alone")
    func empty() throws {
        var console = TestConsole.with(Stories.mix, size: .standard)
        console.press("alt+t")
        try expectGolden(console.canvas(), "Traces/unnamed-80x24")
        console = TraceStories.console(.standard)
        try expectGolden(console.canvas(), "Traces/which-80x24")
        console.press("g")
        try expectGolden(console.canvas(), "Traces/services-80x24")
        console = TestConsole.with(Stories.mix, size: .standard)
        console.state.traces.address = "http://jaeger:16686"
        console.press("alt+t")
        let reason = "Jaeger: http://jaeger:16686/api/services: nobody answers (check the address)"
        console.feed(.traces(.lost(reason)))
        console.at(console.state.now + .seconds(4))
        try expectGolden(console.canvas(), "Traces/lost-80x24")
        console.press("1")
        #expect(!console.canvas().text.contains("jaeger"))
        console = TraceStories.list(Size(columns: 120, rows: 24))
        console.feed(.traces(.lost(reason)))
        console.at(console.state.now + .seconds(7))
        try expectGolden(console.canvas(), "Traces/lost-later-120x24")
        console = TraceStories.console(.standard)
        console.filter("service:shop min:1h")
        console.feed(.traces(.found(1, [])))
        try expectGolden(console.canvas(), "Traces/nothing-80x24")
    }

    @Test("a trace that Jaeger hasn't, and one that is too large, say so")
    func refused() throws {
        var console = TestConsole.with(Stories.mix, size: .standard)
        console.state.traces.address = "http://jaeger:16686"
        console.press(":")
        console.type("traces 4bf92f3577b34da6a3ce929d0e0e4736")
        console.press("enter")
        console.feed(
            .traces(.failed(1, "\(JaegerError.notFound(trace: "4bf92f3577b34da6a3ce929d0e0e4736"))"))
        )
        try expectGolden(console.canvas(), "Traces/gone-80x24")
    }

    @Test("Spans that are longer than all of time together are shown all the same")
    func endless() {
        var make = TraceStories.Builder()
        for number in 0..<1_100 {
            make.add("span \(number)", "service \(number)", from: 0, for: 0)
            make.last.start = 0
            make.last.duration = .max
        }
        let console = TraceStories.opened(make.trace, Size(columns: 100, rows: 24))
        #expect(console.canvas().text.contains("span 0"))
    }
}
