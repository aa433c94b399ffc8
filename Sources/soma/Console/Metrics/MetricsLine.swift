import SomaConsole
import SomaMetrics

extension [Double?] {
    /// What a question about how long things take knows nothing about is a gap: nothing took any time then.
    func known(_ function: SeriesQuery.Function?) -> [Double?] {
        guard case .quantile = function else { return self }
        return map { $0.flatMap { $0.isNaN ? nil : $0 } }
    }
}

extension MetricsAnswer.Line {
    /// Lines of a panel at most: more can't be told apart on any screen.
    static let countMax = 100

    /// A line for what a question found.
    /// - Parameter plain: What it is called where it has neither a legend nor labels.
    init(_ labels: [Exposition.Label], _ values: [Double?], legend: String, plain: String) {
        let pairs = labels.filter { $0.name != "__name__" }
        var name = Self.filled(legend, labels)
        if legend.isEmpty {
            let own = labels.first { $0.name == "__name__" }?.value
            let told = pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            name = told.isEmpty ? own ?? plain : told
        }
        self.init(
            name: name,
            labels: Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first },
            values: values
        )
    }

    /// A legend with the labels' values in place of their names in braces; a label that isn't there is empty.
    private static func filled(_ legend: String, _ labels: [Exposition.Label]) -> String {
        var result = ""
        var rest = Substring(legend)
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else {
                rest = rest[open...]
                break
            }
            let name = rest[rest.index(after: open)..<close]
            result += labels.first { $0.name == name }?.value ?? ""
            rest = rest[rest.index(after: close)...]
        }
        result += rest
        // A label that isn't there leaves the space before it behind.
        return String(result.reversed().drop { $0 == " " }.reversed())
    }

    /// What to say of lines that were left out of some panels.
    static func remark(leftOut: Int) -> String? {
        leftOut == 0 ? nil : "\(leftOut) lines left out: a panel shows \(countMax)."
    }
}
