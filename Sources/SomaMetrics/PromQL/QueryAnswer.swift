package import SomaCore

/// What Prometheus answered to a query (`/api/v1/query`, `/api/v1/query_range`).
package struct QueryAnswer: Hashable, Sendable {
    /// A value at a moment.
    package struct Point: Hashable, Sendable {
        /// Seconds since 1970.
        package let time: Double
        package let value: Double

        package init(time: Double, value: Double) {
            self.time = time
            self.value = value
        }
    }

    /// A series with its values.
    package struct Series: Hashable, Sendable {
        /// Labels in ascending order of their names, `__name__` among them where the series has a name.
        package let labels: [Exposition.Label]
        /// In ascending order of time; one in a vector.
        package let points: [Point]
        /// How many native histograms were left out, which aren't read.
        package let histograms: Int
    }

    /// What the query gives.
    package enum Value: Hashable, Sendable {
        /// One value for each series.
        case vector([Series])
        /// Values over time for each series.
        case matrix([Series])
        /// A number.
        case scalar(Point)
        /// A text.
        case string(time: Double, String)
    }

    package let value: Value
    /// What Prometheus wants known: parts of the data may be missing.
    package let warnings: [String]
    /// Remarks on the query itself.
    package let infos: [String]

    /// Reads an answer.
    ///
    /// - Throws: ``MetricsError`` of kind `refused` for Prometheus' own errors, `invalidAnswer` otherwise.
    package init(_ json: JSON) throws(MetricsError) {
        let answer = try Envelope(json)
        let type = try answer.string(answer.data["resultType"], "data.resultType")
        guard let result = answer.data["result"] else { throw answer.wrong("data.result is missing") }
        switch type {
        case "vector": value = .vector(try Self.series(result, "value", answer))
        case "matrix": value = .matrix(try Self.series(result, "values", answer))
        case "scalar": value = .scalar(try Self.point(result, "data.result", answer))
        case "string":
            let pair = try Self.pair(result, "data.result", answer)
            value = .string(time: pair.time, try answer.string(pair.value, "data.result[1]"))
        default:
            throw answer.wrong(
                "data.resultType is \(SafeQuote.quote(type))",
                "known are vector, matrix, scalar, string"
            )
        }
        warnings = answer.warnings
        infos = answer.infos
    }

    private static func series(
        _ result: JSON,
        _ key: String,
        _ answer: Envelope
    ) throws(MetricsError) -> [Series] {
        guard let elements = result.array else { throw answer.wrong("data.result is no array") }
        var list: [Series] = []
        list.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let place = "data.result[\(index)]"
            let labels = try answer.labels(element["metric"], "\(place).metric")
            var points: [Point] = []
            let histograms: Int
            if key == "value" {
                histograms = element["histogram"] == nil ? 0 : 1
                if let value = element[key] {
                    points = [try point(value, "\(place).\(key)", answer)]
                } else if histograms == 0 {
                    throw answer.wrong("\(place).\(key) is missing")
                }
            } else {
                histograms = element["histograms"]?.array?.count ?? 0
                guard let values = element[key]?.array ?? (histograms > 0 ? [] : nil) else {
                    throw answer.wrong("\(place).\(key) is no array")
                }
                points.reserveCapacity(values.count)
                for (number, value) in values.enumerated() {
                    let point = try point(value, "\(place).\(key)[\(number)]", answer)
                    guard points.last.map({ $0.time < point.time }) ?? true else {
                        throw answer.wrong("\(place).\(key)[\(number)] isn't later than the one before")
                    }
                    points.append(point)
                }
            }
            list.append(Series(labels: labels, points: points, histograms: histograms))
        }
        return list
    }

    private static func pair(
        _ json: JSON,
        _ place: String,
        _ answer: Envelope
    ) throws(MetricsError) -> (time: Double, value: JSON) {
        guard let pair = json.array, pair.count == 2, let time = pair[0].double, time.isFinite else {
            throw answer.wrong("\(place) is no pair of a time and a value")
        }
        return (time, pair[1])
    }

    private static func point(
        _ json: JSON,
        _ place: String,
        _ answer: Envelope
    ) throws(MetricsError) -> Point {
        let pair = try pair(json, place, answer)
        guard case .string(var text) = pair.value else {
            throw answer.wrong("the value of \(place) is no string", "Prometheus writes numbers as strings")
        }
        guard let value = text.withUTF8({ NumberText.double($0) }) else {
            throw answer.wrong("the value of \(place) is \(SafeQuote.quote(text)), which is no number")
        }
        return Point(time: pair.time, value: value)
    }
}
