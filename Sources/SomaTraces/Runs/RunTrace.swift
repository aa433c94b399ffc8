public import SomaCore

/// Makes a trace of runs' own logs, so that the waterfall needs no Jaeger.
///
/// What is a span: the run, each visit of a node, each try of a model or tool call, each wait for a person, each
/// delegation (with the child's run inside it where its log is at hand) and each pause. Ids are those of
/// ``TraceIdentity``, so what the daemon exported and what a log gives are the same spans.
///
/// Feed it each log's transitions in the order of their seq; logs of different runs may be mixed.
public struct RunTrace: Sendable {
    var trace: Trace
    let root: RunID
    /// Whether the root is part of its caller's span, which is in nobody's log.
    private let hasCaller: Bool
    /// What goes on, by run and the seq that its end will name.
    var open: [Key: Int] = [:]
    /// The span of each visit, for what goes on in it, also after its end.
    var visits: [Key: SpanID] = [:]
    /// What was asked for and hasn't begun: the effects' kinds and names.
    var requests: [Key: Request] = [:]
    /// The last try of each effect, for what is charged to it afterwards.
    var tries: [Key: Int] = [:]
    var runs: [RunID: Int] = [:]
    /// The span in which each child was delegated.
    var delegations: [RunID: SpanID] = [:]
    /// The call that each result or charge is about.
    var calls: [Key: SpanID] = [:]
    var latest: Int64 = 0
    var resources: [String: Int32] = [:]

    struct Key: Hashable {
        var run: RunID
        var seq: Int
    }

    struct Request {
        var isModel: Bool
        var name: String
        var activation: Int?
    }

    /// Stands for the pause among what is open; no transition has this seq.
    static let pause = -1

    /// Begins with nothing.
    /// - Parameters:
    ///   - root: The run whose trace it is.
    ///   - hasCaller: Whether the root's span names the span of whoever asked for the run as its parent. Among the logs alone
    ///     nothing has that id.
    public init(root: RunID, hasCaller: Bool = false) {
        self.root = root
        self.hasCaller = hasCaller
        trace = Trace(id: TraceIdentity.trace(of: root))
        trace.set.scopes = [TraceScope(name: "soma")]
    }

    /// The trace of a log, with children whose logs are there.
    public static func trace(of root: RunID, _ logs: [[Transition]]) -> Trace {
        var fold = RunTrace(root: root)
        for log in logs { for transition in log { fold.append(transition) } }
        return fold.value()
    }

    /// The trace so far. What still goes on lasts until the latest moment that was seen, or until `now`.
    /// - Parameter now: A later moment up to which what goes on has gone.
    public func value(now: Timestamp? = nil) -> Trace {
        var trace = trace
        let end = max(latest, now.map(Self.nanoseconds) ?? 0)
        for index in open.values.sorted() {
            trace.set.spans[index].duration = max(0, end - trace.set.spans[index].start)
            trace.set.spans[index].attributes.append(Attribute("soma.open", .bool(true)))
        }
        // Whose first transition told another trace id takes all spans there.
        for index in trace.set.spans.indices { trace.set.spans[index].trace = trace.id }
        return trace
    }

    /// The span that a transition belongs to: what it began or ended, the last try of what it asked for, else the visit that it happened in, else its run.
    /// For going from any transition that was taken in to its span.
    public func span(for transition: Transition) -> SpanID {
        let run = transition.run
        let body = transition.body
        func began(_ key: String) -> SpanID? { body[key]?.int.map { TraceIdentity.span(of: run, seq: $0) } }
        let span: SpanID? =
            switch transition.kind {
            case .nodeEntered, .effectStarted, .interruptOpened, .childSpawned, .runPaused:
                TraceIdentity.span(of: run, seq: transition.seq)
            case .effectRequested: tries[Key(run: run, seq: transition.seq)].map { trace.set.spans[$0].id }
            case .effectFinished, .effectInDoubt, .budgetCharged: calls[Key(run: run, seq: transition.seq)]
            case .interruptClosed: began("interrupt")
            case .childFinished: began("request")
            default: began("activation")
            }
        return span ?? began("activation") ?? TraceIdentity.span(of: run)
    }

    /// Takes in a transition.
    public mutating func append(_ transition: Transition) {
        let at = Self.nanoseconds(transition.at)
        latest = max(latest, at)
        if runs[transition.run] == nil { beginRun(transition, at) }
        let run = transition.run
        let body = transition.body
        switch transition.kind {
        case .nodeEntered:
            let id = begin(transition, at, name: transition.node ?? "node", in: nil)
            visits[Key(run: run, seq: transition.seq)] = id
        case .nodeLeft: end(run, body["activation"]?.int, at, ["outcome": body["outcome"]])
        case .effectRequested:
            requests[Key(run: run, seq: transition.seq)] = Request(
                isModel: body["effect"]?.string == "model",
                name: body["name"]?.string ?? "effect",
                activation: body["activation"]?.int
            )
        case .effectStarted: beginTry(transition, at)
        case .effectFinished, .effectInDoubt: endTry(transition, at)
        case .interruptOpened:
            let question = body["question"]?.string ?? "answer"
            begin(
                transition,
                at,
                name: "wait for \(question)",
                in: body["activation"]?.int ?? transition.cause
            )
        case .interruptClosed:
            let isRefused = body["answer"]?.string == "rejected"
            end(
                run,
                body["interrupt"]?.int,
                at,
                ["answer": body["answer"]],
                failed: isRefused ? "rejected" : nil
            )
        case .childSpawned:
            let role = body["role"]?.string ?? "child"
            begin(
                transition,
                at,
                name: "delegate to \(role)",
                in: body["activation"]?.int ?? transition.cause
            )
            annotate(Key(run: run, seq: transition.seq), "soma.child.id", body["child"])
        case .childFinished:
            let status = body["status"]?.string ?? ""
            let hasFailed = status != RunStatus.completed.rawValue
            end(run, body["request"]?.int, at, ["status": body["status"]], failed: hasFailed ? status : nil)
        case .runPaused:
            end(run, Self.pause, at)
            begin(transition, at, name: "pause", in: nil, key: Self.pause)
        case .runResumed: end(run, Self.pause, at)
        case .budgetCharged: charge(transition)
        case .planRevised, .verifyJudged, .factObserved: event(transition, at)
        case .runCompleted, .runFailed, .runCancelled: endRun(transition, at)
        default: break
        }
    }

    static func nanoseconds(_ time: Timestamp) -> Int64 {
        let (product, overflow) = max(0, time.microseconds).multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }

    // MARK: Runs

    mutating func beginRun(_ first: Transition, _ at: Int64) {
        if first.run == root { trace.id = TraceIdentity.trace(of: first) }
        var span = TraceSpan(
            trace: trace.id,
            id: TraceIdentity.span(of: first.run),
            parent: nil,
            name: first.agent.isEmpty ? "run" : "invoke_agent \(first.agent)",
            start: at,
            duration: 0
        )
        span.kind = .internal
        if first.run != root || hasCaller { span.parent = parent(of: first) }
        span.attributes = [
            Attribute("soma.run.id", .string(first.run.rawValue)),
            Attribute("gen_ai.operation.name", .string("invoke_agent")),
            Attribute("gen_ai.agent.name", .string(first.agent)),
        ]
        if let talk = first.body["document"]?[RunState.conversationKey]?["id"]?.string {
            span.attributes.append(Attribute("gen_ai.conversation.id", .string(talk)))
        }
        if hasCaller, let state = first.body["tracestate"]?.string { span.traceState = state }
        if first.kind == .runForked { fork(first, &span) }
        span.resource = resource(first.agent)
        runs[first.run] = trace.set.spans.count
        open[Key(run: first.run, seq: 0)] = trace.set.spans.count
        trace.set.spans.append(span)
    }

    /// A fork is linked with what it goes on from.
    private func fork(_ first: Transition, _ span: inout TraceSpan) {
        guard let origin = first.body["from"]?.string.map(RunID.init) else { return }
        let given = first.body["origin_trace"]?.string.flatMap { $0.utf8.count == 32 ? TraceID($0) : nil }
        span.links.append(
            SpanLink(
                trace: given ?? TraceIdentity.trace(of: origin),
                span: TraceIdentity.span(of: origin),
                kind: .followsFrom
            )
        )
        span.attributes.append(Attribute("soma.fork.run.id", .string(origin.rawValue)))
        if let at = first.body["at"]?.int {
            span.attributes.append(Attribute("soma.fork.seq", .int(Int64(at))))
        }
    }

    /// What a run is part of: what its log says, else what its parent's does.
    private func parent(of first: Transition) -> SpanID? {
        if let text = first.span, text.utf8.count == 16, let id = SpanID(text), !id.isZero { return id }
        return first.parent.map { delegation(of: first.run, by: $0) }
    }

    /// The span in which a run was delegated, or its parent's run where that isn't known.
    func delegation(of child: RunID, by parent: RunID) -> SpanID {
        delegations[child] ?? TraceIdentity.span(of: parent)
    }

    mutating func endRun(_ last: Transition, _ at: Int64) {
        let hasFailed = last.kind != .runCompleted
        let reason = (last.body["code"] ?? last.body["reason"])?.string ?? last.kind.name
        for key in open.keys.filter({ $0.run == last.run && $0.seq != 0 }).sorted(by: { $0.seq < $1.seq }) {
            end(last.run, key.seq, at)
        }
        end(last.run, 0, at, ["outcome": last.body["outcome"]], failed: hasFailed ? reason : nil)
    }

    mutating func resource(_ agent: String) -> Int32 {
        if let index = resources[agent] { return index }
        let index = Int32(trace.set.resources.count)
        trace.set.resources.append(TraceResource(service: agent.isEmpty ? "soma" : agent))
        resources[agent] = index
        return index
    }
}
