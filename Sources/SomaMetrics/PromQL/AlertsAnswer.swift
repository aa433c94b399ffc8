package import SomaCore

/// An alert that Prometheus knows of (`/api/v1/alerts`).
package struct PrometheusAlert: Hashable, Sendable {
    /// How far it has come.
    package enum State: String, Hashable, Sendable {
        case inactive, pending, firing
    }

    /// Labels in ascending order of their names, `alertname` among them.
    package let labels: [Exposition.Label]
    /// Annotations, such as a summary, in ascending order of their names.
    package let annotations: [Exposition.Label]
    package let state: State
    /// Since when the condition holds (RFC 3339), as Prometheus writes it.
    package let activeAt: String
    /// The value that the condition was met with.
    package let value: Double

    /// The rule's name; empty where the alert has none.
    package var name: String { labels.first { $0.name == "alertname" }?.value ?? "" }

    /// Reads the answer to a question for alerts.
    ///
    /// - Throws: ``MetricsError`` of kind `refused` for Prometheus' own errors, `invalidAnswer` otherwise, for a single alert
    ///   as well.
    package static func list(_ json: JSON) throws(MetricsError) -> [PrometheusAlert] {
        let (alerts, unread) = try readable(json)
        if let error = unread.first { throw error }
        return alerts
    }

    /// Reads the answer to a question for alerts; one that can't be read doesn't hide the others.
    ///
    /// - Returns: The alerts in their order, and why others can't be read.
    /// - Throws: ``MetricsError`` of kind `refused` for Prometheus' own errors, `invalidAnswer` where there is no list.
    package static func readable(_ json: JSON) throws(MetricsError)
        -> (alerts: [PrometheusAlert], unread: [MetricsError])
    {
        let answer = try Envelope(json)
        guard let elements = answer.data["alerts"]?.array else {
            throw answer.wrong("data.alerts is no array")
        }
        var alerts: [PrometheusAlert] = []
        var unread: [MetricsError] = []
        for (index, element) in elements.enumerated() {
            do throws(MetricsError) {
                alerts.append(try alert(element, "data.alerts[\(index)]", answer))
            } catch { unread.append(error) }
        }
        return (alerts, unread)
    }

    private static func alert(
        _ element: JSON,
        _ place: String,
        _ answer: Envelope
    ) throws(MetricsError) -> PrometheusAlert {
        let word = try answer.string(element["state"], "\(place).state")
        guard let state = State(rawValue: word) else {
            throw answer.wrong("\(place).state is \(SafeQuote.quote(word))")
        }
        var text = try answer.string(element["value"], "\(place).value")
        guard let value = text.withUTF8({ NumberText.double($0) }) else {
            throw answer.wrong("\(place).value is \(SafeQuote.quote(text)), which is no number")
        }
        return PrometheusAlert(
            labels: try answer.labels(element["labels"], "\(place).labels"),
            annotations: try answer.labels(element["annotations"] ?? .object([:]), "\(place).annotations"),
            state: state,
            activeAt: element["activeAt"]?.string ?? "",
            value: value
        )
    }
}

/// An answer that lists names (`/api/v1/labels`, `/api/v1/label/NAME/values`).
package enum NamesAnswer {
    /// Reads the names in their order.
    ///
    /// - Throws: ``MetricsError`` of kind `refused` for Prometheus' own errors, `invalidAnswer` otherwise.
    package static func list(_ json: JSON) throws(MetricsError) -> [String] {
        let answer = try Envelope(json)
        guard let elements = answer.data.array else { throw answer.wrong("data is no array") }
        var names: [String] = []
        for (index, element) in elements.enumerated() {
            names.append(try answer.string(element, "data[\(index)]"))
        }
        return names
    }
}
