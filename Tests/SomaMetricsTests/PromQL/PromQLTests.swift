import SomaCore
import SomaMetrics
import Testing

@Suite("Answers of Prometheus")
struct PromQLTests {
    @Test("Real answers of each kind are read")
    func real() throws {
        func answer(_ name: String) throws -> QueryAnswer {
            guard case .query(let answer) = try PromQLAnswer.parse(Recorded.bytes(name)) else {
                throw MetricsError(.invalidAnswer, "\(name) is no answer to a query")
            }
            return answer
        }
        let depth = [Exposition.Label("__name__", "depth")]
        guard case .vector(let notANumber) = try answer("nan.json").value else {
            Issue.record("no vector")
            return
        }
        #expect(notANumber.map(\.labels) == [depth])
        #expect(notANumber.first?.points.first?.value.isNaN == true)
        guard case .vector(let infinite) = try answer("neginf.json").value else {
            Issue.record("no vector")
            return
        }
        #expect(infinite.first?.points == [QueryAnswer.Point(time: 1_700_000_105, value: -.infinity)])
        #expect(
            try answer("scalar.json").value == .scalar(QueryAnswer.Point(time: 1_700_000_105, value: 1.5))
        )
        #expect(try answer("string.json").value == .string(time: 1_700_000_105, "hi é"))
        guard case .matrix(let matrix) = try answer("rate.json").value else {
            Issue.record("no matrix")
            return
        }
        #expect(matrix.count == 2)
        #expect(matrix[0].labels == [Exposition.Label("host", "a"), Exposition.Label("path", "/")])
    }

    @Test("Alerts and names are read")
    func lists() throws {
        guard case .alerts(let alerts) = try PromQLAnswer.parse(Recorded.bytes("alerts.json")) else {
            Issue.record("no alerts")
            return
        }
        #expect(alerts.map(\.name) == ["AlwaysFiring", "NotYet"])
        #expect(alerts.map(\.state) == [.firing, .pending])
        #expect(alerts.map(\.value) == [3, 1])
        #expect(alerts[0].annotations == [Exposition.Label("summary", "it is 3")])
        #expect(try PromQLAnswer.parse(Recorded.bytes("values.json")) == .names(["a", "b"]))
        #expect(alerts[0].activeAt.hasPrefix("2026-"))
    }

    @Test("An alert that can't be read doesn't hide the others")
    func unreadAlert() throws {
        let json = try JSON.parse(
            #"{"status":"success","data":{"alerts":[{"labels":{"alertname":"A"},"state":"odd","value":"1"},"#
                + #"{"labels":{"alertname":"B"},"state":"firing","value":"1"}]}}"#
        )
        let (alerts, unread) = try PrometheusAlert.readable(json)
        #expect(alerts.map(\.name) == ["B"])
        #expect(unread.count == 1)
        #expect(throws: MetricsError.self) { try PrometheusAlert.list(json) }
    }

    @Test(
        "Prometheus' own errors keep their type and say what to do",
        arguments: ["bad.json", "toomany.json"]
    )
    func refused(_ name: String) throws {
        let bytes = try Recorded.bytes(name)
        let error = #expect(throws: MetricsError.self) { try PromQLAnswer.parse(bytes) }
        #expect(error?.kind == .refused(type: "bad_data"))
        #expect(error?.hint == "correct the query")
    }

    @Test("Warnings are kept, and native histograms are counted")
    func warnings() throws {
        let text = """
            {"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"matrix","result":[
            {"metric":{},"histograms":[[1,{"count":"1"}]]},{"metric":{"b":"1","a":"2"},"values":[[1,"1"],[2.5,"+Inf"]]}]}}
            """
        guard case .query(let answer) = try PromQLAnswer.parse(Array(text.utf8)),
            case .matrix(let series) = answer.value
        else {
            Issue.record("no matrix")
            return
        }
        #expect(answer.warnings == ["w"])
        #expect(answer.infos == ["i"])
        #expect(series.map(\.histograms) == [1, 0])
        #expect(series[1].labels.map(\.name) == ["a", "b"])
        #expect(series[1].points.last == QueryAnswer.Point(time: 2.5, value: .infinity))
    }

    @Test(
        "What isn't such an answer is refused with its place",
        arguments: [
            "", "{", "[]", "null", "{}", "{\"status\":\"ok\"}", "{\"status\":\"success\"}",
            "{\"status\":\"success\",\"data\":{}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"tensor\",\"result\":[]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":{}}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"value\":[1,\"1\"]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"a\":1},\"value\":[1,\"1\"]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{}}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1,1]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1,\"x\"]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[2,\"1\"],[1,\"1\"]]}]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[\"1\",\"1\"]}}",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,1]}}",
            "{\"status\":\"success\",\"data\":{\"alerts\":[{\"state\":\"odd\",\"value\":\"1\",\"labels\":{}}]}}",
            "{\"status\":\"success\",\"data\":[1]}",
        ]
    )
    func malformed(_ text: String) {
        let error = #expect(throws: MetricsError.self) { try PromQLAnswer.parse(Array(text.utf8)) }
        #expect(error?.kind == .invalidAnswer || error?.kind == .malformed)
        #expect(error?.message.isEmpty == false)
    }

    @Test(
        "An error's text can't reach the terminal as commands",
        arguments: [
            #"{"status":"error","errorType":"\u001b[2J","error":"\u001b]0;x\u0007"}"#,
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"\u001b[2J":1}}]}}"#,
        ]
    )
    func hostile(text: String) {
        let error = #expect(throws: MetricsError.self) { try PromQLAnswer.parse(Array(text.utf8)) }
        #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } == true)
    }
}
