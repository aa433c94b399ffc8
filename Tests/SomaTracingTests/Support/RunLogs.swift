import SomaCore

/// Numbers that only look random: the same ones for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Logs of runs, as an engine writes them.
enum RunLogs {
    static func transition(
        _ seq: Int,
        _ milliseconds: Int64,
        _ kind: TransitionKind,
        run: String = "r",
        node: String? = nil,
        attempt: Int = 0,
        _ body: JSONObject = [:]
    ) -> Transition {
        Transition(
            run: RunID(run),
            seq: seq,
            at: Timestamp(microseconds: 1_700_000_000_000_000 + milliseconds * 1000),
            kind: kind,
            agent: "coder",
            node: node,
            attempt: attempt,
            body: body
        )
    }

    /// A run that goes through nodes with calls, waits and pauses, and ends.
    static func log(_ run: String, seed: UInt64, end: TransitionKind = .runCompleted) -> [Transition] {
        var random = Seeded(seed)
        var log: [Transition] = []
        var time: Int64 = 0
        func add(
            _ kind: TransitionKind,
            node: String? = nil,
            attempt: Int = 0,
            _ body: JSONObject = [:]
        ) -> Int {
            time += Int64.random(in: 0...40, using: &random)
            let seq = log.count + 1
            log.append(transition(seq, time, kind, run: run, node: node, attempt: attempt, body))
            return seq
        }
        _ = add(.runStarted)
        for visit in 0..<Int.random(in: 1...5, using: &random) {
            let node = "Node\(visit)"
            let activation = add(.nodeEntered, node: node)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    let isModel = Bool.random(using: &random)
                    let effect = add(
                        .effectRequested,
                        node: node,
                        [
                            "activation": JSON(activation), "effect": isModel ? "model" : "tool",
                            "name": isModel ? "m-1" : "shell",
                        ]
                    )
                    let tries = Int.random(in: 1...2, using: &random)
                    for attempt in 1...tries {
                        _ = add(.effectStarted, node: node, attempt: attempt, ["effect": JSON(effect)])
                        _ = add(
                            .effectFinished,
                            node: node,
                            attempt: attempt,
                            [
                                "effect": JSON(effect), "ok": .bool(attempt == tries),
                                "status": attempt == tries ? "ok" : "error",
                                "detail": ["input": 100, "output": 20, "provider": "127.0.0.1:8000"],
                            ]
                        )
                        _ = add(.budgetCharged, attempt: attempt, ["effect": JSON(effect), "tokens": 120])
                    }
                case 2:
                    let question = add(
                        .interruptOpened,
                        node: node,
                        ["activation": JSON(activation), "question": "approve"]
                    )
                    _ = add(.interruptClosed, ["interrupt": JSON(question), "answer": "approved"])
                default:
                    _ = add(.runPaused, ["reason": "person"])
                    _ = add(.runResumed, ["after": "pause"])
                }
            }
            _ = add(.nodeLeft, node: node, ["activation": JSON(activation), "outcome": "next"])
        }
        _ = add(end, ["code": "broken"])
        return log
    }
}
