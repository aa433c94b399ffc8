import Testing

@testable import SomaMetrics

@Suite("Numbers of expositions")
struct NumberTextTests {
    private func number(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { NumberText.double($0) }
    }

    @Test("Random doubles are read to the last bit")
    func random() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(number("\(value)")?.bitPattern == value.bitPattern)
            #expect(number(NumberText.text(value))?.bitPattern == value.bitPattern)
            let short = Double(Int.random(in: -99_999...99_999, using: &random)) / 1_000
            #expect(number("\(short)")?.bitPattern == short.bitPattern)
        }
    }

    @Test(
        "Corners are what they mean",
        arguments: [
            ("0", 0), ("-0", -0.0), ("+1", 1), ("9007199254740993", 9_007_199_254_740_992), ("1e22", 1e22),
            ("123456789012345678901234567890", 1.2345678901234568e29), ("0.1e-6", 1e-7),
            ("1e-400", 0), ("4.9e-324", .leastNonzeroMagnitude),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("0e999999999999", 0), ("0.000000000000000000000000000001", 1e-30), ("iNf", .infinity),
            ("-infinity", -.infinity),
        ] as [(String, Double)]
    )
    func corners(_ text: String, _ value: Double) { #expect(number(text) == value) }

    @Test(
        "What is no decimal number is none",
        arguments: [
            "", "+", ".", "e1", "1e", "1e+", "0x1", "1_0", " 1", "1 ", "+nan", "1e999999999999999999999",
            "inf1", "１",
        ]
    )
    func none(_ text: String) { #expect(number(text) == nil) }

    @Test("Whole numbers end at 64 bits")
    func integers() {
        func integer(_ text: String) -> Int64? {
            var text = text
            return text.withUTF8 { NumberText.integer($0) }
        }
        #expect(integer("9223372036854775807") == .max)
        #expect(integer("-9223372036854775808") == .min)
        #expect(integer("9223372036854775808") == nil)
        #expect(integer("+5") == 5)
        #expect(integer("-") == nil)
        #expect(integer("1.0") == nil)
    }
}
