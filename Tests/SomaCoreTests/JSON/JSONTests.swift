import SomaCore
import Testing

struct JSONCase: Sendable, CustomTestStringConvertible {
    enum Verdict: Sendable { case accepted, refused, either }
    let name: String
    let bytes: [UInt8]
    let verdict: Verdict
    var testDescription: String { name }

    private static let texts: [(String, String, Verdict)] = [
        ("an empty text", "", .refused), ("white space only", " \n", .refused),
        ("a byte order mark", "\u{FEFF}1", .refused),
        ("a lone minus", "-", .refused), ("a leading zero", "01", .refused),
        ("a bare fraction", ".5", .refused),
        ("a point without digits", "1.", .refused), ("an exponent without digits", "1e+", .refused),
        ("two values", "1 2", .refused), ("a trailing comma", "[1,]", .refused),
        ("a missing comma", "[1 2]", .refused),
        ("a missing colon", "{\"a\" 1}", .refused), ("a bare key", "{a:1}", .refused),
        ("a raw control character", "\"\u{1}\"", .refused),
        ("a raw line end in a long string", "\"12345678\n\"", .refused),
        ("an unknown escape", "\"\\x\"", .refused), ("half an escape", "\"\\u12\"", .refused),
        ("a string without end", "\"abcdefghijkl", .refused), ("an escape at the end", "\"\\", .refused),
        ("NaN", "NaN", .refused), ("a number beyond a double", "1e999", .refused),
        ("half a word", "tru", .refused),
        ("513 arrays", String(repeating: "[", count: 513) + String(repeating: "]", count: 513), .refused),
        (
            "512 arrays", String(repeating: "[", count: 512) + String(repeating: "]", count: 512),
            .accepted
        ),
        ("a million brackets", String(repeating: "[", count: 1_000_000), .refused),
        ("white space around", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n", .accepted),
        ("an empty key", "{\"\":0}", .accepted),
        ("a key given twice", "{\"a\":1,\"a\":2}", .accepted),
        ("a lone surrogate", "\"\\ud800\"", .accepted),
        ("a surrogate pair", "\"\\ud83e\\udded\"", .accepted),
        ("the least integer", "-9223372036854775808", .accepted),
        ("one below the least", "-9223372036854775809", .accepted), ("minus zero", "-0", .accepted),
    ]

    static let own: [JSONCase] =
        texts.map { JSONCase(name: $0.0, bytes: Array($0.1.utf8), verdict: $0.2) } + [
            JSONCase(name: "overlong UTF-8", bytes: [0x22, 0xC0, 0xAF, 0x22], verdict: .refused),
            JSONCase(name: "an encoded surrogate", bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], verdict: .refused),
            JSONCase(name: "cut UTF-8", bytes: [0x22, 0xE6, 0xBC, 0x22], verdict: .refused),
        ]

    static let corpus = Corpus.files("json-test-suite").compactMap { file -> JSONCase? in
        guard file.name.hasSuffix(".json") else { return nil }
        let verdict: Verdict =
            file.name.hasPrefix("y_") ? .accepted : file.name.hasPrefix("n_") ? .refused : .either
        return JSONCase(name: file.name, bytes: file.bytes, verdict: verdict)
    }
}

@Suite("JSON")
struct JSONTests {
    @Test("takes what RFC 8259 allows and refuses the rest", arguments: JSONCase.own + JSONCase.corpus)
    func strictness(_ example: JSONCase) {
        let result = Result { try JSON.parse(example.bytes) }
        switch (example.verdict, result) {
        case (.accepted, .failure(let error)): Issue.record("refused: \(error)")
        case (.refused, .success(let value)): Issue.record("taken as \(value.text())")
        case (_, .success(let value)): #expect((try? JSON.parse(value.bytes())) == value)
        default: break
        }
    }

    @Test("what is printed in any layout reads back as the same value")
    func roundTrip() throws {
        var random = RandomTransitions(seed: 11)
        for _ in 0..<2000 {
            let value = random.value()
            #expect(try JSON.parse(value.text(.compact)) == value)
            #expect(try JSON.parse(value.text(.pretty)) == value)
            let canonical = value.text(.canonical)
            #expect(try JSON.parse(canonical).text(.canonical) == canonical)
        }
    }

    @Test("strings of every length and every byte at every place round trip")
    func strings() throws {
        for length in 0..<40 {
            for scalar: Unicode.Scalar in ["\"", "\\", "\u{0}", "\u{1F}", "\u{7F}", "é", "漢", "🧭"] {
                var scalars = Array(repeating: Unicode.Scalar("x"), count: length)
                for place in scalars.indices {
                    scalars[place] = scalar
                    let text = String(String.UnicodeScalarView(scalars))
                    #expect(try JSON.parse(JSON.string(text).bytes()) == .string(text))
                    scalars[place] = "x"
                }
            }
        }
    }

    @Test("an error names the line and column")
    func place() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("{\n  \"a\": 1,\n  \"b\" 2\n}") }
        #expect(error?.description == "line 3, column 7: expected ':' after a member's name")
        #expect(error?.offset == 18)
    }

    @Test(
        "numbers keep their type",
        arguments: [
            ("0", JSON.int(0)), ("-0", .double(-0.0)), ("9223372036854775807", .int(.max)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("-9223372036854775808", .int(.min)),
            ("1.0", .double(1)), ("1e2", .double(100)), ("1E-2", .double(0.01)),
        ]
    )
    func numbers(_ text: String, _ value: JSON) throws { #expect(try JSON.parse(text) == value) }

    @Test("integers of every length are written in full")
    func integers() throws {
        for value in [Int64.min, .min + 1, -10, -9, -1, 0, 9, 10, 99, 100, 12_345, 999_999_999_999, .max] {
            #expect(JSON.int(value).text() == "\(value)")
        }
    }

    @Test("objects compare without regard to order, and the last of two equal keys counts")
    func objects() throws {
        let one: JSON = ["a": 1, "b": [2, nil]]
        let two: JSON = ["b": [2, nil], "a": 1]
        #expect(one == two)
        #expect(one.hashValue == two.hashValue)
        #expect(one != ["a": 1])
        #expect(try JSON.parse("{\"a\":1,\"a\":2}")["a"] == 2)
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = nil
        object["c"] = 3
        object["b"] = 4
        #expect(object == ["b": 4, "c": 3])
        #expect(object.keys == ["b", "c"])
    }

    @Test(
        "a path leads through objects and arrays",
        arguments: [
            ("", true), ("$", true), ("stats.files.1.name", true), ("$.stats.files.0.name", true),
            ("stats.x", false),
            ("stats.files.9", false), ("stats.files.name", false), ("stats.files.0.name.deeper", false),
        ]
    )
    func paths(_ path: String, _ isThere: Bool) {
        let value: JSON = ["stats": ["files": [["name": "a"], ["name": "b"]]]]
        #expect((value.at(path: path) != nil) == isThere)
    }

    @Test("a value answers for its own type only")
    func types() {
        let values: [(JSON, String)] = [
            (nil, "null"), (true, "boolean"), (1, "integer"), (1.5, "number"), ("s", "string"),
            ([1], "array"),
            (["a": 1], "object"),
        ]
        for (value, name) in values {
            #expect(value.typeName == name)
            #expect((value.bool != nil) == (name == "boolean"))
            #expect((value.string != nil) == (name == "string"))
            #expect((value.int != nil) == (name == "integer"))
            #expect((value.double != nil) == (name == "integer" || name == "number"))
            #expect((value.array != nil) == (name == "array"))
            #expect((value.object != nil) == (name == "object"))
            #expect(value.isNull == (name == "null"))
        }
        #expect(JSON.double(3).int == 3)
        #expect(JSON.double(1e300).int == nil)
        #expect(JSON.double(.infinity).text() == "null")
        #expect(JSON(["a", "b"])[1] == "b")
        #expect(JSON(String?.none) == nil)
    }

    @Test("pretty text is indented by two spaces")
    func pretty() {
        let value: JSON = ["a": [1, ["b": []]], "c": [:]]
        #expect(
            value.text(.pretty)
                == "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}"
        )
    }
}
