import SomaCore
import SomaEngine

/// The circle that `soma perf engine` walks: one node that leaves for itself until its passes are used up.
struct PerfCatalog: Catalog {
    let cycles: Int
    let stateBytes: Int

    private var program: Program {
        let graph = Graph(
            name: "perf",
            entry: "work",
            nodes: [Graph.Node("work", .task("work"))],
            edges: [
                Graph.Edge("work", "again", "work", passesMax: max(0, cycles - 1)),
                Graph.Edge("work", "again", Graph.end),
            ],
            stepsMax: cycles + 1
        )
        return Program(graph: graph, behaviours: ["work": PerfNode(stateBytes: stateBytes)])
    }

    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        PreparedRun(role: "perf", program: program, pinned: [], document: JSONObject(), limits: Limits())
    }

    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program { program }

    /// Transitions like those that the circle leads to, for the raw loop: the same kinds, sizes and order of
    /// runs.
    static func sampleTransitions(rows: Int, runs: Int) -> [Transition] {
        var generator = PerfGenerator(seed: 7)
        let ids = (0..<runs).map { _ in RunID.random(using: &generator) }
        let state = ContentID(high: 1, low: 2)
        return (0..<rows).map { row in
            let (run, seq) = (ids[row % runs], row / runs + 1)
            let isEntry = seq % 2 == 1
            return Transition(
                run: run,
                seq: seq,
                at: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(row)),
                kind: isEntry ? .nodeEntered : .nodeLeft,
                agent: "perf",
                node: "work",
                cause: isEntry ? nil : seq - 1,
                body: isEntry
                    ? ["visit": JSON(seq), "from": "work", "via": "again"]
                    : [
                        "set": [
                            "state": ["words": .string(state.description)],
                            "more": ["words": .string(state.description)],
                        ],
                        "activation": JSON(seq - 1), "outcome": "again", "next": [["node": "work"]],
                    ],
                content: isEntry ? [] : [ContentReference("state", state), ContentReference("more", state)]
            )
        }
    }
}

/// Leaves with fresh random words each time: two of `stateBytes`, one for each transition of the visit.
private struct PerfNode: Node {
    let stateBytes: Int

    func step(_ visit: NodeVisit) -> NodeStep {
        var seed = UInt64(visit.activation.id)
        for byte in visit.run.id.rawValue.utf8 { seed = seed &* 0x100_0000_01B3 ^ UInt64(byte) }
        var generator = PerfGenerator(seed: seed)
        var update = Update()
        update.words = [
            ("state", Words(bytes: generator.bytes(stateBytes))),
            ("more", Words(bytes: generator.bytes(stateBytes))),
        ]
        return .leave("again", update)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the system's generator is a system call for each number.
struct PerfGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var index = 0
            while index < count {
                var word = next()
                for _ in 0..<min(8, count - index) {
                    buffer[index] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                    index += 1
                }
            }
            filled = count
        }
    }
}
