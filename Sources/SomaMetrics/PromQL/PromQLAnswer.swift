package import SomaCore

/// Any answer of Prometheus' HTTP interface that Soma reads, told apart by its shape.
package enum PromQLAnswer: Hashable, Sendable {
    case query(QueryAnswer)
    case alerts([PrometheusAlert])
    case names([String])

    /// Reads a body.
    ///
    /// - Throws: ``MetricsError`` with the place in the text where it is no JSON, or the path within it where a
    ///   member isn't what it should be.
    package static func parse(_ bytes: [UInt8]) throws(MetricsError) -> PromQLAnswer {
        let json = try document(bytes)
        if json["data"]?["alerts"] != nil { return .alerts(try PrometheusAlert.list(json)) }
        if json["data"]?.array != nil { return .names(try NamesAnswer.list(json)) }
        return .query(try QueryAnswer(json))
    }

    static func document(_ bytes: [UInt8]) throws(MetricsError) -> JSON {
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw MetricsError(
                .malformed,
                line: error.line,
                column: error.column,
                "the answer is no JSON: \(error.message)",
                hint: "was it cut short, or is the address not Prometheus'?"
            )
        }
    }

    /// What was understood, for `soma inspect`.
    package var json: JSON {
        switch self {
        case .names(let names): ["type": "names", "names": JSON(names)]
        case .alerts(let alerts):
            [
                "type": "alerts",
                "alerts": .array(
                    alerts.map { alert in
                        [
                            "name": .string(alert.name), "state": .string(alert.state.rawValue),
                            "value": Exposition.json(alert.value), "active_at": .string(alert.activeAt),
                            "labels": Self.json(alert.labels), "annotations": Self.json(alert.annotations),
                        ]
                    }
                ),
            ]
        case .query(let answer): Self.json(answer)
        }
    }

    private static func json(_ answer: QueryAnswer) -> JSON {
        var object = JSONObject()
        switch answer.value {
        case .vector(let series):
            object["type"] = "vector"
            object["series"] = .array(series.map(json))
        case .matrix(let series):
            object["type"] = "matrix"
            object["series"] = .array(series.map(json))
        case .scalar(let point):
            object["type"] = "scalar"
            object["point"] = json(point)
        case .string(let time, let text):
            object["type"] = "string"
            object["point"] = [.double(time), .string(text)]
        }
        object["warnings"] = JSON(answer.warnings)
        object["infos"] = JSON(answer.infos)
        return .object(object)
    }

    private static func json(_ series: QueryAnswer.Series) -> JSON {
        var object = JSONObject()
        object["labels"] = json(series.labels)
        object["points"] = .array(series.points.map(json))
        if series.histograms > 0 { object["histograms_left_out"] = JSON(series.histograms) }
        return .object(object)
    }

    private static func json(_ point: QueryAnswer.Point) -> JSON {
        [.double(point.time), Exposition.json(point.value)]
    }

    private static func json(_ labels: [Exposition.Label]) -> JSON {
        .object(JSONObject(labels.map { ($0.name, .string($0.value)) }))
    }
}
