import SomaConsole
import SomaTesting
import Testing

@testable import soma

@Suite("The lines that a panel keeps")
struct KeptLinesTests {
    private static let most = MetricsAnswer.Line.countMax

    private func line(_ name: String, _ values: [Double?], _ labels: [String: String] = [:])
        -> MetricsAnswer.Line
    {
        .init(name: name, labels: labels, values: values)
    }

    private func kept(_ lines: [MetricsAnswer.Line], _ kind: PanelSpec.Kind) -> KeptLines {
        var kept = KeptLines(kind)
        for line in lines { kept.add(line) }
        kept.close()
        return kept
    }

    @Test("are the highest, in the order in which they came, however many come", arguments: 0..<20)
    func highest(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let heights = (0..<(Self.most * Int(seed % 7 + 1) + Int(seed))).map(Double.init).shuffled(
            using: &generator
        )
        let all = heights.enumerated().map { line("\($0.offset)", [$0.element, nil, -1]) }
        let kept = kept(all, .line)
        let floor = heights.sorted(by: >).prefix(Self.most).last ?? 0
        #expect(kept.lines == all.filter { $0.values[0] ?? 0 >= floor })
        #expect(kept.leftOut == max(0, all.count - Self.most))
    }

    @Test("of a stack have the same sum as all", arguments: [99, 100, 101, 199, 200, 201, 1_234])
    func stack(count: Int) {
        let all = (0..<count).map { line("\($0)", [Double($0), $0.isMultiple(of: 2) ? nil : 1]) }
        let kept = kept(all, .stacked)
        for index in 0..<2 {
            func sum(_ lines: [MetricsAnswer.Line]) -> Double {
                lines.compactMap { $0.values[index] }.reduce(0, +)
            }
            #expect(sum(kept.lines) == sum(all))
        }
        #expect(kept.leftOut == 0)
        #expect(kept.lines.reduce(0) { $0 + $1.count } == count)
        // What two questions kept is kept as one.
        let both = self.kept(kept.lines + kept.lines, .stacked)
        #expect(both.lines.reduce(0) { $0 + $1.count } == count * 2)
        #expect(both.lines.count <= Self.most + 1)
    }

    @Test("of a heat map are one for each bound, whatever else tells its series apart")
    func bounds() {
        let all = (0..<300).flatMap { node in
            ["1", "+Inf"].map { line("", [1, 2], ["le": $0, "node": "\(node)"]) }
        }
        let kept = kept(all, .heatmap)
        #expect(kept.lines.map { $0.labels["le"] } == ["1", "+Inf"])
        #expect(kept.lines.map(\.values) == [[300, 600], [300, 600]])
        #expect(kept.leftOut == 0)
    }
}
