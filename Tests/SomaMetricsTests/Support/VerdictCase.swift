import SomaMetrics
import Testing

/// A text and whether it is to be read.
struct VerdictCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let format: Exposition.Format
    let isValid: Bool

    var testDescription: String { "\(format.rawValue): \(name)" }

    init(_ name: String, _ bytes: [UInt8], _ format: Exposition.Format, isValid: Bool) {
        self.name = name
        self.bytes = bytes
        self.format = format
        self.isValid = isValid
    }

    /// A case that is its own name.
    init(_ text: String, _ format: Exposition.Format, isValid: Bool) {
        self.init(SafeQuote.quote(text), Array(text.utf8), format, isValid: isValid)
    }

    /// Those of the folder that `SOMA_CORPORA` names; none where it is unset.
    static var outside: [VerdictCase] {
        guard let root = TestFile.corpora else { return [] }
        let openMetrics = root + "/openmetrics"
        let cases = TestFile.names(openMetrics).compactMap { name -> VerdictCase? in
            guard let text = TestFile.read("\(openMetrics)/\(name)/metrics"),
                let test = TestFile.read("\(openMetrics)/\(name)/test.json")
            else { return nil }
            let isValid = String(decoding: test, as: UTF8.self).contains("\"shouldParse\": true")
            return VerdictCase(name, text, .openMetrics, isValid: isValid)
        }
        let fuzz = root + "/prometheus-text/expfmt-corpus"
        let classic = TestFile.names(fuzz).compactMap { name in
            TestFile.read("\(fuzz)/\(name)").map {
                VerdictCase(name, $0, .prometheus, isValid: !name.hasPrefix("from_test_parse_error_"))
            }
        }
        let folder = root + "/prometheus-text/textparse"
        let parse = TestFile.names(folder).compactMap { name in
            TestFile.read("\(folder)/\(name)").map {
                VerdictCase(name, $0, name.contains(".om.") ? .openMetrics : .prometheus, isValid: true)
            }
        }
        return cases + classic + parse
    }
}
