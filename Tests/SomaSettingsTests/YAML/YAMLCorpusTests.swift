import Glibc
import Testing

@testable import SomaSettings

@Suite("YAML corpus")
struct YAMLCorpusTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let yaml: String
        var testDescription: String { name }
    }

    private static let own = [
        Case(name: "comments", yaml: "# a\n- b # c\n"), Case(name: "folded", yaml: "a: >-\n  b\n  c\n"),
        Case(name: "flow", yaml: "{a: [b, {c: d}], e: 'f''g'}"), Case(name: "unclosed flow", yaml: "{a: [b"),
        Case(name: "unclosed quote", yaml: "a: \"b"), Case(name: "odd escape", yaml: "\"\\q\""),
        Case(name: "surrogate", yaml: "\"\\uD800\""), Case(name: "NUL", yaml: "\"\\0\""),
        Case(name: "directive", yaml: "%YAML 9.9\n---\na"),
        Case(name: "tag without end", yaml: "!<a b"), Case(name: "stray end", yaml: "]"),
        Case(name: "anchors", yaml: "&a &b c"),
    ]

    private static var cases: [Case] {
        guard let folder = getenv("SOMA_CORPORA").map({ String(cString: $0) }) else { return own }
        // JSON is YAML, so the list of cases is read with what is tested.
        let reader = YAMLReader(limits: YAMLLimits(bytesMax: 16 << 20, nodesMax: 1_000_000), rules: .whole)
        let rule = YAMLRule<[Case]>.list(
            of: .object { object in
                for key in object.keys { _ = object.value(key) }
                let yaml = object.required("yaml", .anyScalar)
                return Case(name: object.value("id", .anyScalar, default: "?"), yaml: yaml ?? "")
            }
        )
        do {
            return own
                + (try reader.document(readingFileAt: "\(folder)/yaml-test-suite/cases.json").decode(rule))
        } catch {
            Issue.record(error)
            return own
        }
    }

    @Test("any text gives trees or an error with its place", arguments: cases)
    func verdict(example: Case) {
        for rules in [YAMLRules.strict, .whole] {
            do {
                _ = try YAMLReader(rules: rules).documents(Array(example.yaml.utf8), file: "f")
            } catch {
                #expect(error.issues.count == 1)
                #expect(error.description.hasPrefix("f:"))
            }
        }
    }

    @Test("any text cut anywhere, or with a byte changed, gives trees or an error")
    func mutations() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var errors = 0
        for example in Self.own {
            for _ in 0..<200 {
                var bytes = Array(example.yaml.utf8)
                bytes[random(bytes.count)] = UInt8(random(256))
                bytes.removeLast(random(bytes.count))
                do {
                    _ = try YAMLReader(rules: .whole).documents(bytes, file: "f")
                } catch {
                    errors += 1
                    #expect(error.kind == .invalid)
                }
            }
        }
        #expect(errors > 100)
    }
}
