import SomaAgents
import SomaCore
import SomaSettings
import Testing

@Suite("Runbook files")
struct RunbookReaderTests {
    private func problems(_ text: String) -> [String] {
        do throws(SettingsError) {
            _ = try RunbookReader(role: Samples.role(), tools: Samples.tools).read(text, file: "r.yaml")
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    private static let head = "name: r\ndescription: d\nreport: done\nsteps:\n"

    @Test(
        "each mistake is named with its place and what was expected",
        arguments: [
            ("  - {id: a, title: A}", "5:5: expected one of the keys tool, delegate and ask, found none"),
            (
                "  - {id: a, title: A, tool: loook}",
                "5:29: expected a tool, found \"loook\"; did you mean look?"
            ),
            (
                "  - {id: a, title: A, tool: secret}",
                "5:29: expected a tool in the scope of tester (look, count, write), found \"secret\""
            ),
            (
                "  - {id: a, title: A, tool: look, ask: b}",
                "5:5: expected one of the keys tool, delegate and ask, found tool and ask"
            ),
            (
                "  - {id: a, title: A, ask: b, approve: {risk: r, reason: s}}",
                "5:31: expected \"approve\" only beside \"tool\""
            ),
            (
                "  - {id: A!, title: A, tool: look}",
                "5:10: expected a name of lower case letters, digits, - and _, found \"A!\""
            ),
            (
                "  - {id: a, title: A, tool: look, toool: b}",
                "5:35: unknown key \"toool\"; did you mean tool?"
            ),
            (
                "  - {id: a, title: A, delegate: {role: stranger, goal: g}}",
                "5:40: expected helper, found \"stranger\""
            ),
            (
                "  - {id: a, title: A, tool: look, arguments: {p: \"{{ x\"}}",
                "5:46: expected }} after {{ (line 1, column 1 of the text)"
            ),
            (
                "  - {id: a, title: A, tool: look, arguments: {p: \"{{ steps.b.output }}\"}}",
                "5:3: step a: there is no step \"b\" before it; did you mean a?"
            ),
            (
                "  - {id: a, title: A, tool: look, arguments: {p: \"{{ parms.x }}\"}}",
                "5:3: step a: there is no \"parms.x\"; did you mean params?"
            ),
            (
                "  - {id: a, title: A, tool: look, when: \"a ==\"}",
                "5:41: expected a path, a number or a text in quotes, found nothing"
            ),
            (
                "  - {id: a, title: A, tool: look, expect: [{value: exit}]}",
                "5:44: expected exit or one of equals, differs, above, below, at_least, at_most, matches, contains, exists, agrees_with, found none"
            ),
            (
                "  - {id: a, title: A, tool: look, expect: [{matches: \"(\"}]}",
                "5:54: expected a regular expression"
            ),
            (
                "  - {id: a, title: A, tool: look, expect: [{value: exit, agrees_with: {tool: write, value: n}}]}",
                "5:78: expected a tool that only reads, in the scope of tester, found \"write\""
            ),
            (
                "  - {id: a, title: A, tool: look, expect: [{value: exit, agrees_with: {value: exit, tolerance: -1}}]}",
                "5:96: expected a number that is not negative, or hundredths such as 5%, found the number -1"
            ),
        ]
    )
    func mistakes(step: String, problem: String) {
        let found = problems(Self.head + step)
        #expect(found.contains { $0.hasPrefix("r.yaml:" + problem) }, "\(found)")
    }

    @Test("two steps of one name, patterns without their parameter and defaults of another kind are found")
    func whole() {
        let found = problems(
            """
            name: r
            description: d
            report: done
            matches: ["do {what}"]
            parameters:
              - {name: n, type: number, default: many}
            steps:
              - {id: a, title: A, tool: look}
              - {id: a, title: A, tool: look}
            """
        )
        #expect(found.contains { $0.contains("expected a number, found \"many\"") }, "\(found)")
    }

    @Test("repeated names and unknown parameters are found")
    func names() {
        let found = problems(
            """
            name: r
            description: d
            report: "{{ params.pth }}"
            matches: ["do {what}"]
            parameters: [{name: path}]
            steps:
              - {id: a, title: A, tool: look}
              - {id: a, title: A, tool: look}
            """
        )
        #expect(found.count == 3, "\(found)")
        #expect(found.contains { $0.contains("found \"a\" twice") })
        #expect(found.contains { $0.contains("there is no parameter \"pth\"; did you mean path?") })
        #expect(found.contains { $0.contains("names a parameter \"what\" that is not one") })
    }

    @Test("what isn't there is missed, all at once")
    func missing() {
        #expect(problems("version: x").count >= 4)
    }

    @Test(
        "parameters take values of their kind",
        arguments: [
            (RunbookParameter.Kind.text, JSON.int(3), JSON.string("3")),
            (.number, "4.5", 4.5), (.number, "x", nil), (.boolean, "yes", true), (.boolean, 3, nil),
            (.path, "a/b", "a/b"), (.path, "../x", nil), (.path, "/etc", nil),
        ] as [(RunbookParameter.Kind, JSON, JSON?)]
    )
    func parameters(kind: RunbookParameter.Kind, given: JSON, value: JSON?) {
        let parameter = RunbookParameter(name: "p", kind: kind, summary: "", isRequired: false)
        #expect(parameter.value(given) == value)
    }
}
