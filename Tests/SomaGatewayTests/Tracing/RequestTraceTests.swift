import SomaCore
import Testing

@testable import SomaGateway

@Suite("Where a request stands in a trace")
struct RequestTraceTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private let wanted = TraceContext(traceparent: parent, tracestate: "rojo=1")
    private let unwanted = TraceContext(traceparent: String(parent.dropLast(2)) + "00", tracestate: "rojo=1")

    private func trace(_ caller: TraceContext?, _ ratio: Double?) -> RequestTrace {
        var random = SystemRandomNumberGenerator()
        return RequestTrace(caller, ratio.map { TraceSampling(ratio: $0) }, &random)
    }

    @Test("Without spans of requests the caller's context goes on as it came", arguments: [true, false])
    func off(isWanted: Bool) {
        let caller = isWanted ? wanted : unwanted
        let trace = trace(caller, nil)
        #expect(!trace.isRecorded && trace.onward == caller && trace.asking == nil)
        #expect(self.trace(nil, nil).onward == nil && self.trace(nil, nil).asking == nil)
    }

    @Test("A caller's choice holds, whatever the share is", arguments: [0, 1] as [Double])
    func caller(ratio: Double) throws {
        let recorded = trace(wanted, ratio)
        #expect(recorded.isRecorded && recorded.id == wanted?.trace && recorded.asking == nil)
        let onward = try #require(recorded.onward)
        #expect(onward.trace == wanted?.trace && onward.span == recorded.span && onward.isSampled)
        #expect(onward.state == "rojo=1" && onward.span != wanted?.span)
        let other = trace(unwanted, ratio)
        #expect(!other.isRecorded && other.onward == unwanted)
    }

    @Test("What begins here is decided once, and that goes on with it", arguments: [0, 1] as [Double])
    func own(ratio: Double) throws {
        let trace = trace(nil, ratio)
        #expect(trace.isRecorded == (ratio == 1))
        let onward = try #require(trace.onward)
        #expect(onward.trace == trace.id && onward.span == trace.span && onward.isSampled == (ratio == 1))
        #expect(trace.asking == trace.span)
    }

    @Test("A request that begins a run is in the run's trace, and shares its luck")
    func began() {
        var counts = [true: 0, false: 0]
        for index in 0..<400 {
            var trace = trace(nil, 0.5)
            let run = RunID("run\(index)")
            trace.began(run)
            #expect(trace.id == TraceIdentity.trace(of: run))
            #expect(trace.isRecorded == TraceSampling(ratio: 0.5).includes(trace.id))
            counts[trace.isRecorded, default: 0] += 1
        }
        #expect(counts.values.allSatisfy { $0 > 100 })
        var trace = trace(wanted, 0)
        trace.began(RunID("run"))
        #expect(trace.id == wanted?.trace && trace.isRecorded)
    }

    @Test("What is looked at all the time has a span only for a caller who wants one")
    func looks() {
        for (caller, isRecorded) in [(wanted, true), (unwanted, false), (nil, false)] {
            var trace = trace(caller, 1)
            trace.isLook()
            #expect(trace.isRecorded == isRecorded)
        }
    }
}
