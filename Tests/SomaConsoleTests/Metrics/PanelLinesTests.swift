import SomaCore
import Testing

@testable import SomaConsole

@Suite("Lines of a panel")
struct PanelLinesTests {
    private func answer(_ points: Int) -> MetricsAnswer {
        MetricsAnswer(
            from: start,
            until: start + .seconds(points - 1),
            points: points,
            panels: [],
            heardAt: nil
        )
    }

    private func line(_ name: String, _ values: [Double?], _ labels: [String: String] = [:])
        -> MetricsAnswer.Line
    {
        .init(name: name, labels: labels, values: values)
    }

    @Test("are read at the nearest sample, and not beyond the ends")
    func nearest() {
        let lines = PanelLines(answer(4), [line("a", [1, 2, nil, 4])], kind: .line)
        #expect(lines.value(0, at: start + .milliseconds(1_400)) == 2)
        #expect(lines.value(0, at: start + .milliseconds(1_600)) == nil)
        #expect(lines.value(0, at: start + .seconds(9)) == nil)
        #expect(lines.value(0, at: nil) == 4)
    }

    @Test("are read at the nearest sample from any moment", arguments: 0..<100)
    func anyMoment(seed: Int) {
        var random = SeededNumbers(UInt64(seed))
        let points = Int.random(in: 2...300, using: &random)
        let values = (0..<points).map { Double($0) }
        let lines = PanelLines(answer(points), [line("a", values)], kind: .line)
        let moment = start + .milliseconds(Int.random(in: 0...(points - 1) * 1_000, using: &random))
        let read = lines.value(0, at: moment)
        let seconds = Double((moment - start).microseconds) / 1_000_000
        #expect(read.map { abs($0 - seconds) <= 0.5 } == true)
    }

    @Test("beyond those that colours tell apart: the highest stay; in a stack the rest is one layer")
    func many() {
        let all = (0..<20).map { line("line \($0)", [Double($0), Double($0)]) }
        let lines = PanelLines(answer(2), all, kind: .line)
        #expect(lines.lines.map(\.name) == (12..<20).map { "line \($0)" })
        #expect(lines.hidden == 12)
        let stack = PanelLines(answer(2), all, kind: .stacked)
        #expect(stack.lines.count == PanelLines.linesMax)
        #expect(stack.lines.last?.name == "13 others")
        #expect(stack.sum(0) == 190)
    }

    @Test("of a histogram are what lies between two bounds, whatever their order")
    func buckets() {
        let lines = PanelLines(
            answer(2),
            [
                line("", [9, nil], ["le": "+Inf"]), line("", [2, 1], ["le": "0.1"]),
                line("", [7, 1], ["le": "1"]),
                line("", [1, 1], ["le": "wide"]), line("", [3, 3], [:]),
            ],
            kind: .heatmap
        )
        #expect(lines.bounds == [0.1, 1, .infinity])
        #expect(lines.lines.map(\.values) == [[2, 1], [5, 0], [2, nil]])
    }

    @Test("of several histograms are added up, and a bound below a lower one makes nothing more")
    func histograms() {
        let lines = PanelLines(
            answer(2),
            [
                line("", [2, 5], ["le": "1", "node": "a"]), line("", [3, 4], ["le": "2", "node": "a"]),
                line("", [1, nil], ["le": "1", "node": "b"]), line("", [1, 3], ["le": "2", "node": "b"]),
                line("", [9, 6], ["le": "+Inf"]),
            ],
            kind: .heatmap
        )
        #expect(lines.bounds == [1, 2, .infinity])
        #expect(lines.lines.map(\.values) == [[3, 5], [1, 2], [5, 0]])
        let falling = PanelLines(
            answer(1),
            [line("", [5], ["le": "1"]), line("", [3], ["le": "2"]), line("", [6], ["le": "3"])],
            kind: .heatmap
        )
        #expect(falling.lines.map(\.values) == [[5], [0], [1]])
    }

    @Test("that are a sum of others already are part of a stack's rest, however high they are")
    func sums() {
        var all = (0..<10).map { line("line \($0)", [Double($0)]) }
        all.append(.init(name: "90 others", labels: [:], values: [1_000], count: 90))
        let stack = PanelLines(answer(1), all, kind: .stacked)
        #expect(stack.lines.map(\.name) == (3..<10).map { "line \($0)" } + ["93 others"])
        #expect(stack.sum(0) == 1_045)
    }

    @Test("know their peak, of each line or of the sum, and pass over what is no number")
    func peak() {
        let values: [MetricsAnswer.Line] = [line("a", [1, 9, .nan, 1]), line("b", [1, 1, 8, 9])]
        let lines = PanelLines(answer(4), values, kind: .line)
        let time = start...(start + .seconds(3))
        #expect(lines.peak(isSum: false, within: time) == start + .seconds(1))
        #expect(lines.peak(isSum: true, within: time) == start + .seconds(1))
        #expect(lines.peak(isSum: false, within: start...start) == start)
        #expect(PanelLines(answer(2), [], kind: .line).peak(isSum: false, within: time) == nil)
    }
}
