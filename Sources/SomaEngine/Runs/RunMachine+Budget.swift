import SomaCore

/// Limits: what there is room for, and what children are given.
extension RunMachine {
    /// Pauses before the step that there is no room for.
    mutating func pause(for dimension: Budget.Dimension) {
        emit(.runPaused, body: ["reason": .string("budget:\(dimension.rawValue)"), "by": "budget"])
    }

    /// Whether the budget has room. Where only what is set aside for calls and children under way fills it, the
    /// run waits for them to end; else it pauses.
    mutating func hasRoom(for amount: Usage) -> Bool {
        guard let dimension = state.budget.shortage(for: amount) else { return true }
        var settled = state.budget
        settled.reserved = .zero
        if settled.shortage(for: amount) != nil { pause(for: dimension) }
        return false
    }

    /// Takes new limits; a run that waits for its budget goes on.
    mutating func change(_ limits: Limits, by: String) {
        var changed = state.budget.limits
        changed.tokens = limits.tokens ?? changed.tokens
        changed.microdollars = limits.microdollars ?? changed.microdollars
        changed.steps = limits.steps ?? changed.steps
        changed.seconds = limits.seconds ?? changed.seconds
        emit(.budgetChanged, body: ["limits": changed.record, "by": .string(by)])
        if state.status == .paused, state.statusReason.hasPrefix("budget") {
            emit(.runResumed, body: ["after": "budget", "by": .string(by)])
        }
    }

    /// Sets enough aside for what a person wants for a child, which takes its limits once that is durable.
    mutating func grant(_ grant: Grant) {
        guard let request = state.request(child: grant.child), request.state == .started else {
            let ended = "\(grant.child.short) has ended as far as \(state.id.short) knows."
            return answer(.reply(grant.command, .failure(.init(.conflict, code: "run.ended", ended))))
        }
        let wanted = state.budget.reserve(for: grant.limits, atLeast: request.reserved)
        let more = wanted - request.reserved
        if let dimension = state.budget.shortage(for: more) {
            let refusal = CommandRefusal.nothingToGrant(state, grant.child, dimension, more)
            return answer(.reply(grant.command, .failure(refusal)))
        }
        if !more.isZero {
            emit(
                .budgetChanged,
                node: node(of: request.id),
                cause: request.id,
                body: [
                    "request": JSON(request.id), "reserve": wanted.record, "by": .string(grant.by),
                ]
            )
        }
        granted.append(grant)
    }

    /// Charges what a child used that had been given up when the child ended.
    mutating func charge(_ usage: Usage, of child: RunID) {
        var body = usage.record.object ?? JSONObject()
        body["child"] = .string(child.rawValue)
        body["late"] = true
        emit(.budgetCharged, body: body)
    }
}

extension Budget {
    /// What must be set aside for a child with these limits: nothing where there is no limit here to hold it to, and
    /// never less than what is set aside already.
    func reserve(for limits: Limits, atLeast reserved: Usage) -> Usage {
        func amount(_ limit: Int?, _ wanted: Int?, _ reserved: Int) -> Int {
            guard limit != nil || reserved > 0, let wanted else { return reserved }
            return max(reserved, wanted)
        }
        return Usage(
            tokens: amount(self.limits.tokens, limits.tokens, reserved.tokens),
            microdollars: amount(self.limits.microdollars, limits.microdollars, reserved.microdollars),
            steps: amount(self.limits.steps, limits.steps, reserved.steps)
        )
    }
}

extension CommandRefusal {
    /// The run that delegated a run has no more for it.
    static func nothingToGrant(
        _ state: RunState,
        _ child: RunID,
        _ dimension: Budget.Dimension,
        _ more: Usage
    ) -> CommandRefusal {
        let left = state.budget.available
        let (have, wanted): (Int?, Int) =
            switch dimension {
            case .microdollars: (left.microdollars, more.microdollars)
            case .steps: (left.steps, more.steps)
            case .tokens, .seconds: (left.tokens, more.tokens)
            }
        return CommandRefusal(
            .conflict,
            code: "budget.grant",
            "\(state.id.short), which delegated \(child.short), has \(dimension.amount(have ?? 0)) left to give, and "
                + "\(dimension.amount(wanted)) more is wanted. Raise its budget first (soma budget "
                + "\(state.id.short) \(dimension.option)), then ask again; or soma cancel \(child.short)."
        )
    }

    /// A run whose budget is used up can't go on with the same one.
    static func budgetUsedUp(_ state: RunState, _ dimension: Budget.Dimension) -> CommandRefusal {
        CommandRefusal(
            .conflict,
            code: "budget.used",
            "\(state.id.short) is paused because its budget of \(dimension.name) is used up. Give it more (soma "
                + "budget \(state.id.short) \(dimension.option)); it goes on by itself."
        )
    }
}

extension Budget.Dimension {
    /// What people call it.
    var name: String {
        switch self {
        case .microdollars: "money"
        case .tokens, .steps, .seconds: rawValue
        }
    }

    /// The option of `soma budget` that raises it.
    var option: String {
        switch self {
        case .tokens: "--tokens N"
        case .microdollars: "--usd X"
        case .steps: "--steps N"
        case .seconds: "--time T"
        }
    }

    /// An amount of it, for people.
    func amount(_ value: Int) -> String {
        guard self == .microdollars else { return "\(value) \(rawValue)" }
        let digits = String(value % 1_000_000 + 1_000_000).dropFirst()
        return "$\(value / 1_000_000).\(digits)"
    }
}
