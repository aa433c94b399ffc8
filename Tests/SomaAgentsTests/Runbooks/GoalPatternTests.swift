import SomaAgents
import Testing

@Suite("Goal patterns")
struct GoalPatternTests {
    @Test(
        "match goals and take parameters",
        arguments: [
            ("survey {path}", "survey .", ["path": "."]),
            ("survey {path}", "Survey   Sources/a b", ["path": "Sources/a b"]),
            ("survey [the] [this] repository", "survey this repository.", [:]),
            ("survey [the] repository", "survey repository", [:]),
            (
                "replace {old} with {new} in {file}", "replace a b with c with d in e",
                ["old": "a b", "new": "c with d", "file": "e"]
            ),
            ("check [this] host", "CHECK THIS HOST!", [:]),
        ]
    )
    func matches(pattern: String, goal: String, captures: [String: String]) throws {
        #expect(try GoalPattern(pattern).match(goal) == captures)
    }

    @Test("leave other goals alone", arguments: ["", "survey", "resurvey .", "please survey ."])
    func differs(goal: String) throws {
        #expect(try GoalPattern("survey {path}").match(goal) == nil)
    }

    @Test("say what is wrong", arguments: ["", "a {", "a {b c}", "[x"])
    func errors(pattern: String) {
        #expect(throws: TemplateError.self) { try GoalPattern(pattern) }
    }

    @Test("know an example and how near a goal is")
    func nearness() throws {
        let pattern = try GoalPattern("survey [the] repository in {path}")
        #expect(pattern.example == "survey repository in <path>")
        #expect(pattern.nearness(to: "survy repository now") > 0.5)
        #expect(pattern.nearness(to: "make coffee") == 0)
    }

    @Test("a goal of many words ends soon")
    func long() throws {
        let goal = Array(repeating: "a", count: 190).joined(separator: " ")
        #expect(try GoalPattern("{x} a {y} a {z} b").match(goal) == nil)
    }
}
