import Testing

@testable import SomaSettings

@Suite("Values as text")
struct ValueTextTests {
    @Test(
        "a length of time is read and written",
        arguments: [
            ("30s", 30_000, "30s"), ("5m", 300_000, "5m"), ("1h30m", 5_400_000, "1h30m"),
            ("90m", 5_400_000, "1h30m"),
            ("250ms", 250, "250ms"), ("2d", 172_800_000, "2d"), ("0s", 0, "0s"),
            ("1d1h1m1s1ms", 90_061_001, "1d1h1m1s1ms"),
        ]
    )
    func duration(text: String, milliseconds: Int, canonical: String) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.format(.milliseconds(milliseconds)) == canonical)
    }

    @Test(
        "what is no length of time is refused",
        arguments: [
            "", "30", "s", "-5s", "1.5s", "5m1h", "1s1s", "5 s", "99999999999999999999s",
            "9223372036854775807d", "1h ",
            "٣s", "1µs",
        ]
    )
    func badDuration(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test("a length of time beyond any text is written without a crash")
    func hugeDuration() {
        #expect(DurationText.format(.seconds(Int64.max)) == "106751991167d7h12m54s")
    }

    @Test(
        "a size is read and written",
        arguments: [
            ("0", 0, "0B"), ("512", 512, "512B"), ("64KiB", 65_536, "64KiB"), ("64kib", 65_536, "64KiB"),
            ("10MB", 10_000_000, "10MB"), ("1 GiB", 1_073_741_824, "1GiB"), ("1000", 1000, "1kB"),
            ("1025B", 1025, "1025B"),
        ]
    )
    func size(text: String, bytes: Int, canonical: String) {
        #expect(ByteSize(text) == ByteSize(bytes: bytes))
        #expect(ByteSize(bytes: bytes).description == canonical)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "KiB", "-1", "1.5MB", "9223372036854775807KiB", "1 2", "1  KiB B", "10XB"]
    )
    func badSize(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        "an amount of money is read and written",
        arguments: [
            ("2", 2_000_000, "2.00"), ("0.50", 500_000, "0.50"), ("$0.5", 500_000, "0.50"),
            ("1.25 USD", 1_250_000, "1.25"), ("0.000001", 1, "0.000001"), ("1usd", 1_000_000, "1.00"),
        ] as [(String, Int64, String)]
    )
    func money(text: String, microdollars: Int64, canonical: String) {
        #expect(Money(text) == Money(microdollars: microdollars))
        #expect(Money(microdollars: microdollars).description == canonical)
    }

    @Test(
        "what is no amount of money is refused",
        arguments: [
            "", ".", "1.", ".5", "-1", "1.0000001", "1e3", "€1", "1,5", "1000000001", "99999999999999999999",
            "$", "1 2",
        ]
    )
    func badMoney(text: String) {
        #expect(Money(text) == nil)
    }

    @Test("sizes and amounts are ordered by what they stand for")
    func order() throws {
        let size = try #require(ByteSize("1MB"))
        let larger = try #require(ByteSize("1MiB"))
        #expect(size < larger)
        #expect(Money(microdollars: 1) < Money(microdollars: 2))
    }
}
