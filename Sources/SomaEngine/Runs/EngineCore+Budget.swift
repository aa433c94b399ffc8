import SomaCore

/// Budgets that reach over two runs: what a child may have is set aside in the run that delegated it.
extension EngineCore {
    /// The limits that a command wants for a run; `nil` where it is about something else.
    ///
    /// To resume a child whose budget is used up means to give it half of what its parent has left, as when it was
    /// delegated.
    func limitsWanted(by command: RunCommand, for run: RunState) -> Limits? {
        switch command {
        case .budget(let limits): limits
        case .resume: run.budgetPause.flatMap { share(run, $0) }
        default: nil
        }
    }

    /// The run that has to set more aside before another may have these limits; `nil` where none has to.
    func granter(of limits: Limits, to run: RunState) throws(CommandRefusal) -> RunID? {
        guard let parent = run.parent else { return nil }
        guard let above = machines[parent]?.state, let request = above.request(child: run.id) else {
            guard limits.exceeds(run.budget.limits) else { return nil }
            throw CommandRefusal(
                .conflict,
                code: "budget.grant",
                "\(parent.short), which delegated \(run.id.short), is not at work here and can give it no more."
            )
        }
        return above.budget.reserve(for: limits, atLeast: request.reserved) == request.reserved ? nil : parent
    }

    /// What a child whose budget is used up gets when it is to go on; `nil` where its parent can't tell how much.
    private func share(_ child: RunState, _ dimension: Budget.Dimension) -> Limits? {
        guard let above = child.parent.flatMap({ machines[$0]?.state }),
            let request = above.request(child: child.id)
        else { return nil }
        let left = above.budget.available
        func more(_ limit: Int?, _ reserved: Int, _ left: Int?) -> Int? {
            guard let limit, let left else { return nil }
            guard limit >= reserved else { return reserved }
            // Where nothing is left, one more is asked for: the parent says no, and why.
            return limit.addingClamped(max(1, left - left / 2))
        }
        switch dimension {
        case .tokens:
            return more(child.budget.limits.tokens, request.reserved.tokens, left.tokens)
                .map { Limits(tokens: $0) }
        case .microdollars:
            return more(child.budget.limits.microdollars, request.reserved.microdollars, left.microdollars)
                .map { Limits(microdollars: $0) }
        case .steps:
            return more(child.budget.limits.steps, request.reserved.steps, left.steps)
                .map { Limits(steps: $0) }
        case .seconds: return nil
        }
    }
}

extension RunState {
    /// The request that a child answers.
    func request(child: RunID) -> Request? {
        activations.lazy.flatMap(\.requests).first { $0.child == child }
    }

    /// The limit that the run waits for to be raised; `nil` where it doesn't.
    var budgetPause: Budget.Dimension? {
        guard status == .paused, statusReason.hasPrefix("budget:") else { return nil }
        return Budget.Dimension(rawValue: String(statusReason.dropFirst("budget:".count)))
    }
}

extension Limits {
    /// Whether any part is above another's, where both are limits.
    fileprivate func exceeds(_ other: Limits) -> Bool {
        func above(_ wanted: Int?, _ limit: Int?) -> Bool { wanted.map { $0 > limit ?? .max } ?? false }
        return above(tokens, other.tokens) || above(microdollars, other.microdollars)
            || above(steps, other.steps)
    }
}
