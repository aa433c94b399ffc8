import SomaCore
import SomaTesting
import Testing

@Suite("Ids and times")
struct IdentityTests {
    @Test(
        "times are written with six decimals",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_164_800_123_456, "2024-02-29T00:00:00.123456Z"),
            (4_107_542_399_000_001, "2100-02-28T23:59:59.000001Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ]
    )
    func times(_ microseconds: Int64, _ text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text) == Timestamp(microseconds: microseconds))
    }

    @Test(
        "times in any offset and precision are read",
        arguments: [
            ("2024-03-01T01:00:00+01:00", "2024-03-01T00:00:00.000000Z"),
            ("2024-02-29T23:30:00-00:30", "2024-03-01T00:00:00.000000Z"),
            ("2024-03-01t00:00:00.1z", "2024-03-01T00:00:00.100000Z"),
            ("2024-03-01T00:00:00.123456789Z", "2024-03-01T00:00:00.123456Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ]
    )
    func offsets(_ text: String, _ utc: String) { #expect(Timestamp(text)?.description == utc) }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2024", "2024-03-01", "2024-13-01T00:00:00Z", "2024-03-00T00:00:00Z", "2024-03-01T24:00:00Z",
            "2024-03-01T00:60:00Z", "2024-03-01T00:00:00", "2024-03-01T00:00:00.Z", "2024-03-01T00:00:00Zx",
            "2024-03-01T00:00:00+1:00", "2024-03-01T00:00:00+25:00", "2024/03/01T00:00:00Z",
            "2o24-03-01T00:00:00Z",
            "2024-03-01T00:00:00.1234567890123456789012Z", "-024-03-01T00:00:00Z",
            "2023-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
        ]
    )
    func noTimes(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test("any microsecond between the years 0 and 9999 round trips, and extreme ones don't crash")
    func anyTime() {
        var generator = SeededGenerator(5)
        for _ in 0..<5000 {
            let moment = Int64.random(
                in: -62_167_219_200_000_000...253_402_300_799_999_999,
                using: &generator
            )
            #expect(Timestamp("\(Timestamp(microseconds: moment))")?.microseconds == moment)
        }
        for extreme in [Int64.min, .min + 1, .max] {
            #expect(Timestamp(microseconds: extreme).description.count == 27)
        }
        #expect(Timestamp(seconds: .nan).microseconds == 0)
        #expect(Timestamp(seconds: 1.5).microseconds == 1_500_000)
        #expect(Timestamp(seconds: 1e300).microseconds == .max)
        #expect(Timestamp(seconds: -1e300).microseconds == .min)
    }

    @Test("durations are whole microseconds within 64 bits")
    func durations() {
        let moment = Timestamp(microseconds: 10)
        #expect(moment + .microseconds(5) == Timestamp(microseconds: 15))
        #expect(moment - Timestamp(microseconds: 4) == .microseconds(6))
        #expect(Duration.seconds(Int64.max).microseconds == .max)
        #expect(Duration.seconds(Int64.min).microseconds == .min)
        #expect(Duration.milliseconds(1500).seconds == 1.5)
    }

    @Test("run ids are 15 characters of the alphabet, and the seed decides them")
    func runIDs() {
        var one = SeededGenerator(3)
        var two = SeededGenerator(3)
        let ids = (0..<2000).map { _ in RunID.random(using: &one) }
        #expect(ids == (0..<2000).map { _ in RunID.random(using: &two) })
        #expect(Set(ids.map(\.short)).count > 1990)
        #expect(
            ids.allSatisfy {
                $0.rawValue.utf8.count == 15 && $0.rawValue.utf8.allSatisfy(RunID.alphabet.contains)
            }
        )
        #expect(RunID("a") < RunID("b"))
        #expect("\(RunID("abc"))" == "abc")
    }

    @Test("content ids are 32 digits")
    func contentIDs() throws {
        let id = Array<UInt8>(1...20).withUnsafeBytes { ContentID(hash: $0) }
        #expect(id.description == "0102030405060708090a0b0c0d0e0f10")
        #expect(ContentID(id.description) == id)
        #expect(id.bytes == Array(1...16))
        #expect(ContentID(hash: UnsafeRawBufferPointer(start: nil, count: 0)) == ContentID(high: 0, low: 0))
        #expect(try JSON(encoding: id).decode(ContentID.self) == id)
        for text in ["", "01", "0102030405060708090A0b0c0d0e0f10", "g102030405060708090a0b0c0d0e0f10"] {
            #expect(ContentID(text) == nil)
            #expect(throws: DecodingError.self) { try JSON.string(text).decode(ContentID.self) }
        }
    }
}
