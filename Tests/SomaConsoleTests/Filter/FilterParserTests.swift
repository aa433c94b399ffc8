import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("The filter language")
struct FilterParserTests {
    static let transition = Transition(
        run: RunID("k3v9t0q2m7x1abc"),
        seq: 7,
        at: Timestamp(microseconds: 1_767_600_000_000_000),
        kind: .effectFinished,
        agent: "coder",
        node: "Execute",
        attempt: 1,
        body: [
            "effect": 5, "ok": false, "status": "exit 1", "name": "shell", "us": 2_500_000, "tokens": 1_200,
            "microdollars": 40_000, "detail": ["exit": 1, "tags": ["slow", "Flaky"], "ratio": 0.5],
        ],
        content: [ContentReference("result", ContentID(high: 1, low: 2))]
    )

    static func matches(_ text: String) throws -> Bool {
        let filter = try Filter(text, fields: TransitionSubject.fields)
        return FilterMatcher(filter).matches(
            TransitionSubject(transition) {
                $0 == ContentID(high: 1, low: 2) ? "Build größer\nthan ever" : nil
            }
        )
    }

    static let cases: [(String, Bool)] = [
        ("", true), ("   ", true), ("execute", true), ("EXECUTE", false), ("Execute", true),
        ("exec shell", true),
        ("exec nothing", false), ("!nothing", true), ("!exec", false), ("!!exec", true), ("! ", true),
        // Quotes.
        ("\"exit 1\"", true), ("\"exit  1\"", false), ("exit 1", true), ("\"exit 1", true), ("\"", true),
        ("\"ok\\\":false\"", true), ("!\"exit 1\"", false),
        // Fields.
        ("kind:effect", true), ("kind:finished", true), ("kind:started", false), ("KIND:effect", true),
        ("node:exec", true), ("role:coder,writer", true), ("role:writer,reader", false), ("role:", true),
        ("!role:coder", false), ("name:shell status:exit", true), ("status:\"exit 1\"", true),
        ("ok:false", true),
        ("ok:true", false), ("level:high", true), ("run:k3v", true), ("parent:x", false), ("!parent:x", true),
        ("words:than", true), ("words:execute", false), ("text:shell", true), ("text:execute", false),
        // Words beyond ASCII, in either case.
        ("GRÖSSER", false), ("größer", true), ("words:\"build größer\"", true), ("grö", true),
        // Fuzzy.
        ("~efin", true), ("name:~slh", false), ("kind:~ef", true), ("kind:~xe", false), ("~", true),
        ("!~efin", false),
        // Expressions.
        ("/^Execute$/", true), ("/^execute$/", true), ("/^Exec$/", false), ("node:/^e.*e$/", true),
        ("/than$|x/", true),
        ("/a/b/", false), ("/exit\\s1/", true), ("/exit", true), ("/", true), ("!/shell/", false),
        ("words:/^than/", true), ("name:/^sh/,/^zz/", true), ("/\\/x/", false), ("/\\D\\d/ exec", true),
        // Numbers.
        ("seq:7", true), ("seq:>6", true), ("seq:>7", false), ("seq:>=7", true), ("seq:<8", true),
        ("seq:<=6", false),
        ("seq:=7", true), ("seq:5..9", true), ("seq:8..", false), ("seq:..7", true), ("seq:", true),
        ("seq:>", true),
        ("took:>2s", true), ("took:>2500ms", false), ("took:>=2.5s", true), ("took:<1m", true),
        ("took:1s..3s", true),
        ("tokens:>1k", true), ("tokens:>1.2k", false), ("cost:<0.05", true), ("cost:>$0.01", true),
        ("attempt:1", true),
        ("!tokens:>1k", false), ("!cost:>9", true),
        // Members of the body.
        ("body.ok:false", true), ("body.detail.exit:>0", true), ("body.detail.exit:1", true),
        ("body.detail.exit:<1", false), ("body.detail.tags:Flaky", true), ("body.detail.tags.0:slow", true),
        ("body.detail.ratio:<0.6", true), ("body.none:x", false), ("body.name:/^shell$/", true),
        // No fields.
        ("http://example.org", false), ("14:02", false), ("a::b", false), ("\"role:coder\"", false),
    ]

    @Test("says what it means", arguments: cases.map(\.0))
    func meaning(_ text: String) throws {
        let wanted = Self.cases.filter { $0.0 == text }.map(\.1)
        if text == "a::b" {
            #expect(throws: FilterError.self) { try Self.matches(text) }
            return
        }
        #expect(wanted == [try Self.matches(text)])
    }

    static let wrong: [(String, FilterError)] = [
        ("exec rol:x", FilterError(5, "there is no field \"rol\"; did you mean role?")),
        ("!nod:x", FilterError(1, "there is no field \"nod\"; did you mean node?")),
        ("body:x", FilterError(0, "there is no field \"body\"; name a member, as in body.ok")),
        ("role:>3", FilterError(5, "role is text: < and > are for numbers; quotes search for them")),
        ("seq:x", FilterError(4, "\"x\" is no number, as in 12 or 2.5k, for seq")),
        ("seq:><3", FilterError(4, "give one of > >= < <= = and a number")),
        ("took:2s", FilterError(5, "say more or less: took:>2s or took:<2s")),
        ("took:>2y", FilterError(5, "\"2y\" is no span of time, as in 1m30s or 250ms, for took")),
        ("cost:>x", FilterError(5, "\"x\" is no sum, as in 0.25, for cost")),
        ("exec /a(b/", FilterError(7, "a group that is never closed")),
    ]

    @Test("says what is wrong, and where", arguments: wrong.map(\.0))
    func trouble(_ text: String) {
        let error = #expect(throws: FilterError.self) { try Self.matches(text) }
        guard let wanted = Self.wrong.first(where: { $0.0 == text })?.1 else { return }
        #expect(error?.offset == wanted.offset)
        if !text.contains("/") { #expect(error == wanted) }
    }

    @Test("an unknown field that is like none names them all")
    func unknownField() {
        let error = #expect(throws: FilterError.self) { try Filter("zzzzzz:1", fields: RunSubject.fields) }
        #expect(error?.message.contains("role, state, node") == true)
        #expect(error?.description.hasPrefix("filter, character 1: ") == true)
    }

    @Test("takes so many conditions and no more")
    func most() throws {
        let most = Array(repeating: "a", count: Filter.termsMax).joined(separator: " ")
        #expect(try Filter(most, fields: RunSubject.fields).terms.count == Filter.termsMax)
        #expect(throws: FilterError.self) { try Filter(most + " b", fields: RunSubject.fields) }
    }

    @Test("whatever is typed, it reads it or says why not", arguments: 0..<50)
    func anything(_ part: Int) {
        var generator = SeededGenerator(UInt64(part))
        let pieces: [String] = [
            "!", "~", "/", "\"", ":", ",", " ", "role", "seq", "took", "body.", ">", "<", "=", "..", "1",
            "2s", "$", "(",
            ")", "[", "]", "*", "+", "{9}", "\\", "é", "👩‍👩‍👧", "a", "Z", "|", "^", "\u{0}", "\u{202E}", ".", "k",
            "\n",
            "(?i)", "(a*)*", "-",
        ]
        let clock = ContinuousClock()
        let started = clock.now
        for _ in 0..<200 {
            let count = Int.random(in: 0...24, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(FilterError) {
                let filter = try Filter(text, fields: TransitionSubject.fields)
                _ = FilterMatcher(filter).matches(TransitionSubject(Self.transition))
            } catch {
                #expect(!error.message.isEmpty)
                #expect(error.offset >= 0 && error.offset <= text.count)
            }
        }
        #expect(clock.now - started < .seconds(30))
    }

    @Test(
        "no expression makes it slow, whatever the text",
        arguments: ["(a*)*b", "(a|a)*c", "(.*a){12}x", "a{1,900}b"]
    )
    func catastrophic(_ source: String) throws {
        let filter = try Filter("text:/\(source)/", fields: TransitionSubject.fields)
        let matcher = FilterMatcher(filter)
        var transition = Self.transition
        transition.body = ["text": .string(String(repeating: "a", count: 20_000))]
        let clock = ContinuousClock()
        let started = clock.now
        #expect(!matcher.matches(TransitionSubject(transition)))
        #expect(clock.now - started < .seconds(20))
    }

    @Test("while it can't be read, what was typed before stays in force")
    func typing() {
        var typed = TypedFilter()
        func read(_ text: String) -> Bool { typed.read(text, fields: RunSubject.fields) }
        let first = read("role:coder")
        let wrong = read("role:coder rol:")
        #expect(first && !wrong)
        #expect(typed.filter.text == "role:coder")
        #expect(typed.trouble != nil)
        let again = read("role:coder rol:")
        let right = read("role:coder")
        #expect(!again && right)
        #expect(typed.trouble == nil)
        #expect(typed.filter.terms.count == 1)
    }
}
