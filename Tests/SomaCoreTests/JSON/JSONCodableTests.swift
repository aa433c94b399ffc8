import SomaCore
import Testing

@Suite("JSON and Codable")
struct JSONCodableTests {
    struct Everything: Codable, Equatable {
        var text = "é"
        var flag = true
        var whole = Int8(-3)
        var large = UInt64(12)
        var broken = 1.25
        var small = Float(0.5)
        var nothing: Int?
        var list: [Int?] = [1, nil, 3]
        var nested: [String: [Bool]] = ["a": [true, false]]
        var json: JSON = ["free": [1, "two", nil]]
        var object: JSONObject = ["x": 1]
        var graph = Graph.Kind.fork(join: "meet")
    }

    @Test("a value of every type round trips")
    func roundTrip() throws {
        let value = Everything()
        let json = try JSON(encoding: value)
        #expect(try json.decode(Everything.self) == value)
        #expect(try JSON.parse(json.bytes()).decode(Everything.self) == value)
    }

    @Test(
        "what doesn't fit is refused with its path",
        arguments: [
            ("whole", JSON.int(1000)), ("text", .int(1)), ("flag", .string("true")), ("list", .object([:])),
            ("graph", .object(["odd": 1])), ("large", .int(-1)), ("nested", .array([])),
        ]
    )
    func mismatch(_ key: String, _ value: JSON) throws {
        var object = try #require(try JSON(encoding: Everything()).object)
        object[key] = value
        #expect(throws: DecodingError.self) { try JSON.object(object).decode(Everything.self) }
        object[key] = nil
        #expect(throws: DecodingError.self) { try JSON.object(object).decode(Everything.self) }
    }

    @Test("an integer beyond 64 bits with a sign is refused")
    func overflow() {
        #expect(throws: EncodingError.self) { try JSON(encoding: [UInt64.max]) }
    }

    @Test("the state of any run round trips")
    func runStates() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = RandomTransitions(seed: seed, runs: 1)
            var state = RunState(id: random.runs[0])
            for step in 0..<60 {
                state.apply(random.next())
                guard step % 6 == 0 else { continue }
                let json = try JSON(encoding: state)
                #expect(try JSON.parse(json.bytes()).decode(RunState.self) == state)
            }
        }
    }
}
