import SomaTesting
import Testing

@testable import SomaCore

@Suite("Places of what a filter finds")
struct FilterPlacesTests {
    private func places(
        _ test: Filter.Test,
        _ text: String,
        field: FilterField? = nil,
        _ names: [String] = ["a"]
    )
        -> [Range<Int>]
    {
        let filter = Filter(text: "x", terms: [.init(field: field, test: test)])
        return FilterMatcher(filter).places(in: text, of: names)
    }

    private func regex(_ pattern: String, folds: Bool = false) throws -> Filter.Test {
        .text([.regex(try LinearRegex(pattern, mode: .lines, ignoresCase: folds))])
    }

    @Test("words are found as often as they come, in either case where no capital is typed")
    func words() {
        #expect(places(.text([.init(word: "ab")]), "ab xAB aab") == [0..<2, 4..<6, 8..<10])
        #expect(places(.text([.init(word: "AB")]), "ab xAB aab") == [4..<6])
        #expect(places(.text([.init(word: "aa")]), "aaaa") == [0..<4])
        #expect(places(.text([.init(word: "x"), .init(word: "b")]), "abx") == [1..<3])
        #expect(places(.text([.init(word: "zz")]), "abx") == [])
    }

    @Test(
        "expressions are told from the left and as long as they match",
        arguments: [
            ("b+", "abbbc bb", [1..<4, 6..<8]), ("node\\d+", "node12 node", [0..<6]),
            ("(foo|foobar)", "a foobar", [2..<8]), ("^a", "aba", [0..<1]), ("a$", "aba", [2..<3]),
            ("\\bcat\\b", "concat cat", [7..<10]), ("x*", "abc", []), ("京+", "東京京 京", [3..<9, 10..<13]),
            ("a.c", "a京c", [0..<5]), ("zzz", "abc", []), ("\\Bat", "at bat", [4..<6]),
        ]
    )
    func expressions(pattern: String, text: String, expected: [Range<Int>]) throws {
        #expect(places(try regex(pattern), text) == expected)
    }

    @Test("what an expression is told to match is what it matches", arguments: 0..<200)
    func agrees(seed: Int) throws {
        var generator = SeededGenerator(UInt64(seed))
        let parts = ["a", "b", "[ab]", ".", "a*", "b+", "(ab|c)", "\\b", "^", "$", "c?"]
        let pattern = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &generator)]
        }.joined()
        let text = String(
            (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                Array("abc d")[Int.random(in: 0..<5, using: &generator)]
            }
        )
        let expression = try LinearRegex(pattern, mode: .lines)
        let found = Array(text.utf8).withUnsafeBufferPointer { expression.places(in: $0) }
        #expect(expression.matches(text) || found.isEmpty)
        for range in found { #expect(!range.isEmpty) }
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        // With nothing but itself before and behind, each place matches as a whole.
        let isPlain = !["\\b", "^", "$"].contains { pattern.contains($0) }
        let whole = try LinearRegex("^(\(pattern))$", mode: .text)
        if isPlain {
            for range in found {
                #expect(whole.matches(String(decoding: Array(text.utf8)[range], as: UTF8.self)))
            }
        }
    }

    @Test("fuzzy characters are told one by one")
    func fuzzy() {
        #expect(places(.text([.fuzzy(FuzzyPattern("bs"))]), "a bisect") == [2..<3, 4..<5])
    }

    @Test("a field has its place where it is shown, a number as a whole, and what must not be has none")
    func fields() {
        let name = FilterField("name")
        let word = Filter.Test.text([.init(word: "ab")])
        #expect(places(word, "ab", field: name, ["name"]) == [0..<2])
        #expect(places(word, "ab", field: name, ["kind"]) == [])
        #expect(places(word, "ab", field: FilterField("body.exit", .any, path: "exit"), ["exit"]) == [0..<2])
        let number = Filter.Test.number(NumberRange(low: 1))
        #expect(places(number, "12", field: FilterField("seq", .count), ["seq"]) == [0..<2])
        let negated = Filter(text: "!ab", terms: [.init(test: word, isNegated: true)])
        #expect(FilterMatcher(negated).places(in: "ab", of: []) == [])
    }

    @Test("of a long text the beginning is looked at")
    func long() {
        let text = String(repeating: "x", count: FilterMatcher.placedBytesMax) + "ab"
        #expect(places(.text([.init(word: "ab")]), text) == [])
    }
}
