import SomaCore
import SomaTraces
import Testing

// The documents here are written by us in the shape that Jaeger's query API has; none is copied from Jaeger.

private func read(_ text: String) throws -> JaegerDocument { try JaegerDocument.read(Array(text.utf8)) }

private let oneTrace = """
    {"data":[{"traceID":"1f","spans":[
      {"traceID":"1f","spanID":"a1","flags":1,"operationName":"GET /cart","references":[],
       "startTime":1700000000000000,"duration":2500,
       "tags":[{"key":"span.kind","type":"string","value":"server"},
               {"key":"http.status_code","type":"int64","value":500},
               {"key":"big","type":"int64","value":"9007199254740993"},
               {"key":"ratio","type":"float64","value":1},
               {"key":"raw","type":"binary","value":"AP8="},
               {"key":"error","type":"bool","value":"true"}],
       "logs":[{"timestamp":1700000000001000,"fields":[{"key":"event","type":"string","value":"retry"}]}],
       "processID":"p1","warnings":["clock \\u00e9"]},
      {"traceID":"1f","spanID":"a2","operationName":"SELECT",
       "references":[{"refType":"CHILD_OF","traceID":"1f","spanID":"a1"}],
       "startTime":1700000000000500,"duration":1000,"tags":null,"logs":null,"processID":"p2","warnings":null}],
      "processes":{"p1":{"serviceName":"cart","tags":[{"key":"hostname","type":"string","value":"h1"}]},
                   "p2":{"serviceName":"db","tags":[]}},"warnings":null}],
     "total":0,"limit":0,"offset":0,"errors":null}
    """

@Suite("Jaeger's JSON")
struct JaegerReaderTests {
    @Test("A trace of the API is read whole")
    func whole() throws {
        let trace = try #require(try read(oneTrace).traces.first)
        #expect(trace.id == TraceID(high: 0, low: 0x1F))
        #expect(trace.set.resources.map(\.service) == ["cart", "db"])
        #expect(trace.set.resources.map(\.host) == ["h1", ""])
        let span = trace.spans[0]
        #expect(span.id == SpanID(0xA1))
        #expect(span.start == 1_700_000_000_000_000_000)
        #expect(span.duration == 2_500_000)
        #expect(span.kind == .server)
        #expect(span.status == .error)
        #expect(span.flags == 1)
        #expect(span.warnings == ["clock é"])
        #expect(
            span.attributes == [
                Attribute("span.kind", .string("server")), Attribute("http.status_code", .int(500)),
                Attribute("big", .int(9_007_199_254_740_993)), Attribute("ratio", .double(1)),
                Attribute("raw", .bytes([0, 255])), Attribute("error", .bool(true)),
            ]
        )
        #expect(span.events.map(\.name) == ["retry"])
        #expect(span.events.map(\.at) == [1_700_000_000_001_000_000])
        #expect(trace.spans[1].parent == SpanID(0xA1))
        #expect(trace.service(of: trace.spans[1]) == "db")
    }

    @Test(
        "What Jaeger's API and console write is accepted",
        arguments: [
            #"{"data":[]}"#, "[]", #"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#,
            #"{"data":["a","b"],"total":2}"#, #"{"data":[{"name":"GET","spanKind":"server"}]}"#,
            #"[{"parent":"a","child":"b","callCount":3}]"#,
            #"{"traceID":"x-1","spans":[],"processes":{}}"#,
            #"{"data":{"traceID":"1","spans":[{"spanID":"1"}],"processes":{}},"state":"DONE"}"#,
            #"[{"traceID":"1","spanID":"2","process":{"serviceName":"a"}}]"#,
            #"{"resourceSpans":[]}"#,
            "{\"resourceSpans\":[{}]}\n{\"resourceSpans\":[]}\n",
            #"{"traceID":"1","spans":[{"spanID":"1","\u0074ags":[],"other":{"a":[1,{}]}}],"processes":null}"#,
            #"{"traceID":"1","spans":[{"spanID":"1","startTime":1e6,"duration":18446744073709551615}]}"#,
        ]
    )
    func accepted(text: String) throws {
        _ = try read(text)
        _ = try TraceInspection.jaeger(Array(text.utf8)).text()
    }

    @Test("Kinds of answers are told apart")
    func kinds() throws {
        #expect(try read(#"{"data":["a","b"]}"#).content == .names(["a", "b"]))
        #expect(
            try read(#"{"data":[{"name":"GET","spanKind":"server"}]}"#).content
                == .operations([JaegerOperation(name: "GET", kind: "server")])
        )
        let missing = try read(#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#)
        #expect(missing.content == .nothing)
        #expect(missing.errors == [JaegerProblem(code: 404, message: "trace not found", trace: "")])
    }

    @Test(
        "What is none of it is refused, with the place",
        arguments: [
            ("", "line 1, column 1: there is nothing in it, not even a trace"),
            ("\n\n", "line 3, column 1: there is nothing in it, not even a trace"),
            (
                #"{"traceID":"1","spanID":"2","duration":3}"#,
                "line 1, column 1: a span by itself; expected a trace, a list of spans or an answer of the API"
            ),
            (
                "[{\"traceID\":\"1\",\"spanID\":\"2\",\"duration\": \"invalid\"}\n]",
                "line 1, column 42: [0].duration: must be a whole number, not a string"
            ),
            (
                "[{\"spanID\":\"2\"},\n]",
                "line 2, column 1: [1]: must be an object, not something that is no JSON"
            ),
            (
                "{\"data\":[\n{\"traceID\":\"1\",\"spans\":[{\"spanID\":\"1\",\"startTime\":-5}]}]}",
                "line 2, column 51: data[0].spans[0].startTime: must not be negative"
            ),
            (
                #"{"data":[{"traceID":"1","spans":[{"operationName":"x"}]}]}"#,
                "line 1, column 34: data[0].spans[0]: has no spanID"
            ),
            (
                #"{"data":[{"traceID":"1","spans":[{"spanID":"1","tags":[{"key":7}]}]}]}"#,
                "line 1, column 63: data[0].spans[0].tags[0].key: must be a string, not a number"
            ),
            ("{\"data\":[]} x", "line 1, column 13: text after the end of the document"),
            ("{\"data\":[]", "line 1, column 11: expected ',' or the closing bracket"),
            (
                "{}",
                "line 1, column 1: has none of data, spans and resourceSpans; expected a trace or an answer of Jaeger's API"
            ),
            ("7", "line 1, column 1: expected a trace or an answer of Jaeger's API, not a number"),
            (
                #"{"traceID":"1","spans":[{"spanID":"1","tags":[{"key":"a"}],"duration":"#
                    + "\"\u{9B}31m\"}],\"\u{9B}x\":0}",
                "line 1, column 71: spans[0].duration: must be a whole number, not a string"
            ),
            (
                "{\"\u{9B}31m\":0, \"spans\":7}",
                "line 1, column 21: spans: must be an array, not a number"
            ),
            (
                "{\"spans\":[],\"processes\":{\"a\u{9B}\":7}}",
                "line 1, column 32: processes.a\u{FFFD}: must be an object, not a number"
            ),
            (#"{"data":"no"}"#, "line 1, column 9: data: must be an array, not a string"),
        ]
    )
    func refused(text: String, message: String) throws {
        let error = #expect(throws: TraceReadError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test("The first reference that is in the trace is the parent, the others are links")
    func references() throws {
        let document = try read(
            """
            {"traceID":"1","spans":[
             {"traceID":"1","spanID":"1","processID":"p"},
             {"traceID":"1","spanID":"2","processID":"p","references":[
               {"refType":"CHILD_OF","traceID":"1","spanID":"77"},
               {"refType":"FOLLOWS_FROM","traceID":"1","spanID":"1"},
               {"refType":"CHILD_OF","traceID":"9","spanID":"1"}]},
             {"traceID":"1","spanID":"3","parentSpanID":"1"}],"processes":{"p":{"serviceName":"s"}}}
            """
        )
        let spans = try #require(document.traces.first).spans
        #expect(spans[1].parent == SpanID(1))
        #expect(spans[1].follows)
        #expect(spans[1].links.map(\.span) == [SpanID(0x77), SpanID(1)])
        #expect(spans[2].parent == SpanID(1))
    }

    @Test("Ids that aren't hexadecimal are kept as they were written")
    func foreignIDs() throws {
        let document = try read(
            """
            {"traceID":"trace-é","spans":[{"traceID":"trace-é","spanID":"span-1"},
             {"traceID":"trace-é","spanID":"span-2","references":[
              {"refType":"CHILD_OF","traceID":"trace-é","spanID":"span-1"}]}]}
            """
        )
        let trace = try #require(document.traces.first)
        #expect(trace.name == "trace-é")
        #expect(trace.spans.map { trace.name(of: $0.id) } == ["span-1", "span-2"])
        #expect(trace.spans[1].parent == trace.spans[0].id)
    }

    @Test("Deep nesting and cut-off documents end with an error")
    func hostile() throws {
        let deep = #"{"traceID":"1","spans":[{"spanID":"1","tags":[{"key":"a","value":"#
        #expect(throws: TraceReadError.self) { try read(deep + String(repeating: "[", count: 100_000)) }
        #expect(throws: TraceReadError.self) { try read(String(repeating: "[", count: 100_000)) }
        let bytes = Array(oneTrace.utf8)
        for length in 0..<bytes.count {
            #expect(throws: TraceReadError.self) { try JaegerDocument.read(Array(bytes[..<length])) }
        }
    }

    @Test("Bytes that were changed at random never trap", arguments: 1...60)
    func mutated(seed: UInt64) {
        var generator = Seeded(seed)
        for _ in 0..<20 {
            var bytes = Array(oneTrace.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            _ = try? TraceInspection.jaeger(bytes)
        }
    }

    /// Files of Jaeger's own tests that are there to be refused.
    private static let refusedFiles = [
        "trace_wrong_format", "trace_invalid_json", "trace_scan_error", "trace_empty",
    ]

    @Test("Jaeger's own samples get Jaeger's verdict", arguments: Corpus.files("jaeger-json"))
    func corpus(file: Corpus.File) throws {
        if Self.refusedFiles.contains(where: file.name.contains) {
            #expect(throws: TraceReadError.self) { try TraceInspection.jaeger(file.bytes) }
        } else {
            let text = try TraceInspection.jaeger(file.bytes).text()
            #expect(text.contains("\"spans\":[{") || text.contains("\"dependencies\":[{"))
        }
    }
}
