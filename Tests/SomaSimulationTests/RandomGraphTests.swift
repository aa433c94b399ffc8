import SomaCore
import SomaEngine
import SomaSimulation
import Testing

@Suite("Random graphs")
struct RandomGraphTests {
    @Test("Every random graph is sound, and they hold forks, subgraphs and ways back")
    func sound() throws {
        let catalog = SimulationScenario.random.catalog
        var (forks, inner, back) = (0, 0, 0)
        for number in 0..<500 {
            let graph = try catalog.prepare(StartRequest(goal: "graph \(number)")).program.graph
            #expect(graph.problems().isEmpty)
            if graph.nodes.contains(where: { if case .fork = $0.kind { true } else { false } }) { forks += 1 }
            if graph.nodes.contains(where: { $0.name.contains("/") }) { inner += 1 }
            if graph.edges.contains(where: { $0.passesMax != nil }) { back += 1 }
        }
        #expect(min(forks, inner, back) > 50)
    }

    @Test("The cognition graph's shape is sound")
    func cognition() throws {
        let program = try SimulationScenario.random.catalog.prepare(StartRequest(goal: "cognition")).program
        #expect(program.graph.problems().isEmpty)
        #expect(program.graph.nodes.count == 8)
    }

    @Test("A goal that nobody knows is refused")
    func unknown() {
        #expect(throws: StartRefusal.self) {
            try SimulationScenario.random.catalog.prepare(StartRequest(goal: "graph x"))
        }
    }
}
