import Testing

@testable import SomaSettings

@Suite("YAML reader")
struct YAMLReaderTests {
    private func issues(_ text: String, limits: YAMLLimits = YAMLLimits(), rules: YAMLRules = .strict)
        -> [String]
    {
        do {
            _ = try YAMLReader(limits: limits, rules: rules).document(text, file: "f.yaml")
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    @Test("nodes know their places")
    func marks() throws {
        let root = try YAMLReader().document("a: 1\nü:\n  - x\n  - \"y\"\n", file: "f").root
        func scalar(_ text: String, _ line: Int, _ column: Int, isPlain: Bool = true) -> YAMLNode {
            YAMLNode(
                content: .scalar(text: text, isPlain: isPlain),
                mark: YAMLMark(line: line, column: column)
            )
        }
        let list = YAMLNode(
            content: .sequence([scalar("x", 3, 5), scalar("y", 4, 5, isPlain: false)]),
            mark: YAMLMark(line: 3, column: 3)
        )
        let expected = YAMLNode(
            content: .mapping([
                YAMLEntry(key: scalar("a", 1, 1), value: scalar("1", 1, 4)),
                YAMLEntry(key: scalar("ü", 2, 1), value: list),
            ]),
            mark: YAMLMark(line: 1, column: 1)
        )
        #expect(root == expected)
    }

    @Test(
        "what is no YAML, or more YAML than wanted, is refused with its place",
        arguments: [
            ("a: b: c", "f.yaml:1:5: not valid YAML: mapping values are not allowed in this context"),
            ("a:\n\t- b", "f.yaml:2:1: not valid YAML: a tab can't indent YAML: use spaces"),
            ("a: 1\na: 2", "f.yaml:2:1: expected each key once, found \"a\" again (first on line 1)"),
            ("a: 1\n\"a\": 2", "f.yaml:2:1: expected each key once, found \"a\" again (first on line 1)"),
            (
                "a: !!int 3",
                "f.yaml:1:4: expected a value without a tag, found \"tag:yaml.org,2002:int\"; use quotes to make text"
            ),
            (
                "a: !!python/object:os.system [x]",
                "f.yaml:1:4: expected a value without a tag, found \"tag:yaml.org,2002:python/object:os.system\"; "
                    + "use quotes to make text"
            ),
            ("a: *b", "f.yaml:1:4: expected an anchor &b above, found only its alias"),
            (
                "aa: &bases 1\nc: *base",
                "f.yaml:2:4: expected an anchor &base above, found only its alias; did you mean bases?"
            ),
            ("a: &a [*a]", "f.yaml:1:8: expected a value, found the alias *a, which stands inside itself"),
            ("? [a]\n: b", "f.yaml:1:3: expected a word as key, found a list"),
            (
                "a: &a {b: 1}\nc:\n  <<: *a",
                "f.yaml:3:3: expected a key, found the merge key <<, which Soma doesn't follow: write the keys out"
            ),
            ("--- a\n--- b", "f.yaml:2:1: expected one document, found another; remove the `---`"),
        ]
    )
    func refused(text: String, expected: String) {
        #expect(issues(text) == [expected])
    }

    @Test("bytes that are no UTF-8 are refused with their place")
    func encoding() {
        let error = #expect(throws: SettingsError.self) {
            try YAMLReader().document(Array("a: 1\nü: ".utf8) + [0xFF], file: "f")
        }
        #expect(error?.issues.first?.origin == .file(path: "f", line: 2, column: 4))
    }

    @Test(
        "an empty text is a null document",
        arguments: ["", "\n", "# only a comment\n", "---\n", "\u{FEFF}"]
    )
    func empty(text: String) throws {
        #expect(try YAMLReader().document(text, file: "f").root.isNull)
    }

    @Test("a bomb of aliases is refused before it is expanded", arguments: [YAMLRules.strict, .whole])
    func bomb(rules: YAMLRules) {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            text +=
                "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ","))]\n"
        }
        #expect(
            issues(text, rules: rules).first?.contains("expected at most 100000 values (aliases written out)")
                == true
        )
    }

    @Test("a bomb of aliases as keys is refused too")
    func keyBomb() {
        var text = "- &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            text += "- &a\(level) {? [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ","))] : 1}\n"
        }
        #expect(issues(text, rules: .whole).count == 1)
    }

    @Test("deep nesting is refused where it passes the limit", arguments: ["[", "{a: ", "- ", "? "])
    func depth(opening: String) {
        let text = String(repeating: opening, count: 20_000)
        #expect(issues(text).count == 1)
        #expect(issues(text, rules: .whole).count == 1)
    }

    @Test("an alias can't pass the limit on depth")
    func aliasDepth() {
        let limits = YAMLLimits(depthMax: 5)
        #expect(issues("a: &a [[[1]]]\nb: *a", limits: limits) == [])
        #expect(
            issues("a: &a [[[1]]]\nb: [[*a]]", limits: limits) == [
                "f.yaml:2:6: expected at most 5 levels, found more"
            ]
        )
    }

    @Test("large texts and many values are refused")
    func size() {
        #expect(
            issues(String(repeating: "x", count: 11), limits: YAMLLimits(bytesMax: 10)) == [
                "f.yaml: expected at most 10B, found 11 bytes"
            ]
        )
        #expect(
            issues("[1, 2, 3]", limits: YAMLLimits(nodesMax: 3)) == [
                "f.yaml:1:8: expected at most 3 values (aliases written out), found more"
            ]
        )
    }

    @Test("an anchor may be used again and given anew")
    func anchors() throws {
        let root = try YAMLReader().document("[&a 1, *a, &a 2, *a]", file: "f").root
        guard case .sequence(let items) = root.content else {
            Issue.record("no list")
            return
        }
        #expect(items.map(\.text) == ["1", "1", "2", "2"])
    }

    @Test("the whole of YAML has documents, tags and keys of any kind")
    func whole() throws {
        let documents = try YAMLReader(rules: .whole).documents(
            Array("--- !!int \"5\"\n--- {? [a] : b, <<: c}\n".utf8),
            file: "f"
        )
        #expect(documents.map(\.root.tag) == ["tag:yaml.org,2002:int", nil])
        #expect(documents.first?.root.scalar == .integer(5))
        #expect(throws: SettingsError.self) {
            try YAMLReader(rules: .whole).document("--- a\n--- b", file: "f")
        }
        #expect(issues("{? [a] : 1, ? [a] : 2}", rules: .whole).count == 1)
        #expect(issues("{? {a: [1]} : 1, ? {\"a\": [1]} : 2}", rules: .whole).count == 1)
    }

    @Test(
        "plain scalars follow the core schema of YAML 1.2",
        arguments: [
            ("", .null), ("~", .null), ("NULL", .null), ("true", .boolean(true)), ("False", .boolean(false)),
            ("yes", .text("yes")),
            ("off", .text("off")), ("012", .integer(12)), ("0x1F", .integer(31)), ("0o17", .integer(15)),
            ("-7", .integer(-7)),
            ("+7", .integer(7)), ("1.5", .float(1.5)), ("1.", .float(1)), (".5", .float(0.5)),
            ("1e3", .float(1000)),
            ("-.inf", .float(-.infinity)), ("+.inf", .float(.infinity)), ("0x-1", .text("0x-1")),
            ("0x", .text("0x")), ("1_000", .text("1_000")),
            ("99999999999999999999", .float(1e20)), ("1e", .text("1e")), ("-", .text("-")),
            ("1.2.3", .text("1.2.3")),
            ("nan", .text("nan")), ("0o-7", .text("0o-7")), ("1e+5", .float(1e5)),
        ] as [(String, YAMLScalar)]
    )
    func scalars(text: String, expected: YAMLScalar) {
        #expect(YAMLScalar(plain: text) == expected)
    }

    @Test("not a number is one, too")
    func notANumber() {
        guard case .float(let value) = YAMLScalar(plain: ".nan") else {
            Issue.record("no float")
            return
        }
        #expect(value.isNaN)
    }

    @Test("a file that can't be read is named with the reason")
    func files() throws {
        try withTemporaryFolder { folder in
            try write("a: 1", to: "\(folder)/a.yaml")
            #expect(try YAMLReader().document(readingFileAt: "\(folder)/a.yaml").file == "\(folder)/a.yaml")
            let cases = [
                ("\(folder)/none", "Could not read \(folder)/none: it doesn't exist."),
                (folder, "Could not read \(folder): it is a folder."),
                ("/dev/null", "Could not read /dev/null: it is no regular file."),
            ]
            for (path, expected) in cases {
                let error = #expect(throws: SettingsError.self) {
                    try YAMLReader().document(readingFileAt: path)
                }
                #expect(error?.description == expected)
            }
            let small = YAMLReader(limits: YAMLLimits(bytesMax: 2))
            let error = #expect(throws: SettingsError.self) {
                try small.document(readingFileAt: "\(folder)/a.yaml")
            }
            #expect(error?.summary == "Could not read \(folder)/a.yaml: it is larger than 2B.")
        }
    }
}
