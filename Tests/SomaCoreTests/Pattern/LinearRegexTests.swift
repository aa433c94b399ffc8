import Testing

@testable import SomaCore

@Suite("Linear regular expressions")
struct LinearRegexTests {
    static let matches: [(String, String, Bool)] = [
        ("", "", true), ("", "x", true), ("abc", "xabcx", true), ("abc", "xabx", false),
        ("^abc$", "abc", true),
        ("^abc$", "xabc", false), ("a.c", "aéc", true), ("a.c", "a\nc", false), ("^.{3}$", "äöü", true),
        ("^.{3}$", "äö", false), ("a|b|c", "zc", true), ("^(a|b)*c$", "ababc", true),
        ("^(a|b)*c$", "abac b", false),
        ("colou?r", "color", true), ("^a{2,3}$", "aaaa", false), ("^a{2,3}$", "aaa", true),
        ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaaaa", true), ("^a{0}$", "", true), ("x{", "x{", true), ("x{a}", "x{a}", true),
        ("[a-c]+", "zzb", true), ("^[^a-c]+$", "xyb", false), ("^[^a]$", "\n", true), ("[]a]", "]", true),
        ("[a-]", "-", true), ("[\\d\\-]", "-", true), ("[[:upper:]][[:digit:]]", "aB7", true),
        ("[[:upper:]][[:digit:]]", "b7", false), ("\\d+\\s\\w+", "12 ab", true), ("^\\D\\S\\W$", "ab!", true),
        ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo b", false), ("\\Boo\\b", "foo", true),
        ("(?i)straße", "STRAßE", true), ("(?i)ABC", "xabcx", true), ("(?i)é", "É", true),
        ("(?i)[a-z]{3}", "ABC", true),
        ("\\x41\\u0042\\u{43}", "ABC", true), ("\\.", "x", false), ("\\.", ".", true),
        ("(?:ab)+", "abab", true),
        ("(?<name>a)(?P<other>b)", "ab", true), ("a*?b", "aab", true), ("^$", "", true), ("^$", "a", false),
        ("$", "abc", true), ("(^a|b$)", "xb", true), ("(^a|b$)", "xab ", false), ("(a*)*", "b", true),
        ("[\u{10000}-\u{10FFFF}]", "😀", true), ("[\u{10000}-\u{10FFFF}]", "é", false),
        ("\\t\\n\\r\\f\\v", "\t\n\r\u{c}\u{b}", true),
        ("[\\b]", "\u{8}", true), ("a**", "aa", true),
    ]

    static let refusals: [(String, String, Int)] = [
        ("(", "a '(' without its ')'", 1), ("a)", "a ')' without its '('", 2),
        ("[a", "a '[' without its ']'", 1),
        ("*a", "'*' has nothing to repeat", 1), ("a{3,2}", "the bounds are the wrong way round", 2),
        ("a{9999}", "at most 1000 repetitions can be asked for", 2),
        ("(a)\\1", "back references are not supported", 4),
        ("(?=a)", "only (?:…) and a leading (?i) are supported", 3),
        ("(?<=a)", "look-around is not supported", 4),
        ("\\pL", "'\\p' is not supported", 1), ("a\\", "a '\\' with nothing after it", 2),
        ("[z-a]", "a range's ends are the wrong way round", 5), ("[[:foo:]]", "there is no class [:foo:]", 2),
        ("\\xZZ", "expected the hexadecimal number of a character", 1),
        ("\\u{D800}", "expected the hexadecimal number of a character", 1),
        ("(((a{100}){100}){100})", "the pattern is too large", 1),
        ("(?<n", "the group's name does not end", 1),
    ]

    @Test(
        "a pattern matches what it should",
        arguments: matches
    )
    func matching(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try LinearRegex(pattern).matches(text) == expected)
    }

    @Test(
        "a pattern that can't be used says where",
        arguments: refusals
    )
    func refusal(_ pattern: String, _ message: String, _ place: Int) {
        do throws(LinearRegexError) {
            _ = try LinearRegex(pattern)
            Issue.record("\(pattern) was accepted")
        } catch {
            #expect("\(error)" == "the pattern is wrong at character \(place): \(message)")
        }
    }

    @Test("patterns that stall a backtracking matcher take linear time")
    func linear() throws {
        let text = String(repeating: "a", count: 200_000) + "!"
        let clock = ContinuousClock()
        let patterns = try ["^(a+)+$", "^(a|aa)+$", "(a*)*b", "(x+x+)+y"].map { try LinearRegex($0) }
        let took = clock.measure { #expect(!patterns.contains { $0.matches(text) }) }
        #expect(took < .seconds(5))
    }

    @Test("a text that needs more states than the cache holds still matches")
    func cacheOverflow() throws {
        let regex = try LinearRegex("(a|b)*a(a|b){14}$")
        var text = ""
        var seed: UInt64 = 42
        for _ in 0..<60_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            text += seed >> 63 == 0 ? "a" : "b"
        }
        #expect(regex.matches(text + "a" + String(repeating: "b", count: 14)))
        #expect(try !LinearRegex("(a|b)*a(a|b){14}$").matches(text + String(repeating: "b", count: 15)))
    }

    @Test("in line mode no match crosses a line and the ends are those of lines")
    func lines() throws {
        func ends(_ pattern: String, _ text: String) throws -> Int? {
            let regex = try LinearRegex(pattern, mode: .lines)
            var matcher = RegexMatcher(regex)
            return Array(text.utf8).withUnsafeBufferPointer { matcher.firstMatchEnd(in: $0, from: 0) }
        }
        #expect(try ends("^b$", "a\nb\nc") == 3)
        #expect(try ends("a\\sb", "a\nb") == nil)
        #expect(try ends("a[^x]b", "a\nb") == nil)
        #expect(try ends("c$", "a\nc\n") == 3)
    }

    @Test("the required literal is found and a whole literal is known as one")
    func literals() throws {
        let plain = try LinearRegex("hello")
        #expect(plain.requiredLiteral == Array("hello".utf8) && plain.isLiteral)
        let mixed = try LinearRegex("a+hello\\d*wor")
        #expect(mixed.requiredLiteral == Array("hello".utf8) && !mixed.isLiteral)
        #expect(try LinearRegex("a.c", isLiteral: true).matches("xa.cx"))
        #expect(try !LinearRegex("a.c", isLiteral: true).matches("abc"))
        #expect(try LinearRegex("(?i)hello").requiredLiteral.isEmpty)
    }
}
