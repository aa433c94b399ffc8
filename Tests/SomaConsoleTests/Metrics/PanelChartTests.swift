import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Charts")
struct PanelChartTests {
    private func draw(
        _ all: [[Double?]],
        _ kind: PanelSpec.Kind = .line,
        _ glyphs: GlyphSet = .unicode,
        labels: [[String: String]] = [],
        size: Size = Size(columns: 30, rows: 6),
        most: Double? = nil
    ) -> Canvas {
        let points = all.map(\.count).max() ?? 2
        let answer = MetricsAnswer(
            from: start,
            until: start + .seconds(points - 1),
            points: points,
            panels: [],
            heardAt: nil
        )
        let lines = PanelLines(
            answer,
            all.enumerated().map {
                .init(
                    name: "line \($0.offset)",
                    labels: labels.isEmpty ? [:] : labels[$0.offset],
                    values: $0.element
                )
            },
            kind: kind
        )
        let time = ChartTime(until: answer.until, length: answer.until - answer.from, columns: size.columns)
        let values = lines.values(isSum: kind == .stacked, within: time.from...time.until)
        var canvas = Canvas(size: size)
        PanelChart(
            lines: lines,
            kind: kind,
            scale: ChartScale(values, unit: .number, rows: size.rows, most: most),
            time: time,
            look: Look(theme: .dark, glyphs: glyphs)
        ).draw(on: &canvas, in: Rect(size))
        return canvas
    }

    private static let wave: [Double?] = (0..<60).map { index in
        let place = index % 30
        return Double(place < 15 ? place : 30 - place)
    }

    private func withGap(_ values: [Double?], _ range: Range<Int>) -> [Double?] {
        values.enumerated().map { range.contains($0.offset) ? nil : $0.element }
    }

    @Test("of every kind, in braille and in ASCII", arguments: PanelSpec.Kind.allCases)
    func kinds(kind: PanelSpec.Kind) throws {
        let labels = ["0.1", "1", "+Inf"].map { ["le": $0] }
        let halves = Self.wave.map { $0.map { $0 / 2 } }
        var all = [
            withGap(halves, 20..<28), withGap(Self.wave, 20..<28),
            withGap(Array(Self.wave.reversed()), 20..<28),
        ]
        if kind == .heatmap { all[2] = withGap(Self.wave.map { $0.map { $0 + 4 } }, 20..<28) }
        for glyphs in GlyphSet.allCases {
            let canvas = draw(all, kind, glyphs, labels: labels)
            try expectGolden(canvas, "Metrics/chart-\(kind.rawValue)\(glyphs == .ascii ? "-ascii" : "")")
        }
    }

    @Test("never bridge a gap", arguments: 0..<100)
    func gaps(seed: Int) {
        var random = SeededNumbers(UInt64(seed))
        let points = Int.random(in: 12...200, using: &random)
        var values: [Double?] = (0..<points).map { _ in Double.random(in: 0...9, using: &random) }
        let first = Int.random(in: 1..<points - 8, using: &random)
        let range = first..<Int.random(in: first + 4...points - 3, using: &random)
        // What is no number is as good as nothing.
        let nothing: [Double?] = [nil, .nan, .infinity, -Double.infinity]
        for index in range { values[index] = nothing.randomElement(using: &random) ?? nil }
        for kind in PanelSpec.Kind.allCases where kind != .heatmap {
            for glyphs in GlyphSet.allCases {
                let size = Size(columns: points * 2, rows: 6)
                let canvas = draw([values], kind, glyphs, size: size)
                let scale = Double(size.columns - 1) / Double(points - 1)
                // A column on each side belongs to the samples beside the gap.
                let empty = Int((Double(range.lowerBound - 1) * scale).rounded()) + 2
                let end = Int((Double(range.upperBound) * scale).rounded()) - 1
                for column in empty..<end {
                    for row in 0..<size.rows {
                        #expect(canvas[Point(column: column, row: row)]?.text == " ", "\(kind) \(column)")
                    }
                }
            }
        }
    }

    @Test("draw a single sample between two gaps, and one sample alone")
    func single() {
        for glyphs in GlyphSet.allCases {
            #expect(draw([[nil, nil, 3, nil, nil]], .line, glyphs).text.contains { !$0.isWhitespace })
            #expect(draw([[3]], .line, glyphs).text.contains { !$0.isWhitespace })
        }
    }

    @Test(
        "have an end for any values: huge, tiny, no numbers, far outside",
        arguments: PanelSpec.Kind.allCases
    )
    func extremes(kind: PanelSpec.Kind) {
        let values: [Double?] = [
            .greatestFiniteMagnitude, -Double.greatestFiniteMagnitude, Double.leastNonzeroMagnitude, .nan,
            .infinity, nil, 0,
            -Double.zero, 1e300,
            1e-300,
        ]
        for glyphs in GlyphSet.allCases {
            _ = draw([values, values.reversed()], kind, glyphs, labels: [["le": "1"], ["le": "+Inf"]])
            _ = draw(
                [values],
                kind,
                glyphs,
                labels: [["le": "+Inf"]],
                size: Size(columns: 1, rows: 1),
                most: 1e-3
            )
            _ = draw([], kind, glyphs)
        }
    }
}
