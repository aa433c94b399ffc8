import SomaCore
import SomaTesting
import Testing

@Suite("Fleet documents")
struct FleetDocumentTests {
    private static func document(runs count: Int) -> FleetDocument {
        let states = (0..<count).map { number in
            var state = RunState(id: RunID("run\(number)"))
            state.role = number % 3 == 0 ? "co\"der, \"runs\":[ }" : "researcher"
            state.seq = number
            state.document["note"] = .array([.string("a,b"), .object(JSONObject()), .string("]}\\")])
            return state
        }
        return FleetDocument(position: "p1", holder: "h, [\"runs\":[", runs: states, words: [:])
    }

    @Test("reading in halves gives what reading as a whole gives", arguments: [0, 1, 2, 3, 1_000, 2_001])
    func halves(count: Int) async throws {
        let document = Self.document(runs: count)
        let bytes = document.json.bytes()
        let whole = try #require(FleetDocument(try JSON.parse(bytes)))
        let read = try #require(await FleetDocument.read(bytes))
        #expect(read.runs == whole.runs)
        #expect(read.runs == document.runs)
        #expect(read.position == "p1")
        #expect(read.holder == document.holder)
        #expect(count < 1_000 || bytes.count >= FleetDocument.halvesBytesMin)
    }

    @Test("a document that is cut off or isn't one is refused, wherever it is cut")
    func damaged() async throws {
        let bytes = Self.document(runs: 900).json.bytes()
        #expect(bytes.count >= FleetDocument.halvesBytesMin)
        for cut in stride(from: 1, to: bytes.count - 1, by: 997) {
            #expect(await FleetDocument.read(Array(bytes[..<cut])) == nil)
        }
        #expect(await FleetDocument.read(bytes + Array("]".utf8)) == nil)
        #expect(await FleetDocument.read([]) == nil)
    }
}
