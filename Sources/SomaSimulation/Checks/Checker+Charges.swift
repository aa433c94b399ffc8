import SomaCore

/// What calls used, as the world told it, and what was charged for them.
extension Checker {
    /// The engine is told what a try used.
    mutating func told(_ key: EffectKey, _ attempt: Int, _ usage: Usage) {
        let key = TryKey(key: key, attempt: attempt)
        guard !usage.isZero, told[key] == nil, !charged.contains(key) else { return }
        told[key] = usage
    }

    /// The process ended: what it was told and didn't charge is lost with it.
    mutating func forgetTold() { told = [:] }

    /// Looks at a charge.
    mutating func chargedLate(_ transition: Transition, _ place: Int) {
        let body = transition.body
        guard transition.kind == .budgetCharged else { return }
        let usage = Usage(body)
        if body["late"]?.bool == true { shadows[place].allow(usage) }
        guard let effect = body["effect"]?.int else { return }
        let key = TryKey(key: EffectKey(run: transition.run, effect: effect), attempt: transition.attempt)
        if !charged.insert(key).inserted {
            return report(.charges, "\(transition.eventID) charges try \(key.attempt) of \(effect) again")
        }
        let known = told.removeValue(forKey: key)
        if let known, known != usage {
            report(.charges, "\(transition.eventID) charges \(usage) for \(known)")
        }
    }

    /// All that the engine was told must be charged when nothing happens any more.
    mutating func settled() {
        for (key, usage) in told.sorted(by: {
            ($0.key.key.run, $0.key.key.effect) < ($1.key.key.run, $1.key.key.effect)
        })
        where usage.tokens + usage.microdollars > 0 {
            report(
                .charges,
                "\(usage) of \(key.key.run)/\(key.key.effect), try \(key.attempt), is never charged"
            )
        }
    }
}
