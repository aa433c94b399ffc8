import SomaCore

/// How spans begin and end.
extension RunTrace {
    // MARK: Effects

    mutating func beginTry(_ transition: Transition, _ at: Int64) {
        guard let effect = transition.body["effect"]?.int else { return }
        let key = Key(run: transition.run, seq: effect)
        let request = requests[key] ?? Request(isModel: false, name: "effect", activation: nil)
        end(transition.run, effect, at)
        let name = (request.isModel ? "chat " : "execute_tool ") + request.name
        begin(transition, at, name: name, in: request.activation ?? transition.cause, key: effect)
        guard let index = open[key] else { return }
        tries[key] = index
        if request.isModel { trace.set.spans[index].kind = .client }
        trace.set.spans[index].attributes += [
            Attribute("gen_ai.operation.name", .string(request.isModel ? "chat" : "execute_tool")),
            Attribute(request.isModel ? "gen_ai.request.model" : "gen_ai.tool.name", .string(request.name)),
            Attribute("soma.attempt", .int(Int64(transition.attempt))),
        ]
        // Every endpoint is spoken to as OpenAI's are; which one it is, `server.address` says.
        let more =
            request.isModel
            ? [Attribute("gen_ai.provider.name", .string("openai"))]
            : [
                Attribute("gen_ai.tool.type", .string("function")),
                Attribute("gen_ai.tool.call.id", .string("\(transition.run)/\(effect)")),
            ]
        trace.set.spans[index].attributes += more
    }

    mutating func endTry(_ transition: Transition, _ at: Int64) {
        let body = transition.body
        let status = transition.kind == .effectInDoubt ? "in doubt" : body["status"]?.string ?? ""
        let hasFailed = transition.kind == .effectInDoubt || body["ok"]?.bool != true
        if let effect = body["effect"]?.int, let index = tries[Key(run: transition.run, seq: effect)] {
            calls[Key(run: transition.run, seq: transition.seq)] = trace.set.spans[index].id
            trace.set.spans[index].attributes += Self.facts(body["detail"])
        }
        end(
            transition.run,
            body["effect"]?.int,
            at,
            ["status": body["status"]],
            failed: hasFailed ? status : nil
        )
    }

    /// What is known of a call beside its words, by the names of OpenTelemetry's conventions for generative AI.
    private static func facts(_ detail: JSON?) -> [Attribute] {
        var facts: [Attribute] = []
        func add(_ name: String, _ value: AttributeValue?) {
            if let value { facts.append(Attribute(name, value)) }
        }
        add("gen_ai.response.model", detail?["model"]?.string.map(AttributeValue.string))
        add("gen_ai.usage.input_tokens", detail?["input"]?.int.map { .int(Int64($0)) })
        add("gen_ai.usage.output_tokens", detail?["output"]?.int.map { .int(Int64($0)) })
        add(
            "gen_ai.response.finish_reasons",
            detail?["finish"]?.string.map { .array([.string($0)]) }
        )
        if let provider = detail?["provider"]?.string {
            let port = provider.lastIndex(of: ":").flatMap { colon in
                Int64(provider[provider.index(after: colon)...]).map { (colon, $0) }
            }
            add("server.address", .string(port.map { String(provider[..<$0.0]) } ?? provider))
            add("server.port", port.map { .int($0.1) })
        }
        add("process.exit.code", detail?["exit"]?.int.map { .int(Int64($0)) })
        return facts
    }

    mutating func charge(_ transition: Transition) {
        guard let effect = transition.body["effect"]?.int,
            let index = tries[Key(run: transition.run, seq: effect)]
        else { return }
        calls[Key(run: transition.run, seq: transition.seq)] = trace.set.spans[index].id
        for key in ["tokens", "microdollars"] {
            guard let amount = transition.body[key]?.int else { continue }
            trace.set.spans[index].attributes.append(Attribute("soma.\(key)", .int(Int64(amount))))
        }
    }

    mutating func event(_ transition: Transition, _ at: Int64) {
        let activation = transition.body["activation"]?.int ?? transition.cause
        let visit = activation.flatMap { open[Key(run: transition.run, seq: $0)] }
        guard let index = visit ?? runs[transition.run] else { return }
        trace.set.spans[index].events.append(
            SpanEvent(
                at: at,
                name: transition.kind.name,
                attributes: [Attribute("soma.seq", .int(Int64(transition.seq)))]
            )
        )
    }

    // MARK: Spans

    /// Begins a span.
    /// - Parameters:
    ///   - activation: The visit that it happens in; `nil` for the run.
    ///   - key: The seq that its end will name; the transition's own by default.
    @discardableResult
    mutating func begin(
        _ transition: Transition,
        _ at: Int64,
        name: String,
        in activation: Int?,
        key: Int? = nil
    ) -> SpanID {
        let run = transition.run
        let visit = activation.flatMap { visits[Key(run: run, seq: $0)] }
        var span = TraceSpan(
            trace: trace.id,
            id: TraceIdentity.span(of: run, seq: transition.seq),
            parent: visit ?? TraceIdentity.span(of: run),
            name: name,
            start: at,
            duration: 0
        )
        span.kind = .internal
        span.resource = resource(transition.agent)
        span.attributes = [
            Attribute("soma.run.id", .string(run.rawValue)),
            Attribute("soma.seq", .int(Int64(transition.seq))),
        ]
        open[Key(run: run, seq: key ?? transition.seq)] = trace.set.spans.count
        trace.set.spans.append(span)
        return span.id
    }

    mutating func annotate(_ key: Key, _ name: String, _ value: JSON?) {
        guard let value, let index = open[key] else { return }
        trace.set.spans[index].attributes.append(Attribute(name, AttributeValue(json: value)))
        // The child's log may have come first.
        guard case .string(let child) = value else { return }
        delegations[RunID(child)] = trace.set.spans[index].id
        if let run = runs[RunID(child)], RunID(child) != root {
            trace.set.spans[run].parent = trace.set.spans[index].id
        }
    }

    mutating func end(
        _ run: RunID,
        _ seq: Int?,
        _ at: Int64,
        _ details: [String: JSON?] = [:],
        failed reason: String? = nil
    ) {
        guard let seq, let index = open.removeValue(forKey: Key(run: run, seq: seq)) else { return }
        trace.set.spans[index].duration = max(0, at - trace.set.spans[index].start)
        for (name, value) in details.sorted(by: { $0.key < $1.key }) {
            guard let value else { continue }
            trace.set.spans[index].attributes.append(Attribute("soma.\(name)", AttributeValue(json: value)))
        }
        if let reason {
            trace.set.spans[index].status = .error
            trace.set.spans[index].message = reason
            trace.set.spans[index].attributes.append(Attribute("error.type", .string(reason)))
        }
    }
}
