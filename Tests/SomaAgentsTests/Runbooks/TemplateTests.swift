import SomaAgents
import SomaCore
import Testing

@Suite("Templates")
struct TemplateTests {
    private let values: JSON = [
        "name": "Ada", "n": 1536, "none": nil, "half": 0.5,
        "list": [["path": "a|b", "n": 1], ["path": "c", "n": 2]],
        "words": ["x", "y"], "map": ["k": 1], "tricky": "{{ name }}",
    ]

    @Test(
        "fill in values",
        arguments: [
            ("plain", "plain"),
            ("{{ name }}!", "Ada!"),
            ("{{name|upper}}", "ADA"),
            ("{{ n | bytes }}", "1.5 KiB"),
            ("{{ 1234567 | grouped }}", "1\u{202F}234\u{202F}567"),
            ("{{ '12345 of 2024' | grouped }}", "12\u{202F}345 of 2024"),
            ("{{ 1 | counted('line') }}, {{ 0 | counted('copy', 'copies') }}", "1 line, 0 copies"),
            ("{{ 1 | percent(100000) }}, {{ 0 | percent(5) }}", "< 0.1 %, 0.0 %"),
            ("{{ list | count }}", "2"),
            ("{{ list | map('path') | join(' + ') }}", "a|b + c"),
            ("{{ list | sum('n') | plus(n) }}", "1539"),
            ("{{ list.0.path | cell }}", "a\\|b"),
            ("{{ words | first }}{{ words | last }}", "xy"),
            ("{{ list | where('n', 2) | map('path') | join }}", "c"),
            ("{{ half | percent(2) }}", "25.0 %"),
            ("{{ half | round(2) }}", "0.50"),
            ("{{ 'a`b' | code }}", "`a'b`"),
            ("{{ missing | default('d') }}{{ none | default(1) }}", "d1"),
            ("{{ 'abc' | limit(2) }}", "ab…"),
            ("{{ 'a-b-a' | replace('a', 'xx') }}", "xx-b-xx"),
            ("{{ tricky }}", "{{ name }}"),
            ("{{ map }}", "{\"k\":1}"),
            ("{% for w in words %}{{ index }}{{ w }} {% endfor %}", "1x 2y "),
            ("{% for m in map %}{{ m.key }}={{ m.value }}{% endfor %}", "k=1"),
            ("{% if n > 1000 and name == 'Ada' %}big{% else %}small{% endif %}", "big"),
            ("{% if not missing or n < 1 %}yes{% endif %}", "yes"),
            ("{% if words contains 'y' %}y{% endif %}{% if name contains 'z' %}z{% endif %}", "y"),
            ("a\n{% if name %}\nb\n{% endif %}\nc", "a\nb\nc"),
            ("a\n  {% for w in words %}  \n- {{ w }}\n  {% endfor %}\nc", "a\n- x\n- y\nc"),
            ("{ not a tag } {", "{ not a tag } {"),
            ("{{ '}}' }}", "}}"),
        ]
    )
    func fills(template: String, text: String) throws {
        #expect(try Template(template).text(values, missing: .fails) == text)
    }

    @Test(
        "say what is wrong and where",
        arguments: [
            ("a\n {{ name", "expected }} after {{ (line 2, column 2 of the text)"),
            (
                "{{ }}",
                "expected a path, a number or a text in quotes, found nothing (line 1, column 1 of the text)"
            ),
            ("{% for x name %}{% endfor %}", "expected `for name in path` (line 1, column 1 of the text)"),
            ("{% if a %}", "expected {% else %} or {% endif %} before the end of the text"),
            (
                "{% whatever %}",
                "expected for, if, else, endfor or endif, found \"whatever\" (line 1, column 1 of the text)"
            ),
            ("{{ a | limit }}", "expected 1 argument(s) for limit, found 0 (line 1, column 1 of the text)"),
            ("{{ a b }}", "expected nothing more, found \"b\" (line 1, column 1 of the text)"),
            (
                "{{ a..b }}",
                "expected a path such as steps.name.output, found \"a..b\" (line 1, column 1 of the text)"
            ),
            ("{{ 'open }}", "expected }} after {{ (line 1, column 1 of the text)"),
            (
                "{{ a & b }}",
                "expected a path, a number or a text in quotes, found \"&\" (line 1, column 1 of the text)"
            ),
        ]
    )
    func errors(template: String, message: String) {
        #expect { try Template(template) } throws: { "\($0)" == message }
    }

    @Test("an unknown filter is named with the nearest one")
    func nearest() {
        #expect { try Template("{{ a | bites }}") } throws: { "\($0)".contains("did you mean bytes?") }
    }

    @Test("a missing value fails where it is acted upon and is blank where it is read")
    func missing() throws {
        let template = try Template("[{{ nothing.at.all }}]")
        #expect(try template.text(values, missing: .isBlank) == "[]")
        #expect { try template.text(values, missing: .fails) } throws: {
            "\($0)" == "There is no nothing.at.all to fill in."
        }
    }

    @Test("one expression alone keeps its type")
    func types() throws {
        #expect(try Template("{{ list }}").json(values) == values["list"])
        #expect(try Template("{{ n }}").json(values) == 1536)
        #expect(try Template("{{ n }} B").json(values) == "1536 B")
    }

    @Test("loops inside loops end at their bound, and output at its size")
    func bounds() throws {
        let many = JSON.array((0..<400).map { JSON($0) })
        let loops = try Template("{% for a in l %}{% for b in l %}x{% endfor %}{% endfor %}")
        let text = try loops.text(["l": many] as JSON, missing: .fails)
        #expect(text.utf8.count <= Template.passesMax + 4)
        let long = JSON.string(String(repeating: "é", count: 1000))
        let big = try Template("{% for a in l %}{{ t }}{% endfor %}").text(
            ["l": many, "t": long] as JSON,
            missing: .fails
        )
        #expect(big.utf8.count <= Template.bytesMax + 8)
    }

    @Test("any text is a template or an error, whatever it is", arguments: 0..<400)
    func total(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        let parts = [
            "{{", "}}", "{%", "%}", " for ", " in ", "if ", "endif", "endfor", "else", "a.b", "|", "'", "\"",
            "(", ")", ",", "==", "\n", "é", "-1", "default('x')", "not ",
        ]
        var text = ""
        for _ in 0..<Int(seed % 24) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += parts[Int(state >> 33) % parts.count]
        }
        guard let template = try? Template(text) else { return }
        _ = try? template.text(values, missing: .isBlank)
        _ = template.paths()
    }
}
