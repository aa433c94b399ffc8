import Foundation
import SomaAgents
import SomaCore
@testable import SomaEngine

/// The roles that ship, with every built-in tool, over a folder of its own.
struct AgentsFolder {
    /// The folder `agents` of the project.
    static var shipped: String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent("agents").path
    }

    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "soma-agents-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ file: String, _ text: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(file)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: url)
    }

    func read(_ file: String) -> String? { try? String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

extension CognitionHarness {
    /// Answers with the real tools, with children that run in the same way, and with a person who agrees to all.
    static func performed(
        by effects: AgentEffects,
        catalog: RoleCatalog,
        depth: Int = 0,
        person: @escaping @Sendable (EffectRequest) -> String? = { _ in nil }
    ) -> (NodeRequest, RunState, Library) async -> Reply {
        { request, run, library in
            switch request {
            case .effect(let effect):
                var run = run
                let seq = run.activations.last?.requests.last?.id ?? 0
                if effect.approval != nil {
                    if let no = person(effect) { return .reject(no) }
                    run.apply(
                        Transition(
                            run: run.id,
                            seq: run.seq + 1,
                            at: run.lastAt,
                            kind: .interruptClosed,
                            body: ["interrupt": JSON(run.seq), "answer": "approved"]
                        )
                    )
                }
                let call = EffectCall(
                    run: run,
                    effect: seq,
                    attempt: 1,
                    kind: effect.kind,
                    name: effect.name,
                    effectClass: effect.effectClass,
                    arguments: effect.arguments,
                    timeout: effect.timeout,
                    library: library
                )
                let result = await effects.perform(call) { _ in }
                return effect.approval == nil ? .tool(result) : .approve(then: result)
            case .question: return .answer("an answer")
            case .child(let child):
                let start = StartRequest(
                    goal: child.goal,
                    role: child.role,
                    runbook: child.runbook,
                    parameters: child.parameters,
                    workspace: run.document["workspace"]?.string ?? ""
                )
                do throws(StartRefusal) {
                    let prepared = try catalog.prepare(start)
                    var harness = CognitionHarness(
                        prepared,
                        goal: child.goal,
                        depth: depth + 1,
                        parent: run.id,
                        reply: performed(by: effects, catalog: catalog, depth: depth + 1, person: person)
                    )
                    await harness.run()
                    return .child(harness.state.status, harness.outcome)
                } catch {
                    return .child(.failed, error.description)
                }
            }
        }
    }
}
