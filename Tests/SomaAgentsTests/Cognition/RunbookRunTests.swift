import SomaAgents
import SomaCore
import SomaEngine
import Testing

@Suite("A run of a runbook")
struct RunbookRunTests {
    private static let look = """
          - id: look
            title: Look
            tool: look
            arguments: {path: "{{ params.path }}"}
        """

    private func end(
        _ steps: String,
        rest: String = "",
        role: Role = Samples.role(),
        depth: Int = 0,
        parent: RunID? = nil,
        _ script: @escaping (String, JSON) -> CognitionHarness.Reply
    ) async throws -> CognitionHarness {
        var harness = CognitionHarness(
            try Samples.run(steps, rest: rest, role: role),
            goal: "test it",
            depth: depth,
            parent: parent,
            reply: Samples.replies(script)
        )
        await harness.run()
        return harness
    }

    @Test("the cognition graph is sound")
    func graph() {
        #expect(CognitionGraph.graph.problems() == [])
    }

    @Test("a step that works leads through all eight nodes to the report")
    func success() async throws {
        let run = try await end(
            """
              - id: look
                title: Look
                tool: look
                arguments: {path: "{{ params.path }}"}
                expect:
                  - {value: output.files, at_least: 1, says: there are files}
            """,
            rest: "remember: Saw {{ steps.look.output.files }}."
        ) { name, arguments in
            #expect(name == "look")
            #expect(arguments == ["path": "."])
            return .tool(.ok(["files": 3]))
        }
        #expect(
            run.path == [
                "Plan", "Recall", "ToolSelect", "Execute", "Observe", "Reflect", "Verify", "ToolSelect",
                "Verify", "Commit",
            ]
        )
        #expect(run.state.status == .completed)
        #expect(run.outcome == "Report of .: [there are files][every step is done or left out for a reason]")
        #expect(run.steps == ["look: done"])
    }

    @Test("a failing tool is followed by the step's alternative")
    func alternative() async throws {
        let run = try await end(
            """
              - id: look
                title: Look
                tool: look
                alternatives:
                  - {tool: count, arguments: {way: other}}
            """
        ) { name, _ in name == "look" ? .tool(.failed("gone")) : .tool(.ok(["n": 1])) }
        #expect(run.state.status == .completed)
        #expect(run.path.filter { $0 == "Execute" }.count == 2)
        #expect(run.state.plan.steps == [.init(name: "look", state: .done, tries: 2)])
    }

    @Test("what fails for good ends the run with the step and the reason")
    func giveUp() async throws {
        let run = try await end(Self.look) { _, _ in .tool(.failed("the disk is gone")) }
        #expect(run.state.status == .failed)
        #expect(run.state.statusReason == "step.failed")
        #expect(run.outcome == "Step 1 (Look) can't be done. The tool look failed: the disk is gone")
    }

    @Test("a second measurement that disagrees sends the step back, and an agreeing one lets it pass")
    func rejectBack() async throws {
        var looks = 0
        let run = try await end(
            """
              - id: look
                title: Look
                tool: look
                tries: 2
                expect:
                  - value: output.n
                    agrees_with: {tool: count, value: output.n, tolerance: 1}
            """
        ) { name, _ in
            if name == "look" { looks += 1 }
            return .tool(.ok(["n": JSON(name == "count" ? 10 : looks == 1 ? 7 : 11)]))
        }
        #expect(run.state.status == .completed)
        #expect(looks == 2)
        #expect(run.state.counts.rejected == 1)
        #expect(run.state.counts.accepted == 2)
    }

    @Test("an optional step that fails is planned away, with the steps that need it")
    func replan() async throws {
        let run = try await end(
            """
              - {id: git, title: Git, tool: look, optional: true}
              - {id: more, title: More, tool: count, arguments: {of: "{{ steps.git.output.name }}"}}
              - {id: else, title: Else, tool: count, arguments: {of: "{{ steps.git.output.name | default('none') }}"}}
            """
        ) { name, _ in name == "look" ? .tool(.failed("no repository")) : .tool(.ok()) }
        #expect(run.state.status == .completed)
        #expect(run.steps == ["git: skipped", "more: skipped", "else: done"])
        #expect(run.state.counts.replans == 1)
        #expect(run.path.filter { $0 == "Plan" }.count == 2)
        let skipped = run.library[run.state.document.words("skipped/more")]?.text
        #expect(skipped == "It needs git, which was left out.")
    }

    @Test("a whole that doesn't hold is measured once more and then given up")
    func bounds() async throws {
        let run = try await end(
            Self.look,
            rest: "expect:\n  - {value: steps.look.output.n, above: 5, says: enough}"
        ) { _, _ in .tool(.ok(["n": 3])) }
        #expect(run.state.status == .failed)
        #expect(run.state.statusReason == "verify.rejected")
        #expect(run.path.filter { $0 == "Execute" }.count == 2)
        #expect(run.outcome.hasSuffix("enough: expected above 5, found 3"))
    }

    @Test("a run that replans without end is stopped by the bound, with the reason")
    func replanBound() async throws {
        let steps = (0..<12).map { "  - {id: s\($0), title: Step, tool: look, optional: true}" }.joined(
            separator: "\n"
        )
        let run = try await end(steps) { _, _ in .tool(.failed("no")) }
        #expect(run.state.statusReason == "plan.exhausted")
        #expect(run.state.counts.replans == CognitionGraph.replansMax)
    }

    @Test("a person's no ends the step with their message, and no alternative works around it")
    func rejection() async throws {
        let run = try await end(
            """
              - id: write
                title: Write
                tool: write
                approve: {risk: "Changes {{ params.path }}", reason: wanted}
                alternatives:
                  - {tool: count}
            """
        ) { name, _ in
            #expect(name == "write")
            return .reject("not on a Friday")
        }
        #expect(run.state.statusReason == "step.rejected")
        #expect(run.outcome.contains("not on a Friday"))
    }

    @Test("an approved call is made and its alternative is not")
    func approval() async throws {
        let run = try await end(
            """
              - {id: write, title: Write, tool: write, approve: {risk: r, reason: w}}
            """
        ) { _, _ in .approve(then: .ok()) }
        #expect(run.state.status == .completed)
        #expect(run.state.counts.questions == 1)
    }

    @Test("a child's report and structure flow back into the step")
    func child() async throws {
        let report = ChildReport.compose("All well.", output: ["n": 4])
        let run = try await end(
            """
              - id: part
                title: Part
                delegate: {role: helper, goal: "help with {{ params.path }}", parameters: {a: 1}}
                expect:
                  - {value: output.n, equals: 4}
                  - {value: text, equals: All well.}
            """
        ) { name, arguments in
            #expect(name == "helper")
            #expect(arguments == ["goal": "help with .", "parameters": ["a": 1]])
            return .child(.completed, report)
        }
        #expect(run.state.status == .completed)
    }

    @Test("a child that failed fails the step, unless the plan can do without")
    func childFailed() async throws {
        let step = "  - {id: part, title: Part, delegate: {role: helper, goal: help}"
        let hard = try await end(step + "}") { _, _ in .child(.failed, "it was too much") }
        #expect(hard.state.statusReason == "step.failed")
        #expect(hard.outcome.contains("it was too much"))
        let soft = try await end(step + ", optional: true}\n" + Self.look) { name, _ in
            name == "helper" ? .child(.cancelled, "") : .tool(.ok())
        }
        #expect(soft.steps == ["part: skipped", "look: done"])
    }

    @Test("delegation stops at the role's depth")
    func depth() async throws {
        let step = "  - {id: part, title: Part, delegate: {role: helper, goal: help}}"
        let run = try await end(step, role: Samples.role(depth: 1), depth: 1) { _, _ in .child(.completed, "")
        }
        #expect(run.state.statusReason == "step.unable")
        #expect(run.outcome.contains("may delegate 1 levels deep"))
    }

    @Test("a template without its value can't be acted upon")
    func missingValue() async throws {
        let run = try await end(
            """
              - {id: look, title: Look, tool: look}
              - {id: more, title: More, tool: count, arguments: {of: "{{ steps.look.output.nothing.here }}"}}
            """
        ) { _, _ in .tool(.ok(["n": 1])) }
        #expect(run.state.statusReason == "step.unable")
        #expect(
            run.outcome
                == "Step 2 (More) can't be done. There is no steps.look.output.nothing.here to fill in."
        )
    }

    @Test("a condition leaves a step out, and an answer is read by the next")
    func conditionAndAnswer() async throws {
        let run = try await end(
            """
              - {id: look, title: Look, tool: look}
              - {id: big, title: Big, when: steps.look.output.n > 5, tool: count}
              - {id: name, title: Name, ask: "Which name for {{ params.path }}?"}
              - {id: use, title: Use, tool: count, arguments: {name: "{{ steps.name.output.answer }}"}}
            """
        ) { name, arguments in
            switch name {
            case "question":
                #expect(arguments == "Which name for .?")
                return .answer("Ada")
            case "count":
                #expect(arguments == ["name": "Ada"])
                return .tool(.ok())
            default: return .tool(.ok(["n": 3]))
            }
        }
        #expect(run.steps == ["look: done", "big: skipped", "name: done", "use: done"])
    }

    @Test("a child run hands structure to its parent at the end of its report")
    func output() async throws {
        let run = try await end(
            Self.look,
            rest: "output: {n: \"{{ steps.look.output.n }}\", none: \"{{ steps.look.output.x }}\"}",
            parent: RunID("p")
        ) { _, _ in
            .tool(.ok(["n": 3]))
        }
        let report = ChildReport(run.outcome)
        #expect(report.output == ["n": 3, "none": nil])
        #expect(report.text.hasPrefix("Report of ."))
    }

    @Test("the same log leads to the same run")
    func determinism() async throws {
        let first = try await end(Self.look) { _, _ in .tool(.ok(["n": 3])) }
        let second = try await end(Self.look) { _, _ in .tool(.ok(["n": 3])) }
        #expect(first.transitions == second.transitions)
    }
}
