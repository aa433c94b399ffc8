import SomaCore
import Testing

@Suite("Graph")
struct GraphTests {
    typealias Node = Graph.Node
    typealias Edge = Graph.Edge

    static let inner = Graph(
        name: "inner",
        entry: "one",
        nodes: [Node("one", .fork(join: "two")), Node("two", .join)],
        edges: [
            Edge("one", "*", "two"), Edge("two", "good", "end"), Edge("two", "bad", "end", passesMax: 2),
        ],
        reducers: ["facts": .append]
    )

    @Test("a subgraph's nodes stand in its place")
    func flattening() {
        let graph = Graph(
            name: "outer",
            entry: "sub",
            nodes: [Node("sub", .subgraph(Self.inner)), Node("last", .task("t"))],
            edges: [
                Edge("sub", "good", "last", when: [.init("n", .above, 1)]),
                Edge("sub", "*", "sub", passesMax: 3),
                Edge("last", "*", "end"),
            ],
            reducers: ["facts": .set]
        )
        let expected = Graph(
            name: "outer",
            entry: "sub/one",
            nodes: [
                Node("sub/one", .fork(join: "sub/two")), Node("sub/two", .join), Node("last", .task("t")),
            ],
            edges: [
                Edge("sub/one", "*", "sub/two"),
                Edge("sub/two", "good", "last", when: [.init("n", .above, 1)]),
                Edge("sub/two", "good", "sub/one", passesMax: 3),
                Edge("sub/two", "bad", "sub/one", passesMax: 3), Edge("last", "*", "end"),
            ],
            reducers: ["facts": .set]
        )
        #expect(graph.flattened() == expected)
        #expect(expected.flattened() == expected)
        #expect(graph.problems() == [])
    }

    static func graph(_ nodes: [Node], _ edges: [Edge], entry: String = "a", stepsMax: Int = 10) -> Graph {
        Graph(name: "g", entry: entry, nodes: nodes, edges: edges, stepsMax: stepsMax)
    }

    @Test(
        "what keeps a graph from ending is told",
        arguments: [
            (graph([Node("a", .task("t"))], [Edge("a", "*", "end")]), []),
            (graph([Node("a", .task("t")), Node("a", .task("t"))], [Edge("a", "*", "end")]), ["2 times"]),
            (graph([Node("a", .task("t"))], [Edge("a", "*", "end")], entry: "z"), ["entry"]),
            (graph([Node("end", .task("t"))], [], entry: "end"), ["can't be a node"]),
            (
                graph([Node("a", .task("t"))], [Edge("q", "*", "a"), Edge("a", "*", "r")]),
                ["leaves \"q\"", "leads to \"r\""]
            ),
            (graph([Node("a", .fork(join: "z"))], [Edge("a", "*", "end")]), ["joins at"]),
            (
                graph(
                    [Node("a", .task("t")), Node("b", .task("t"))],
                    [Edge("a", "*", "end"), Edge("b", "*", "end")]
                ), ["can't be reached"]
            ),
            (
                graph(
                    [Node("a", .task("t")), Node("b", .task("t"))],
                    [Edge("a", "*", "b"), Edge("b", "*", "a")]
                ), ["no way from \"a\"", "no way from \"b\""]
            ),
            (graph([Node("a", .task("t"))], [Edge("a", "*", "end")], stepsMax: 0), ["stepsMax"]),
        ]
    )
    func problems(_ graph: Graph, _ expected: [String]) {
        let found = graph.problems().map(\.description)
        #expect(found.count == expected.count)
        for (text, part) in zip(found, expected) { #expect(text.contains(part)) }
    }

    @Test(
        "a condition compares what is at its path",
        arguments: [
            (Graph.Condition("n", .exists), true), (.init("x", .exists), false), (.init("x", .missing), true),
            (.init("n", .equals, 3), true), (.init("n", .differs, 3), false), (.init("n", .below, 4), true),
            (.init("n", .above, 4), false), (.init("s", .above, 4), false), (.init("s", .below, 4), false),
            (.init("deep.0", .equals, "d"), true),
        ]
    )
    func conditions(_ condition: Graph.Condition, _ holds: Bool) {
        #expect(condition.holds(of: ["n": 3, "s": "text", "deep": ["d"]]) == holds)
    }

    @Test("a graph round trips as JSON")
    func codable() throws {
        #expect(try JSON(encoding: Self.inner).decode(Graph.self) == Self.inner)
    }

    @Test("limits tighten each by each")
    func limits() {
        let one = Limits(tokens: 5, steps: 9)
        let two = Limits(tokens: 7, microdollars: 1, steps: 3, seconds: 2)
        #expect(one.tightened(by: two) == Limits(tokens: 5, microdollars: 1, steps: 3, seconds: 2))
    }
}
