import SomaMetrics
import Testing

@Suite("Verdicts on expositions")
struct VerdictTests {
    @Test(
        "An exposition is taken or refused as its format says",
        arguments: OwnCases.all + VerdictCase.outside
    )
    func verdict(_ one: VerdictCase) {
        do throws(MetricsError) {
            let exposition = try Exposition.parse(one.bytes, as: one.format)
            #expect(one.isValid, "taken with \(exposition.count) samples")
            // What was taken is written to the same again.
            let again = try Exposition.parse(exposition.written(), as: one.format)
            #expect(again.comparable == exposition.comparable)
        } catch {
            #expect(!one.isValid, "refused: \(error)")
            #expect(error.line > 0 && error.column > 0 && !error.message.isEmpty)
        }
    }

    @Test("An exposition that ends early is refused at its end, in both formats")
    func truncated() {
        let text = Array("# TYPE a counter\na_total{b=\"c\"} 12\n".utf8)
        for count in 1..<text.count where text[count - 1] != 0x0A {
            let error = #expect(throws: MetricsError.self) {
                try Exposition.parse(Array(text.prefix(count)), as: .prometheus)
            }
            #expect(error?.kind == .malformed)
        }
        for count in 0...text.count {
            #expect(throws: MetricsError.self) {
                try Exposition.parse(Array(text.prefix(count)), as: .openMetrics)
            }
        }
    }
}

extension Exposition {
    /// Everything about the samples as text: comparable even where a value is NaN.
    var comparable: [String] {
        samples.map { sample in
            "\(sample.name) \(sample.labels) \(sample.value) \(String(describing: sample.timestamp)) "
                + "\(String(describing: sample.exemplar)) \(families[sample.family].kind)"
        }
    }
}
