import SomaCore
import SomaTraces
import Testing

private func read(_ text: String) throws -> OTLPDocument { try OTLPDocument.read(Array(text.utf8)) }

@Suite("OTLP in JSON")
struct OTLPJSONTests {
    @Test("What is written is read as the same spans")
    func roundTrip() throws {
        #expect(try OTLPDocument.read(json: officialSet.json().bytes()) == .traces(officialSet))
    }

    @Test("Numbers may be strings, enums names, ids of either case, and what isn't known is ignored")
    func lenient() throws {
        let document = try read(
            """
            {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C",
             "spanId":"eee19b7ec3c1b174","parentSpanId":"","name":"n","kind":"SPAN_KIND_CLIENT",
             "startTimeUnixNano":1544712660000000000,"endTimeUnixNano":"1544712661000000000","futureField":{"a":[]},
             "attributes":[{"key":"i","value":{"intValue":10}},{"key":"s","value":{"intValue":"-10"}},
                           {"key":"d","value":{"doubleValue":"NaN"}},{"key":"e","value":{}}],
             "status":{"code":2}}]}],
             "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"late"}}]}}]}
            """
        )
        guard case .traces(let set) = document else {
            Issue.record("not traces")
            return
        }
        let span = set.spans[0]
        #expect(set.resources.map(\.service) == ["late"])
        #expect(span.trace == TraceID(high: 0x5B8E_FFF7_9803_8103, low: 0xD269_B633_813F_C60C))
        #expect(span.parent == nil)
        #expect(span.kind == .client)
        #expect(span.duration == 1_000_000_000)
        #expect(span.attributes[0].value == .int(10))
        #expect(span.attributes[1].value == .int(-10))
        #expect(span.attributes[2].value.text == "nan")
        #expect(span.attributes[3].value == .empty)
        #expect(span.status == .error)
    }

    @Test(
        "A count keeps all of its 64 bits, written as a number or as a string",
        arguments: [0, 1 << 53 + 1, 1 << 63 - 1, 1 << 63, 1 << 63 + 1, .max - 1, .max] as [UInt64],
        ["", "\""]
    )
    func counts(count: UInt64, quote: String) throws {
        let text =
            #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","histogram":{"dataPoints":["#
            + #"{"count":\#(quote)\#(count)\#(quote)}]}}]}]}]}"#
        guard case .metrics(let metrics) = try read(text) else {
            Issue.record("not metrics")
            return
        }
        #expect(metrics.first?.points.first?.count == count)
    }

    @Test("An end before the start is a warning, not a negative duration")
    func backwards() throws {
        guard
            case .traces(let set) = try read(
                #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"9","endTimeUnixNano":"7"}]}]}]}"#
            )
        else { return }
        #expect(set.spans[0].duration == 0)
        #expect(set.spans[0].warnings.first == "It ends 2 ns before it starts.")
    }

    @Test(
        "What is wrong is refused with its place",
        arguments: [
            ("", "line 1, column 1: there is nothing in it, not even {}"),
            ("[]", "line 1, column 1: expected an OTLP request, an object, not an array"),
            (
                #"{"data":[]}"#,
                "line 1, column 1: has none of resourceSpans, resourceMetrics and resourceLogs; expected an OTLP request"
            ),
            (
                #"{"resource_spans":[]}"#,
                "line 1, column 19: resource_spans: names are in lower camel case: resourceSpans, resourceMetrics, resourceLogs"
            ),
            (
                #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"W47/95gDgQPSabYzgT/GDA=="}]}]}]}"#,
                "line 1, column 55: resourceSpans[0].scopeSpans[0].spans[0].traceId: a trace id is 32 hexadecimal digits"
            ),
            (
                #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}"#,
                "line 1, column 65: resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: must be a whole number from 0 to 2^64 - 1, not \"soon\""
            ),
            (
                "{\"resourceSpans\":[]}\n{\"resourceLogs\":[]}",
                "line 2, column 1: holds logs, but the lines before hold others; give one kind at a time"
            ),
        ]
    )
    func refused(text: String, message: String) throws {
        let error = #expect(throws: TraceReadError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test("Metrics are told apart and read")
    func metrics() throws {
        let document = try read(
            """
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
             "scopeMetrics":[{"scope":{"name":"lib"},"metrics":[
              {"name":"c","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,
               "dataPoints":[{"asInt":"5","timeUnixNano":"1544712660300000000"}]}},
              {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[
               {"count":"2","sum":2.5,"bucketCounts":["1","1"],"explicitBounds":[1]}]}}]}]}]}
            """
        )
        guard case .metrics(let metrics) = document else {
            Issue.record("not metrics")
            return
        }
        #expect(metrics.map(\.name) == ["c", "h"])
        #expect(metrics.map(\.service) == ["shop", "shop"])
        #expect(metrics.map(\.type) == ["sum", "histogram"])
        #expect(metrics[0].points[0].value == .int(5))
        #expect(metrics[1].points[0].buckets == [1, 1])
    }

    @Test("Logs and events are told apart and read, also where the resource comes last")
    func logs() throws {
        let document = try read(
            """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"7","severityNumber":9,
             "eventName":"page","body":{"kvlistValue":{"values":[{"key":"n","value":{"intValue":"0"}}]}}}]}],
             "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}
            """
        )
        guard case .logs(let logs) = document else {
            Issue.record("not logs")
            return
        }
        #expect(logs.map(\.service) == ["shop"])
        #expect(logs.map(\.event) == ["page"])
        #expect(logs[0].at == 7)
        #expect(logs[0].body == .map([Attribute("n", .int(0))]))
    }

    @Test("The official examples are accepted", arguments: Corpus.files("otlp"))
    func corpus(file: Corpus.File) throws {
        let json = try TraceInspection.otlp(file.bytes)
        #expect(["traces", "metrics", "logs"].contains(json["signal"]?.string))
    }
}
