import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Addresses of the web")
struct WebAddressTests {
    private func found(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return WebAddress.ranges(in: text).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(
        "are found whole, without the sentence around them",
        arguments: [
            ("https://example.com", ["https://example.com"]),
            ("see http://a.b/c?d=e#f.", ["http://a.b/c?d=e#f"]),
            ("(https://en.wikipedia.org/wiki/A_(b)), and more", ["https://en.wikipedia.org/wiki/A_(b)"]),
            ("<https://a.b/>", ["https://a.b/"]), ("\"https://a.b/c\",", ["https://a.b/c"]),
            ("https://a.b/c\\nhttp://d.e/\\t", ["https://a.b/c"]),
            ("['https://a.b/1','https://a.b/2']", ["https://a.b/1", "https://a.b/2"]),
            (
                "http://localhost:8080/v1 http://[::1]:80/x",
                ["http://localhost:8080/v1", "http://[::1]:80/x"]
            ),
            ("見てhttps://a.b/ ね", ["https://a.b/"]),
            ("https://a.b/?u=https://c.d/", ["https://a.b/?u=https://c.d/"]),
            ("https://xn--bcher-kva.example/", ["https://xn--bcher-kva.example/"]),
            ("+https://a.b/;", ["https://a.b/"]), ("**https://a.b/**", ["https://a.b/"]),
        ]
    )
    func found(text: String, addresses: [String]) { #expect(found(text) == addresses) }

    @Test(
        "that could mislead are none",
        arguments: [
            "https://bank.com@evil.com/", "https://bank.com:80@evil.com", "https://user:word@a.b/",
            "https://bank.com\\@evil.com", "https://bank.com\\evil", "https://\u{202E}moc.knab/",
            "https://bank.com/\u{202E}x", "https://bank.com\u{200B}.evil.com", "https://bank.com\u{1B}[2J",
            "https://bank.com/\u{7}", "https://bank.com\u{0}/", "https://bänk.com/", "https://bank.com/é",
            "https://bank。com/", "https://bank.com/…", "https://%62ank.com/", "https://", "https:///x",
            "https://./",
            "https://:80/", "https://a.b:99999/", "https://a.b:/", "https://a.b:x/", "http://[::1/",
            "http://[zz]/",
            "https://a.b/c;d", "javascript:alert(1)", "file:///etc/passwd", "ftp://a.b/", "data:text/html,x",
            "xhttps://a.b/", "HTTPS://A.B/", "https:/a.b/", "https//a.b",
            "https://a.b/" + String(repeating: "x", count: 2_000),
        ]
    )
    func hostile(text: String) {
        #expect(found(text) == [])
        #expect(!WebAddress.isSafe(text.utf8))
    }

    @Test("of any text what is found is plain, safe, in order, and no longer than allowed", arguments: 0..<40)
    func any(seed: UInt64) {
        var random = SeededGenerator(seed &+ 19)
        let parts = [
            "https://", "http://", "a.b", "/", "@", "\\", "\u{202E}", "\u{1B}]8;;", "\u{7}", " ", "é", "x",
            ":80", "?",
            ")", "(", ";", "%0a", "'", "\"", "[::1]", ".", "\n", "👩‍👩‍👧‍👦",
        ]
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<Int.random(in: 1...14, using: &random) { text += random.pick(parts) }
            let ranges = WebAddress.ranges(in: text)
            let bytes = Array(text.utf8)
            for (one, next) in zip(ranges, ranges.dropFirst()) { #expect(one.upperBound <= next.lowerBound) }
            for range in ranges {
                let address = String(decoding: bytes[range], as: UTF8.self)
                #expect(WebAddress.isSafe(address.utf8))
                #expect(SafeText.isPlain(address) && !address.contains("@a.b") && !address.contains(";"))
                #expect(address.hasPrefix("https://") || address.hasPrefix("http://"))
            }
        }
    }
}
