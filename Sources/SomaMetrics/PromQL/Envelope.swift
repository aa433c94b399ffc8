import SomaCore

/// What all answers of Prometheus' HTTP interface have in common: success with data, or an error.
struct Envelope {
    let data: JSON
    let warnings: [String]
    let infos: [String]

    init(_ json: JSON) throws(MetricsError) {
        func wrong(_ message: String) -> MetricsError {
            MetricsError(
                .invalidAnswer,
                message,
                hint: "this isn't an answer of Prometheus' HTTP interface; check the address"
            )
        }
        guard let status = json["status"]?.string else { throw wrong("the answer has no status") }
        warnings = (json["warnings"]?.array ?? []).compactMap(\.string)
        infos = (json["infos"]?.array ?? []).compactMap(\.string)
        switch status {
        case "success":
            guard let data = json["data"] else { throw wrong("the answer has no data") }
            self.data = data
        case "error":
            let type = json["errorType"]?.string ?? "unknown"
            let text = json["error"]?.string ?? "no reason given"
            throw MetricsError(
                .refused(type: type),
                "Prometheus refused (\(SafeQuote.harmless(type))): \(SafeQuote.harmless(text, max: 300))",
                hint: Self.hint(type)
            )
        default: throw wrong("the answer's status is \(SafeQuote.quote(status))")
        }
    }

    private static func hint(_ type: String) -> String {
        switch type {
        case "bad_data": "correct the query"
        case "timeout", "canceled": "ask for less, or for a coarser step"
        case "execution": "the query asks for too much or contradicts itself"
        case "unavailable", "internal": "Prometheus' own fault; try again later"
        default: ""
        }
    }

    func wrong(_ message: String, _ hint: String = "") -> MetricsError {
        MetricsError(.invalidAnswer, message, hint: hint)
    }

    func string(_ json: JSON?, _ place: String) throws(MetricsError) -> String {
        guard let text = json?.string else { throw wrong("\(place) is no string") }
        return text
    }

    func labels(_ json: JSON?, _ place: String) throws(MetricsError) -> [Exposition.Label] {
        guard let object = json?.object else { throw wrong("\(place) is no object") }
        var labels: [Exposition.Label] = []
        for member in object.members {
            let path = "\(place).\(SafeQuote.harmless(member.key))"
            labels.append(Exposition.Label(member.key, try string(member.value, path)))
        }
        return labels.sorted()
    }
}
