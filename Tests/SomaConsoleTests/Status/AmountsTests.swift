import SomaConsole
import SomaCore
import SomaTerminal
import Testing

@Suite("Amounts")
struct AmountsTests {
    @Test(
        "counts stay within six columns",
        arguments: [
            (0, "0"), (950, "950"), (999, "999"), (1_000, "1.0k"), (18_240, "18.2k"), (99_940, "99.9k"),
            (140_300, "140k"), (999_949, "1000k"), (1_400_000, "1.4M"), (2_500_000_000, "2.5G"),
            (.max, "9999G"), (-5, "-5"),
        ]
    )
    func counts(count: Int, text: String) { #expect(Amounts.short(count) == text) }

    @Test("long counts are grouped", arguments: [(1_930, "1,930"), (12, "12"), (-1_234_567, "-1,234,567")])
    func grouped(count: Int, text: String) { #expect(Amounts.grouped(count) == text) }

    @Test(
        "money has cents until it is a lot",
        arguments: [
            (0, "$0.00"), (9_000, "$0.01"), (4_999, "$0.00"), (930_000, "$0.93"), (12_400_000, "$12.40"),
            (1_200_000_000, "$1.2k"),
        ]
    )
    func money(microdollars: Int, text: String) { #expect(Amounts.money(microdollars) == text) }

    @Test(
        "times name their two largest units",
        arguments: [
            (Duration.seconds(-3), "0s"), (.seconds(22), "22s"), (.seconds(64), "1m04s"),
            (.seconds(7_500), "2h05m"), (.seconds(273_600), "3d04h"),
        ]
    )
    func times(duration: Duration, text: String) { #expect(Amounts.time(duration) == text) }

    @Test(
        "waiting is told in whole minutes",
        arguments: [
            (Duration.seconds(59), "<1m"), (.seconds(120), "2m"), (.seconds(3_790), "1h03m"),
            (.seconds(90_000), "1d01h"),
        ]
    )
    func waits(duration: Duration, text: String) { #expect(Amounts.wait(duration) == text) }

    @Test(
        "spans are as exact as they are short",
        arguments: [
            (Int64(-1), "0ms"), (42_000, "42ms"), (300_000, "0.3s"), (9_940_000, "9.9s"), (12_000_000, "12s"),
            (64_000_000, "1m04s"), (.max, "9999d04h"),
        ]
    )
    func spans(microseconds: Int64, text: String) { #expect(Amounts.span(microseconds) == text) }

    @Test(
        "bytes are told in their unit",
        arguments: [(999, "999 B"), (48_212, "48 kB"), (2_500_000, "2.5 MB")]
    )
    func bytes(count: Int, text: String) { #expect(Amounts.bytes(count) == text) }

    @Test("clock times are those of the person's wall")
    func clock() {
        let face = ClockFace(offsetSeconds: 3_600)
        #expect(face.time(start) == "15:00:00")
        #expect(face.day(start) == "2026-03-04 15:00")
    }

    @Test("every state differs from every other by glyph, and by letter")
    func marks() {
        for glyphs in GlyphSet.allCases {
            let signs = RunMark.allCases.map { $0.sign(glyphs) }
            #expect(Set(signs).count == signs.count)
        }
    }
}
