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
        return FleetDocument(
            position: "p1",
            holder: "h, [\"runs\":[",
            runs: states,
            words: [:],
            version: "1.2",
            roles: ["a", "b"]
        )
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
        #expect(read.version == "1.2")
        #expect(read.roles == ["a", "b"])
        #expect(read.holder == document.holder)
        #expect(count < 1_000 || bytes.count >= FleetDocument.halvesBytesMin)
    }

    @Test("the words sent along are all goals, what a person is asked, and the last outcomes")
    func wordsShownFirst() {
        let start = Timestamp(microseconds: 1_700_000_000_000_000)
        var runs: [RunState] = []
        for number in 0..<25 {
            var run = RunBuilder("ended\(number)", role: "coder", goal: "goal \(number)", at: start)
            run.wait(.seconds(number))
            run.complete("outcome \(number)")
            runs.append(run.state)
        }
        var asking = RunBuilder("asking", role: "coder", goal: "ask", at: start)
        asking.go("planned", to: "Execute")
        let effect = asking.request("file_write", #"{"path":"a"}"#)
        _ = asking.askApproval(effect, arguments: #"{"path":"a"}"#, risk: "low", reason: "writes")
        runs.append(asking.state)
        var working = RunBuilder("working", role: "coder", goal: "work", at: start)
        working.go("planned", to: "Execute")
        working.start(working.request("shell", #"{"command":"ls"}"#))
        runs.append(working.state)

        let words = FleetDocument.wordsShownFirst(of: runs)
        let goals = ["ask", "work"] + (0..<25).map { "goal \($0)" }
        let outcomes = (5..<25).map { "outcome \($0)" }
        #expect(words == Set((goals + outcomes + [#"{"path":"a"}"#]).map(RunBuilder.name)))
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
