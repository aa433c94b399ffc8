import Testing

@testable import SomaSettings

@Suite("YAML decoding")
struct YAMLDecodeTests {
    private enum Mode: String, CaseIterable {
        case fast, careful
    }

    private struct Limits: Equatable {
        var steps: Int
        var wall: Duration
        var output: ByteSize
        var budget: Money
    }

    private struct Role: Equatable {
        var name: String
        var mode: Mode
        var tools: [String]
        var limits: Limits?
        var weight: Double
        var isOpen: Bool
        var labels: [String]
    }

    private func role(_ text: String) throws -> Role {
        try YAMLReader().document(text, file: "role.yaml").decode { object in
            let name = object.required("name", .text(scalarsMax: 8))
            let role = Role(
                name: name ?? "",
                mode: object.value("mode", .word, default: .fast),
                tools: object.value("tools", .list(of: .text(), count: 0...3), default: []),
                limits: object.optional(
                    "limits",
                    .object { inner in
                        Limits(
                            steps: inner.value("steps", .integer(in: 1...100), default: 5),
                            wall: inner.value("wall", .duration(in: .zero ... .seconds(60)), default: .zero),
                            output: inner.value("output", .byteSize(), default: ByteSize(bytes: 1)),
                            budget: inner.value("budget", .money(), default: Money(microdollars: 0))
                        )
                    }
                ),
                weight: object.value("weight", .number(in: 0...1), default: 0.5),
                isOpen: object.value("open", .boolean, default: false),
                labels: object.value("labels", .dictionary(of: .anyScalar), default: []).map {
                    "\($0.key)=\($0.value)"
                }
            )
            return name == nil ? nil : role
        }
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try role(text)
            return []
        } catch let error as SettingsError {
            return error.issues.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("a whole document becomes a value")
    func complete() throws {
        let text = """
            name: coder
            mode: careful
            tools: [read, write]
            limits: {steps: 7, wall: 30s, output: 64KiB, budget: 0.25}
            weight: 1
            open: true
            labels: {a: 1, b: x}
            """
        let limits = Limits(
            steps: 7,
            wall: .seconds(30),
            output: ByteSize(bytes: 65_536),
            budget: Money(microdollars: 250_000)
        )
        let expected = Role(
            name: "coder",
            mode: .careful,
            tools: ["read", "write"],
            limits: limits,
            weight: 1,
            isOpen: true,
            labels: ["a=1", "b=x"]
        )
        #expect(try role(text) == expected)
    }

    @Test("missing keys take their defaults, and null is missing")
    func defaults() throws {
        let expected = Role(
            name: "a",
            mode: .fast,
            tools: [],
            limits: nil,
            weight: 0.5,
            isOpen: false,
            labels: []
        )
        #expect(try role("name: a\nmode:\ntools: ~") == expected)
    }

    @Test("every problem is reported at once, in the order of the text")
    func allProblems() {
        let text = """
            nme: coder
            mode: carefull
            tools: [read, 5, [x]]
            limits:
              steps: 0
              wall: 5
              wal: 5s
            weight: 2
            open: yes
            zzz: 1
            labels: [a]
            """
        #expect(
            problems(text) == [
                "role.yaml:1:1: expected the key \"name\" with text, found nothing (is \"nme\" meant to be it?)",
                "role.yaml:1:1: unknown key \"nme\"; did you mean name?",
                "role.yaml:2:7: expected one of fast, careful, found \"carefull\"; did you mean careful?",
                "role.yaml:3:15: expected text, found the number 5",
                "role.yaml:3:18: expected text, found a list",
                "role.yaml:5:10: expected a whole number, from 1 to 100, found the number 0",
                "role.yaml:6:9: expected a length of time such as 30s or 1h30m, from 0s to 1m, found the number 5",
                "role.yaml:7:3: unknown key \"wal\"; did you mean wall?",
                "role.yaml:8:9: expected a number, from 0.0 to 1.0, found the number 2",
                "role.yaml:9:7: expected true or false, found \"yes\"; did you mean true?",
                "role.yaml:10:1: unknown key \"zzz\" (known: labels, limits, mode, name, open, tools, weight)",
                "role.yaml:11:9: expected a mapping, found a list",
            ]
        )
    }

    @Test(
        "values of the wrong kind are named",
        arguments: [
            ("[a]", "role.yaml:1:1: expected a mapping, found a list"),
            ("", "role.yaml:1:1: expected a mapping, found nothing"),
            ("name: ''", "role.yaml:1:7: expected text, found an empty one"),
            ("name: 123456789", "role.yaml:1:7: expected text, found the number 123456789"),
            ("name: abcdefghi", "role.yaml:1:7: expected at most 8 characters, found 9"),
            ("name:", "role.yaml:1:6: expected the key \"name\" with text, found nothing"),
            ("name: a\ntools: [a, b, c, d]", "role.yaml:2:8: expected a list, at most 3 items, found 4"),
            ("name: a\nlimits: 5", "role.yaml:2:9: expected a mapping, found the number 5"),
            (
                "name: a\nweight: .nan",
                "role.yaml:2:9: expected a number, from 0.0 to 1.0, found the number .nan"
            ),
            ("name: a\nweight: x", "role.yaml:2:9: expected a number, from 0.0 to 1.0, found \"x\""),
            ("name: a\ntools: x", "role.yaml:2:8: expected a list, found \"x\""),
            ("name: a\nlabels: {a: [1]}", "role.yaml:2:13: expected a single value, found a list"),
            (
                "name: a\nlimits: {output: big, budget: true}",
                "role.yaml:2:18: expected a size such as 64KiB or 10MB, found \"big\"\n"
                    + "role.yaml:2:31: expected an amount of US dollars such as 0.50, found the boolean true"
            ),
        ]
    )
    func mismatch(text: String, expected: String) {
        #expect(problems(text).joined(separator: "\n") == expected)
    }

    @Test("a rule of one's own, its result changed and checked")
    func ownRule() throws {
        let rule = YAMLRule(expected: "a port") { (node: YAMLNode) in node.text.flatMap { Int($0) } }
            .checked { $0 > 0 ? nil : "expected a port above 0" }.map { ":\($0)" }
        #expect(try YAMLReader().document("80", file: "f").decode(rule) == ":80")
        #expect(throws: SettingsError.self) { try YAMLReader().document("0", file: "f").decode(rule) }
        #expect(throws: SettingsError.self) { try YAMLReader().document("x", file: "f").decode(rule) }
        #expect(try YAMLReader().document("x", file: "f").decode(.node).text == "x")
    }

    @Test("a rule that gives up without saying why still gives an error with a place")
    func silent() {
        let rule = YAMLRule<Int>(expected: "a wonder") { (_: YAMLCursor) in nil }
        let error = #expect(throws: SettingsError.self) {
            try YAMLReader().document("x", file: "f").decode(rule)
        }
        #expect(error?.description == "f:1:1: expected a wonder, found \"x\"")
    }

    @Test("keys and their places can be reported by the reader of a mapping")
    func reporting() {
        let error = #expect(throws: SettingsError.self) {
            try YAMLReader().document("a: 1\nb: 2", file: "f").decode { object -> Int? in
                #expect(object.keys == ["a", "b"])
                object.key("b")?.report("b is not wanted")
                _ = object.value("b")
                object.value("a")?.report("a is not wanted", suggestion: "c")
                return 1
            }
        }
        #expect(error?.description == "f:1:4: a is not wanted; did you mean c?\nf:2:1: b is not wanted")
    }

    @Test("a mapping that is too large, and keys without end, are cut short")
    func floods() {
        let text = (0..<200).map { "k\($0): 1\n" }.joined()
        let rule = YAMLRule<[(key: String, value: String)]>.dictionary(of: .anyScalar, countMax: 10)
        #expect(throws: SettingsError.self) { try YAMLReader().document(text, file: "f").decode(rule) }
        #expect(problems(text).count == 50)
    }
}
