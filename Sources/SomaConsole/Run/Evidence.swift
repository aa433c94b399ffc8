import SomaCore

/// The checks behind a verdict, as a person reads them.
struct Evidence: Sendable, Hashable {
    /// Something that was measured and compared.
    struct Check: Sendable, Hashable {
        var what: String
        var found: String
        var expected: String
        /// What measured it the second time, where that is told apart.
        var by: String
        var isGood: Bool

        /// The check on one line: what, found, expected.
        var text: String {
            var text = what.isEmpty ? "" : what + ": "
            text += found.isEmpty ? "" : "found \(found)"
            if !expected.isEmpty { text += (found.isEmpty ? "" : ", ") + "expected \(expected)" }
            if !by.isEmpty { text += ", by \(by)" }
            return text
        }
    }

    var checks: [Check]

    /// Reads evidence; `nil` where the words are something else than checks.
    init?(_ text: String) {
        guard text.utf8.first == 0x7B, text.utf8.count <= WordsCache.textBytesMax,
            let checks = (try? JSON.parse(text))?["checks"]?.array, !checks.isEmpty
        else { return nil }
        self.checks = checks.map { check in
            func member(_ name: String) -> String {
                (check[name]?.string ?? check[name].map { $0.text() } ?? "").firstLine
            }
            return Check(
                what: member("what"),
                found: member("found"),
                expected: member("expected"),
                by: member("by"),
                isGood: check["ok"]?.bool ?? false
            )
        }
    }

    /// The check that tells most, and how many others there are: the first that failed, or the first.
    var summary: String {
        guard let told = checks.first(where: { !$0.isGood }) ?? checks.first else { return "" }
        guard checks.count > 1 else { return told.text }
        let failed = checks.count { !$0.isGood }
        if failed > 1 { return "\(failed) of \(checks.count) checks failed: \(told.text)" }
        return failed == 0 ? "\(checks.count) checks: \(told.text)" : told.text
    }

    /// Evidence on one line, whatever it is.
    static func line(_ text: String) -> String { Evidence(text)?.summary ?? text.firstLine }
}
