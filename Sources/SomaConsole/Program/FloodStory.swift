import SomaCore

/// Made-up runs at work, for measurements: they enter nodes, call tools, ask people, are charged and now and then end.
///
/// The same parameters always tell the same. Small: what has been told is not kept.
struct FloodStory: Sendable {
    private struct Run: Sendable {
        let id: RunID
        let role: String
        var parent: RunID?
        var seq = 0
        var phase = Phase.left
        var activation = 0
        var effect = 0
        var question = 0
    }

    private enum Phase: Sendable { case left, entered, requested, asked, started, finished, charged, over }

    private var runs: [Run] = []
    private var random: FloodRandom
    private var clock: Timestamp
    /// How long the story's time goes on with each transition.
    private let pace: Duration

    /// Describes runs.
    /// - Parameters:
    ///   - count: How many there are.
    ///   - start: When the first transition happens.
    ///   - pace: How much later each next one is.
    init(runs count: Int, start: Timestamp, pace: Duration) {
        random = FloodRandom(state: 11)
        clock = start
        self.pace = pace
        let roles = ["researcher", "coder", "operator"]
        for number in 0..<count {
            var run = Run(id: .random(using: &random), role: roles[number % 3])
            // Every tenth run was delegated by one of the nine before it.
            if number % 10 == 9 { run.parent = runs[number - 1 - Int(random.next() % 9)].id }
            runs.append(run)
        }
    }

    /// The words of a run's goal.
    static func goal(_ number: Int) -> (id: ContentID, text: String) {
        (
            ContentID(high: 7, low: UInt64(number)),
            "Survey the source folder number \(number) and report on what has changed there."
        )
    }

    /// The first transitions of each run: it starts, plans, and enters a node.
    mutating func openings(_ tell: (Transition) -> Void) {
        for number in runs.indices {
            let limits = Limits(tokens: 500_000, microdollars: 5_000_000, steps: 10_000)
            tell(
                next(
                    number,
                    .runStarted,
                    ["graph": "cognition", "entry": "Plan", "limits": limits.record],
                    [ContentReference("goal", Self.goal(number).id)]
                )
            )
            let steps = JSON.array((1...5).map { ["name": .string("s\($0)")] })
            tell(next(number, .planRevised, ["revision": 1, "steps": steps]))
            tell(advance(number))
        }
    }

    /// The next transition of any run that has not ended; `nil` where all have.
    mutating func next() -> Transition? {
        guard !runs.isEmpty else { return nil }
        let first = Int(random.next() % UInt64(runs.count))
        for offset in runs.indices {
            let number = (first + offset) % runs.count
            guard runs[number].phase != .over else { continue }
            return advance(number)
        }
        return nil
    }

    private mutating func advance(_ number: Int) -> Transition {
        let run = runs[number]
        switch run.phase {
        case .left, .over:
            runs[number].phase = .entered
            let transition = next(number, .nodeEntered, ["from": "Plan"])
            runs[number].activation = transition.seq
            return transition
        case .entered:
            runs[number].phase = .requested
            let transition = next(
                number,
                .effectRequested,
                ["activation": JSON(run.activation), "effect": "tool", "name": "search", "class": "read"],
                [ContentReference("arguments", ContentID(high: 8, low: random.next()))]
            )
            runs[number].effect = transition.seq
            return transition
        case .requested where random.next() % 20 == 0:
            runs[number].phase = .asked
            let transition = next(
                number,
                .interruptOpened,
                ["activation": JSON(run.activation), "question": "approve", "effect": JSON(run.effect)]
            )
            runs[number].question = transition.seq
            return transition
        case .asked:
            runs[number].phase = .requested
            return next(number, .interruptClosed, ["interrupt": JSON(run.question), "answer": "approved"])
        case .requested:
            runs[number].phase = .started
            return next(number, .effectStarted, ["effect": JSON(run.effect)])
        case .started:
            runs[number].phase = .finished
            return next(
                number,
                .effectFinished,
                ["effect": JSON(run.effect), "ok": .bool(random.next() % 16 != 0), "us": 300_000],
                [ContentReference("result", ContentID(high: 9, low: random.next()))]
            )
        case .finished:
            runs[number].phase = .charged
            let tokens = Int(random.next() % 4_000)
            return next(
                number,
                .budgetCharged,
                ["tokens": JSON(tokens), "microdollars": JSON(tokens * 3), "effect": JSON(run.effect)]
            )
        case .charged:
            guard random.next() % 200 != 0 else {
                runs[number].phase = .over
                return random.next() % 4 == 0
                    ? next(number, .runFailed, ["code": "tool-failed"]) : next(number, .runCompleted)
            }
            runs[number].phase = .left
            return next(
                number,
                .nodeLeft,
                ["activation": JSON(run.activation), "outcome": "done", "next": [["node": "Execute"]]]
            )
        }
    }

    private mutating func next(
        _ number: Int,
        _ kind: TransitionKind,
        _ body: JSONObject = [:],
        _ content: [ContentReference] = []
    ) -> Transition {
        clock = clock + pace
        runs[number].seq += 1
        let run = runs[number]
        return Transition(
            run: run.id,
            seq: run.seq,
            at: clock,
            kind: kind,
            agent: run.role,
            parent: run.parent,
            node: "Execute",
            body: body,
            content: content
        )
    }
}

/// Random numbers that are the same for the same seed: SplitMix64
/// (https://prng.di.unimi.it/splitmix64.c, by Sebastiano Vigna).
struct FloodRandom: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
