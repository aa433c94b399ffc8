import FoundationEssentials
import Glibc
import SomaCore
import SomaTerminal
import SomaTesting
import SomaTraces
import Testing

@testable import SomaConsole

/// Answers of Jaegers: one that is always here, and those of the folder that `SOMA_CORPORA` names.
struct RecordedAnswer: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]

    var testDescription: String { name }

    static let all: [RecordedAnswer] = [RecordedAnswer(name: "small", bytes: Array(small.utf8))] + corpus

    private static var corpus: [RecordedAnswer] {
        guard let root = getenv("SOMA_CORPORA").map({ String(cString: $0) }) else { return [] }
        let folder = root + "/jaeger-json"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { $0.hasSuffix(".json") }.compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name)
                .map { RecordedAnswer(name: name, bytes: Array($0)) }
        }
    }

    private static let small = #"""
        {"data":[{"traceID":"4d1f","spans":[
          {"traceID":"4d1f","spanID":"1","operationName":"HTTP GET /dispatch","references":[],
           "startTime":1772632800000000,"duration":730000,"processID":"p1","warnings":null,
           "tags":[{"key":"span.kind","type":"string","value":"server"},
                   {"key":"http.status_code","type":"int64","value":200}],
           "logs":[{"timestamp":1772632800001000,"fields":[{"key":"event","type":"string","value":"begun"}]}]},
          {"traceID":"4d1f","spanID":"2","operationName":"SQL SELECT","startTime":1772632800020000,
           "references":[{"refType":"CHILD_OF","traceID":"4d1f","spanID":"1"}],"duration":310000,"processID":"p2",
           "tags":[{"key":"error","type":"bool","value":true}],"logs":[]},
          {"traceID":"4d1f","spanID":"3","operationName":"FindNearest","startTime":1772632800340000,
           "references":[{"refType":"FOLLOWS_FROM","traceID":"4d1f","spanID":"2"}],"duration":200,"processID":"p3",
           "tags":[],"logs":[]}],
          "processes":{"p1":{"serviceName":"frontend","tags":[{"key":"hostname","type":"string","value":"a"}]},
                       "p2":{"serviceName":"mysql","tags":[]},"p3":{"serviceName":"redis","tags":[]}},
          "warnings":null}],"total":0,"limit":0,"offset":0,"errors":null}
        """#
}

@Suite("Recorded answers of Jaegers")
struct RecordedTraceTests {
    @Test(
        "are lists of traces and waterfalls in every size, folded, filtered and in full",
        arguments: RecordedAnswer.all
    )
    func draws(answer: RecordedAnswer) throws {
        // Some of a corpus are there to be refused, which is the reader's concern.
        let traces = (try? JaegerDocument.read(answer.bytes))?.traces ?? []
        for trace in traces {
            let found = FoundTrace(trace)
            let waterfall = TraceWaterfall(trace)
            #expect(found.spans == trace.spans.count)
            #expect(found.failures == trace.spans.count(where: \.hasFailed))
            for size in sizes {
                var console = TraceStories.opened(trace, size)
                #expect(console.state.traceView.rows.shown == waterfall.tree.order)
                for keys in ["enter", "j e f", "c", "c z", "z + >", "end enter"] {
                    console.press(keys)
                    #expect(console.canvas().size == size)
                }
                console.filter(trace.spans.last?.name ?? "")
                #expect(console.state.traceView.rows.matches?.isEmpty == false)
            }
        }
    }

    @Test("a small one, as it is drawn")
    func small() throws {
        let trace = try #require(try JaegerDocument.read(RecordedAnswer.all[0].bytes).traces.first)
        var console = TraceStories.opened(trace, Size(columns: 120, rows: 24))
        console.press("enter")
        try expectGolden(console.canvas(), "Traces/recorded-120x24")
    }
}
