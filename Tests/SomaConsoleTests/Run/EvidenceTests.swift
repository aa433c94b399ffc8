import SomaCore
import Testing

@testable import SomaConsole

@Suite("Evidence")
struct EvidenceTests {
    private static let good =
        #"{"what":"lines, counted twice","expected":"70 by search","found":"70","ok":true}"#
    private static let bad = #"{"what":"disk","expected":"at most 90","found":"97","ok":false}"#

    @Test(
        "a verdict's checks are told in a line: what, found, expected; a failed one first",
        arguments: [
            ("{\"checks\":[\(good)]}", "lines, counted twice: found 70, expected 70 by search"),
            (
                "{\"checks\":[\(good),\(good)]}",
                "2 checks: lines, counted twice: found 70, expected 70 by search"
            ),
            ("{\"checks\":[\(good),\(bad)]}", "disk: found 97, expected at most 90"),
            ("{\"checks\":[\(bad),\(bad)]}", "2 of 2 checks failed: disk: found 97, expected at most 90"),
            (
                #"{"checks":[{"what":"p95","found":12,"expected":9,"by":"perf"}]}"#,
                "p95: found 12, expected 9, by perf"
            ),
            (#"{"checks":[]}"#, #"{"checks":[]}"#),
            (#"{"checks":"none"}"#, #"{"checks":"none"}"#),
            (#"{"checks":[3,null]}"#, "2 of 2 checks failed: "),
            ("two sources say so\nand more", "two sources say so"), ("{broken", "{broken"), ("", ""),
        ]
    )
    func line(text: String, line: String) { #expect(Evidence.line(text) == line) }
}
