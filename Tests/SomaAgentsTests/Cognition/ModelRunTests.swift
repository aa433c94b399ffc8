import SomaAgents
import SomaCore
import SomaEngine
import Synchronization
import Testing

@Suite("A run that a model plans")
struct ModelRunTests {
    private static let plan = """
        Here it is: {"steps": [{"id": "Find it!", "title": "Find it", "criterion": "it is found"}]}
        """

    private func reply(_ text: String, _ calls: [(String, String)] = []) -> EffectResult {
        var reply = ModelReply()
        reply.text = text
        reply.calls = calls.enumerated().map {
            .init(id: "c\($0.offset)", name: $0.element.0, arguments: $0.element.1)
        }
        return EffectResult(succeeded: true, words: Words(json: reply.json))
    }

    /// Runs with a model that answers each kind of question by its list, the last answer for ever.
    private func end(
        _ answers: [ModelPrompt.Ask: [EffectResult]],
        tools: @escaping (String, JSON) -> CognitionHarness.Reply = { _, _ in .tool(.ok(["n": 1], "seen")) }
    ) async -> CognitionHarness {
        let prepared = Samples.prepared(
            .model(ModelChoice(name: "m", price: ModelPrice(input: 1_000_000, output: 2_000_000)))
        )
        var counts: [String: Int] = [:]
        var harness = CognitionHarness(prepared, goal: "find it", reply: { request, _, _ in .tool(.ok()) })
        harness.reply = { request, _, _ in
            guard case .effect(let effect) = request, effect.kind == .model else {
                return await Samples.replies(tools)(request, RunState(id: RunID("x")), Library())
            }
            let ask = effect.arguments.json?["ask"]?.string ?? ""
            let list = answers[ModelPrompt.Ask(rawValue: ask) ?? .report] ?? []
            let count = counts[ask, default: 0]
            counts[ask] = count + 1
            return .tool(list.isEmpty ? .failed("no answer") : list[min(count, list.count - 1)])
        }
        await harness.run()
        return harness
    }

    @Test("plans, calls tools, concludes, is judged and reports")
    func success() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [
                reply("", [("look", #"{"path":"."}"#)]),
                reply("", [("finish_step", #"{"result":"it is here"}"#)]),
            ],
            .judge: [reply(#"{"accepted": true, "evidence": "look saw it"}"#)],
            .report: [reply("# Found")],
        ])
        #expect(run.state.status == .completed)
        #expect(run.outcome == "# Found")
        #expect(run.steps == ["find-it-: done"])
        #expect(
            run.path == [
                "Plan", "Recall", "ToolSelect", "Execute", "Observe", "Reflect", "ToolSelect", "Reflect",
                "Verify",
                "ToolSelect", "Verify", "Commit",
            ]
        )
    }

    @Test("a plan that can't be used is asked for again, three times at most")
    func garbage() async {
        let run = await end([
            .plan: [
                reply("I would rather not."), reply(#"{"steps": []}"#),
                reply(#"{"steps": [{"title": "x"}]}"#),
            ]
        ])
        #expect(run.state.statusReason == "model.plan")
        #expect(run.outcome.contains("expected a criterion for step 1"))
    }

    @Test("tools outside the role's scope, unknown tools and broken arguments are not called")
    func scope() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [
                reply("", [("secret", "{}")]), reply("", [("look", "{broken")]), reply("", [("look", "{}")]),
                reply("", [("finish_step", #"{"result":"x"}"#)]),
            ],
            .judge: [reply(#"{"accepted": true}"#)],
            .report: [reply("ok")],
        ]) { name, _ in
            #expect(name == "look")
            return .tool(.ok())
        }
        #expect(run.state.status == .completed)
    }

    @Test("a judge's no sends the model back to work; garbage is no yes")
    func rejected() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [
                reply("", [("look", "{}")]), reply("", [("finish_step", #"{"result":"x"}"#)]),
                reply("", [("count", "{}")]), reply("", [("finish_step", #"{"result":"y"}"#)]),
            ],
            .judge: [
                reply("hm"), reply("well"), reply("who knows"),
                reply(#"{"accepted": true, "evidence": "count"}"#),
            ],
            .report: [reply("ok")],
        ])
        #expect(run.state.status == .completed)
        #expect(run.state.counts.rejected == 1)
    }

    @Test("a conclusion without any call is not accepted on the model's word")
    func wordAlone() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [reply("It is done, trust me.")],
            .judge: [reply(#"{"accepted": true}"#)],
        ])
        #expect(run.state.status == .failed)
        #expect(run.state.counts.accepted == 0)
    }

    @Test("a model that wants another plan gets one, up to the bound")
    func replans() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [reply("", [("revise_plan", #"{"reason":"it is elsewhere"}"#)])],
        ])
        #expect(run.state.statusReason == "plan.exhausted")
        #expect(run.state.counts.replans == CognitionGraph.replansMax)
        #expect(run.outcome.contains("it is elsewhere"))
    }

    @Test("checks of a plan are decided by results, not by the model")
    func expectations() async {
        let plan =
            #"{"steps": [{"id":"a","title":"A","criterion":"n is 1","expect":[{"value":"output.n","equals":1}]}]}"#
        let run = await end([
            .plan: [reply(plan)],
            .select: [reply("", [("look", "{}")]), reply("", [("finish_step", #"{"result":"n is 1"}"#)])],
            .report: [reply("ok")],
        ])
        #expect(run.state.status == .completed)
        #expect(run.state.counts.accepted == 2)
    }

    @Test("the model may ask a person and delegate within its role")
    func steering() async {
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: [
                reply("", [("ask_person", #"{"question":"which?"}"#)]),
                reply("", [("delegate", #"{"role":"stranger","goal":"g"}"#)]),
                reply("", [("delegate", #"{"role":"helper","goal":"g"}"#)]),
                reply("", [("finish_step", #"{"result":"x"}"#)]),
            ],
            .judge: [reply(#"{"accepted": true}"#)],
            .report: [reply("ok")],
        ]) { name, _ in name == "question" ? .answer("that one") : .child(.completed, "helped") }
        #expect(run.state.status == .completed)
        #expect(run.state.counts.children == 1)
        #expect(run.state.counts.questions == 1)
    }

    @Test("a model that can't be reached ends the run with its words")
    func unreachable() async {
        let run = await end([:])
        #expect(run.state.statusReason == "model.failed")
        #expect(run.outcome.contains("no answer"))
    }

    @Test("what each transition stores does not grow with the conversation")
    func linear() async {
        let calls = (0..<20).map { reply("", [("look", "{\"n\": \($0)}")]) }
        let run = await end([
            .plan: [reply(Self.plan)],
            .select: calls + [reply("", [("finish_step", #"{"result":"x"}"#)])],
            .judge: [reply(#"{"accepted": true}"#)],
            .report: [reply("ok")],
        ])
        #expect(run.state.status == .completed)
        let sizes = run.transitions.map { JSON.object($0.body).bytes().count }
        #expect((sizes.dropFirst().max() ?? 0) < 900)
    }
}
