import SomaCore
import Testing

@testable import SomaGateway

@Suite("The states of runs as JSON")
struct FleetRecordsTests {
    private func state(_ name: String, seq: Int) -> RunState {
        var run = RunState(id: RunID(name))
        run.seq = seq
        run.role = "coder \"\(seq)\""
        return run
    }

    private func fleet(_ runs: [RunState], holder: String = "h, \"runs\":[]") -> FleetDocument {
        FleetDocument(position: "p7", holder: holder, runs: runs, words: [ContentID(high: 1, low: 2): "teh"])
    }

    @Test("are the document's, whatever was kept before", arguments: [0, 1, 2, 40])
    func same(count: Int) {
        let records = FleetRecords()
        for round in 0..<4 {
            // Some runs go, some change, some stay.
            let runs = (0..<count).filter { ($0 + round) % 5 != 0 }.map { number in
                state("r\(number)", seq: number % 3 == 0 ? round : 1)
            }
            let document = fleet(runs, holder: round == 2 ? "" : "h, \"runs\":[]")
            #expect(records.bytes(of: document) == document.json.bytes())
            #expect(records.count == runs.count)
        }
    }

    @Test("are written again only where there is another transition")
    func kept() {
        let records = FleetRecords()
        var run = state("a", seq: 3)
        let first = records.bytes(of: fleet([run]))
        run.role = "nothing that a log says"
        #expect(records.bytes(of: fleet([run])) == first)
        run.seq = 4
        #expect(records.bytes(of: fleet([run])) != first)
    }

    @Test("of a fleet that is too large are not kept")
    func large() {
        let records = FleetRecords(bytesMax: 100)
        let large = fleet((0..<10).map { state("r\($0)", seq: 1) })
        #expect(records.bytes(of: large) == large.json.bytes())
        #expect(records.count == 0)
    }
}
