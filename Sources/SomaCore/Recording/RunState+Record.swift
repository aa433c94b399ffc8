/// A run's state in keyframes and in the index: what equals a new state's value is left out.
///
/// Written by hand because a seek reads up to thousands of them within a frame or two; a test compares the
/// members with the type's, so that none is forgotten.
extension RunState {
    package var record: JSON {
        var object = RecordWriter()
        object.add("id", id.rawValue)
        object.add("seq", seq)
        object.add("tenant", tenant)
        object.add("subject", subject)
        object.add("role", role)
        object.add("parent", parent?.rawValue)
        object.add("depth", depth)
        object.add("trace", trace)
        if let isTraceSampled { object.add("sampled", .bool(isTraceSampled)) }
        object.add("tracestate", traceState)
        if let origin { object.add("origin", [JSON(origin.run.rawValue), JSON(origin.seq)] as JSON) }
        object.add("started", Int(startedAt.microseconds))
        object.add("last", Int(lastAt.microseconds))
        object.add("status", status.rawValue)
        object.add("since", Int(statusSince.microseconds))
        object.add("reason", statusReason)
        object.add("goal", goal)
        object.add("outcome", outcome)
        object.add("graph", graph)
        let pins = pins.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        if !pins.isEmpty { object.add("pins", .object(JSONObject(pins))) }
        object.add("activations", activations.map(\.record))
        object.add("entries", entries.map(\.record))
        object.add("arrivals", arrivals.map { [JSON($0.node), $0.branch.compact] })
        if !document.isEmpty { object.add("document", .object(document)) }
        if plan != Plan() { object.add("plan", plan.record) }
        if budget != Budget() { object.add("budget", budget.record) }
        if repetition.count != 0 {
            let words = repetition.arguments.map { JSON("\($0)") } ?? .null
            object.add("repetition", [JSON(repetition.name), words, JSON(repetition.count)] as JSON)
        }
        object.add("visits", visits.map(\.record))
        if counts != Counts() { object.add("counts", .array(counts.record)) }
        object.add("held", Int(heldMicroseconds))
        object.add("children", children.map { JSON($0.rawValue) })
        if let verdict { object.add("verdict", verdict.record) }
        object.add("unsettled", unsettled.map { [JSON($0.effect), JSON($0.attempt)] })
        return object.json
    }

    package init(record: JSON) {
        let object = record.object ?? JSONObject()
        self.init(id: RunID(object["id"]?.string ?? ""))
        for member in object.members { read(member.key, member.value) }
    }

    private mutating func read(_ key: String, _ value: JSON) {
        switch key {
        case "seq": seq = value.int ?? 0
        case "tenant": tenant = value.string ?? ""
        case "subject": subject = value.string ?? ""
        case "role": role = value.string ?? ""
        case "parent": parent = value.string.map(RunID.init)
        case "depth": depth = value.int ?? 0
        case "trace": trace = value.string
        case "sampled": isTraceSampled = value.bool
        case "tracestate": traceState = value.string.flatMap(TraceContext.state)
        case "origin":
            guard let run = value[0]?.string, let seq = value[1]?.int else { return }
            origin = Origin(run: RunID(run), seq: seq)
        case "started": startedAt = Timestamp(record: value)
        case "last": lastAt = Timestamp(record: value)
        case "status": status = value.string.flatMap(RunStatus.init) ?? .unknown
        case "since": statusSince = Timestamp(record: value)
        case "reason": statusReason = value.string ?? ""
        case "goal": goal = ContentID(record: value)
        case "outcome": outcome = ContentID(record: value)
        case "graph": graph = value.string ?? ""
        case "pins":
            for member in value.object?.members ?? [] { pins[member.key] = member.value.string }
        case "activations": activations = (value.array ?? []).map { Activation(record: $0) }
        case "entries": entries = (value.array ?? []).map { Entry(record: $0) }
        case "arrivals":
            arrivals = (value.array ?? []).compactMap { arrival in
                guard let node = arrival[0]?.string,
                    let branch = arrival[1].flatMap({ Activation.Branch.read($0) })
                else { return nil }
                return Arrival(node: node, branch: branch)
            }
        case "document": document = value.object ?? JSONObject()
        case "plan": plan = Plan(record: value)
        case "budget": budget = Budget(record: value)
        case "repetition":
            repetition = Repetition(
                name: value[0]?.string ?? "",
                arguments: value[1].flatMap { ContentID(record: $0) },
                count: value[2]?.int ?? 0
            )
        case "visits": visits = (value.array ?? []).map { Visit(record: $0) }
        case "counts": counts = Counts(record: value.array ?? [])
        case "held": heldMicroseconds = Int64(value.int ?? 0)
        case "children": children = (value.array ?? []).compactMap { $0.string.map(RunID.init) }
        case "verdict": verdict = Verdict(record: value)
        case "unsettled":
            unsettled = (value.array ?? []).suffix(RunState.unsettledMax).compactMap {
                guard let effect = $0[0]?.int, let attempt = $0[1]?.int else { return nil }
                return Try(effect: effect, attempt: attempt)
            }
        default: break
        }
    }

    /// What the index keeps of a run that has ended: its numbers, not its way.
    package var summary: RunState {
        guard status.isTerminal else { return self }
        var summary = self
        summary.document = JSONObject()
        summary.visits = []
        summary.pins = [:]
        summary.plan.steps = []
        return summary
    }
}

/// Gathers an object's members, leaving out what is empty.
struct RecordWriter {
    private var members: [JSONObject.Member] = []

    var json: JSON { .object(JSONObject(members: members)) }

    mutating func add(_ key: String, _ value: JSON) { members.append(.init(key: key, value: value)) }
    mutating func add(_ key: String, _ value: Int) { if value != 0 { add(key, .int(Int64(value))) } }
    mutating func add(_ key: String, _ value: String) { if !value.isEmpty { add(key, .string(value)) } }
    mutating func add(_ key: String, _ value: String?) { if let value { add(key, .string(value)) } }
    mutating func add(_ key: String, _ value: ContentID?) {
        if let value { add(key, .string(value.description)) }
    }
    mutating func add(_ key: String, _ values: [JSON]) { if !values.isEmpty { add(key, .array(values)) } }
}

extension Timestamp {
    init(record: JSON) { self.init(microseconds: Int64(record.int ?? 0)) }
}

extension ContentID {
    init?(record: JSON) {
        guard let text = record.string else { return nil }
        self.init(text)
    }
}

extension Usage {
    /// The amounts in a fixed order.
    var compact: JSON { [JSON(tokens), JSON(microdollars), JSON(steps)] }

    init(compact: JSON?) {
        self.init(
            tokens: compact?[0]?.int ?? 0,
            microdollars: compact?[1]?.int ?? 0,
            steps: compact?[2]?.int ?? 0
        )
    }
}

extension Budget {
    var record: JSON {
        var object = RecordWriter()
        if limits != Limits() { object.add("limits", limits.record) }
        if !spent.isZero { object.add("spent", spent.compact) }
        if !reserved.isZero { object.add("reserved", reserved.compact) }
        return object.json
    }

    init(record: JSON) {
        self.init(
            limits: record["limits"]?.object.map { Limits($0) } ?? Limits(),
            spent: Usage(compact: record["spent"]),
            reserved: Usage(compact: record["reserved"])
        )
    }
}

extension Plan {
    var record: JSON {
        var object = RecordWriter()
        object.add("revision", revision)
        object.add(
            "steps",
            steps.map { [JSON($0.name), JSON($0.state.rawValue), JSON($0.tries)] as JSON }
        )
        object.add("words", words)
        return object.json
    }

    init(record: JSON) {
        self.init()
        revision = record["revision"]?.int ?? 0
        steps = (record["steps"]?.array ?? []).map { step in
            Step(
                name: step[0]?.string ?? "",
                state: step[1]?.string.flatMap(StepState.init) ?? .pending,
                tries: step[2]?.int ?? 0
            )
        }
        words = record["words"].flatMap { ContentID(record: $0) }
    }
}

extension RunState.Entry {
    var record: JSON {
        var object = RecordWriter()
        object.add("node", node)
        object.add("from", from)
        object.add("via", via)
        object.add("branches", branches.map(\.compact))
        return object.json
    }

    init(record: JSON) {
        self.init(
            node: record["node"]?.string ?? "",
            from: record["from"]?.string,
            via: record["via"]?.string ?? "",
            branches: (record["branches"]?.array ?? []).compactMap { Activation.Branch.read($0) }
        )
    }
}

extension RunState.Visit {
    var record: JSON {
        [
            JSON(node), JSON(count), .int(microseconds),
            .array(passes.map { [JSON($0.via), JSON($0.to), JSON($0.count)] as JSON }),
        ]
    }

    init(record: JSON) {
        self.init(
            node: record[0]?.string ?? "",
            count: record[1]?.int ?? 0,
            microseconds: Int64(record[2]?.int ?? 0),
            passes: (record[3]?.array ?? []).map { pass in
                RunState.Pass(
                    via: pass[0]?.string ?? "",
                    to: pass[1]?.string ?? "",
                    count: pass[2]?.int ?? 0
                )
            }
        )
    }
}

extension RunState.Verdict {
    var record: JSON {
        var object = RecordWriter()
        object.add("accepted", .bool(accepted))
        if let step { object.add("step", JSON(step)) }
        object.add("at", Int(at.microseconds))
        object.add("evidence", evidence)
        return object.json
    }

    init(record: JSON) {
        self.init(
            accepted: record["accepted"]?.bool ?? false,
            step: record["step"]?.int,
            at: Timestamp(record: record["at"] ?? .null),
            evidence: record["evidence"].flatMap { ContentID(record: $0) }
        )
    }
}

extension RunState.Counts {
    private static let fields: [any WritableKeyPath<RunState.Counts, Int> & Sendable] = [
        \.effectsSucceeded, \.effectsFailed, \.retries, \.accepted, \.rejected, \.replans, \.facts,
        \.questions,
        \.children, \.recoveries, \.unknown,
    ]

    /// The counts in the order of their declaration.
    var record: [JSON] { Self.fields.map { JSON(self[keyPath: $0]) } }

    init(record: [JSON]) {
        self.init()
        for (field, value) in zip(Self.fields, record) { self[keyPath: field] = value.int ?? 0 }
    }
}
