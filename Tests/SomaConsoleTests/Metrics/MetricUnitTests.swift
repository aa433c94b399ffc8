import SomaConsole
import Testing

@Suite("Units of metrics")
struct MetricUnitTests {
    @Test(
        "write three digits that matter, short",
        arguments: [
            (MetricUnit.number, 0, "0"), (.number, 950, "950"), (.number, 1_912, "1.91k"),
            (.number, 18_240, "18.2k"),
            (.number, 999_950, "1M"), (.number, 41_000_000, "41M"), (.number, 0.25, "0.25"),
            (.number, 0.0012, "0.0012"),
            (.number, 0.000_031, "3.1e-5"), (.number, -12.5, "-12.5"), (.number, 1e21, "1e21"),
            (.number, 99.96, "100"),
            (.number, 9.996, "10"), (.perSecond, 1_912, "1.91k/s"), (.perMinute, 41_000, "41k/min"),
            (.seconds, 0, "0 s"), (.seconds, 0.000_84, "840 µs"), (.seconds, 0.0031, "3.1 ms"),
            (.seconds, 0.9999, "1 s"),
            (.seconds, 1.24, "1.24 s"), (.seconds, 64, "1m04s"), (.seconds, 7_500, "2h05m"),
            (.seconds, -0.5, "-500 ms"),
            (.bytes, 0, "0 B"), (.bytes, 512, "512 B"), (.bytes, 48_212, "48.2 kB"), (.bytes, 2e9, "2 GB"),
            (.bytesPerSecond, 1_500, "1.5 kB/s"), (.dollars, 0.11, "$0.11"), (.dollars, 12.4, "$12.40"),
            (.dollars, 1_240, "$1.24k"), (.dollars, 0.0012, "$0.0012"), (.dollars, -0.5, "-$0.50"),
            (.dollarsPerHour, 3, "$3.00/h"), (.percent, 0.62, "62%"), (.percent, 1.2, "120%"),
        ] as [(MetricUnit, Double, String)]
    )
    func texts(unit: MetricUnit, value: Double, text: String) { #expect(unit.text(value) == text) }

    @Test(
        "of money beside an axis have cents only where they matter and there is room for them",
        arguments: [
            (0, "$0.00"), (0.25, "$0.25"), (5, "$5.00"), (10, "$10"), (12.5, "$12.5"), (50, "$50"),
            (150, "$150"), (-150, "-$150"), (999.9, "$1000"), (1_200, "$1.2k"), (-20_000, "-$20k"),
        ] as [(Double, String)]
    )
    func moneyAxis(value: Double, text: String) {
        for unit in [MetricUnit.dollars, .dollarsPerHour] { #expect(unit.axis(value) == text) }
        #expect(text.count <= 6)
    }

    @Test("say what is no number", arguments: MetricUnit.allCases)
    func notFinite(unit: MetricUnit) {
        #expect(unit.axis(.nan) == "NaN")
        #expect(unit.axis(.infinity) == "+Inf")
        #expect(unit.axis(-.infinity) == "-Inf")
    }

    @Test("never take more columns than a legend has, whatever the value", arguments: MetricUnit.allCases)
    func bounded(unit: MetricUnit) {
        for value in [
            1e-308, Double.leastNonzeroMagnitude, 1e-9, 999.9999, 1e15, 1e18, 1e308, .greatestFiniteMagnitude,
        ] {
            for signed in [value, -value] { #expect(unit.text(signed).count <= 14, "\(signed)") }
        }
    }
}
