import SomaCore
import SomaTesting

/// Transitions of any kind with any body, some of which make sense.
struct RandomTransitions {
    var generator: SeededGenerator
    let runs: [RunID]
    private var seqs: [RunID: Int] = [:]

    static let strings = [
        "", "Plan", "Execute", "tool", "model", "once", "read", "ok", "error", "approved", "answered",
        "rejected",
        "completed", "failed", "crash", "clock", "budget", "\u{0}", "é漢🧭", "\u{FFFD}", "x\"y\\z\n",
    ]
    static let numbers: [Int64] = [0, 1, 2, 3, 5, 8, 13, 250_000, -1, .max, .min]
    static let keys = [
        "activation", "effect", "ok", "status", "retry", "detail", "reserve", "tokens", "microdollars",
        "steps",
        "seconds", "limits", "entry", "graph", "depth", "pins", "document", "next", "arrives", "joined",
        "outcome",
        "set", "append", "add", "revision", "count", "accepted", "step", "happened", "interrupt", "answer",
        "child",
        "request", "usage", "role", "open", "late", "jumped", "startedAt", "started", "class", "name",
        "after", "reason", "code", "from", "at", "branches",
        "odd",
    ]

    init(seed: UInt64, runs: Int = 3) {
        generator = SeededGenerator(seed)
        self.runs = (0..<runs).map { RunID("run\($0)") }
    }

    mutating func value(depth: Int = 0) -> JSON {
        switch Int.random(in: 0..<(depth > 2 ? 6 : 9), using: &generator) {
        case 0: .null
        case 1: .bool(generator.happens(50))
        case 2, 3: .int(generator.pick(Self.numbers))
        case 4: .string(generator.pick(Self.strings))
        case 5: .double(generator.pick([0.5, -1e300, 1e300, 3]))
        case 6: .array((0..<Int.random(in: 0...3, using: &generator)).map { _ in value(depth: depth + 1) })
        default: .object(object(depth: depth + 1))
        }
    }

    mutating func object(depth: Int = 0) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            object[generator.pick(Self.keys)] = value(depth: depth)
        }
        return object
    }

    /// A body that a run could have, with numbers that mostly name something there is.
    private mutating func sensible(_ kind: TransitionKind, _ seq: Int) -> JSONObject {
        func earlier() -> JSON { JSON(max(1, seq - Int.random(in: 1...6, using: &generator))) }
        var body: JSONObject = ["activation": earlier(), "effect": earlier(), "interrupt": earlier()]
        body["request"] = earlier()
        body["ok"] = .bool(generator.happens(60))
        if generator.happens(20) { body["retry"] = 1000 }
        body["tokens"] = JSON(Int.random(in: 0...500, using: &generator))
        body["reserve"] = ["tokens": JSON(Int.random(in: 0...500, using: &generator))]
        body["child"] = .string(generator.pick(runs).rawValue)
        body["status"] = .string(generator.pick(["completed", "failed"]))
        body["answer"] = .string(generator.pick(["approved", "answered", "rejected"]))
        body["outcome"] = "next"
        body["next"] = [["node": "Execute"]]
        body["set"] = ["k": value()]
        body["append"] = ["facts": value()]
        body["add"] = ["sum": 2]
        body["accepted"] = .bool(generator.happens(50))
        body["happened"] = .bool(generator.happens(50))
        body["entry"] = "Plan"
        if kind == .effectRequested { body["effect"] = .string(generator.pick(["tool", "model"])) }
        if kind == .planRevised { body["steps"] = [["name": "one"], ["name": "two", "state": "active"]] }
        if kind == .nodeLeft { body["steps"] = [["index": 1, "state": "done", "tries": 2]] }
        if kind == .interruptOpened, generator.happens(50) { body["effect"] = nil }
        return body
    }

    mutating func next() -> Transition {
        let run = generator.pick(runs)
        var seq = seqs[run, default: 0] + 1
        if generator.happens(3) { seq += Int.random(in: 1...3, using: &generator) }
        if generator.happens(3) { seq = max(1, seq - Int.random(in: 1...3, using: &generator)) }
        seqs[run] = max(seq, seqs[run, default: 0])
        let isEnd = generator.happens(1)
        let kinds =
            TransitionKind.known.filter { $0.isTerminal == isEnd } + (isEnd ? [] : [.unknown("new.thing")])
        let kind = seq == 1 && generator.happens(90) ? .runStarted : generator.pick(kinds)
        let at =
            Int64(seqs.values.reduce(0, +)) * 250_000
            + Int64.random(in: -400_000...400_000, using: &generator)
        return Transition(
            run: run,
            seq: seq,
            at: Timestamp(microseconds: 1_767_600_000_000_000 + at),
            kind: kind,
            tenant: generator.happens(90) ? "local" : "acme",
            subject: "local",
            agent: generator.pick(["coder", "operator", ""]),
            parent: generator.happens(10) ? generator.pick(runs) : nil,
            node: generator.happens(80) ? generator.pick(["Plan", "Execute", "Verify", "é漢"]) : nil,
            attempt: generator.happens(30) ? generator.pick([1, 2, .max]) : 0,
            cause: generator.happens(50) ? seq - 1 : nil,
            more: generator.happens(20) ? generator.pick([1, 2, 1000, .max]) : 0,
            trace: generator.happens(50) ? "0af7651916cd43dd8448eb211c80319c" : nil,
            span: generator.happens(50) ? "b7ad6b7169203331" : nil,
            body: generator.happens(25) ? object() : sensible(kind, seq),
            content: generator.happens(30)
                ? [ContentReference("result", ContentID(high: generator.next(), low: generator.next()))] : [],
            unknown: generator.happens(10) ? ["priority": value(), "data": ["extra": value()]] : [:]
        )
    }
}
