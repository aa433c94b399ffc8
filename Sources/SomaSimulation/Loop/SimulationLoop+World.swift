import SomaCore
import SomaEngine

/// Effects: what the world makes of them, and what goes wrong on the way.
extension SimulationLoop {
    mutating func perform(_ call: EffectCall) {
        let key = EffectKey(run: call.run.id, effect: call.effect)
        counts.effects += 1
        note(
            "perform \(key.run.short)/\(key.effect) try \(call.attempt): \(call.name) (\(call.effectClass.rawValue))"
        )
        checker.performed(key, attempt: call.attempt, call.effectClass)
        if configuration.sabotage == .repeatsOnce {
            checker.performed(key, attempt: call.attempt, call.effectClass)
        }
        underWay[key] = call.attempt
        var result = scenario.world.result(of: call, using: &random)
        usages[key] = result.usage
        if configuration.sabotage == .overspends { result.usage.tokens *= 1000 }
        guard configuration.sabotage != .swallowsResults else { return }
        let delay = random.number(500...400_000)
        guard !isCalm, random.chance(configuration.effectTrouble) else {
            return after(delay, .ended(key, attempt: call.attempt, result))
        }
        trouble(key, call, result, delay)
    }

    private mutating func trouble(_ key: EffectKey, _ call: EffectCall, _ result: EffectResult, _ delay: Int)
    {
        let failure = EffectResult(
            succeeded: false,
            isRetryable: random.chance(0.7),
            words: Words("It didn't work this time."),
            usage: result.usage
        )
        switch random.below(8) {
        case 0...3: after(delay, .ended(key, attempt: call.attempt, failure))
        case 4: break  // Silence: only the engine's own timer helps.
        case 5:
            let late = Int(call.timeout.microseconds + EngineLimits.timeoutGrace.microseconds)
            after(late + random.number(0...3_000_000), .ended(key, attempt: call.attempt, result))
        case 6:
            after(delay, .ended(key, attempt: call.attempt, result))
            after(delay + random.number(1...500_000), .ended(key, attempt: call.attempt, failure))
        default:
            after(delay, .ended(key, attempt: call.attempt, result))
            after(delay + random.number(1...90_000_000), .ended(key, attempt: call.attempt, result))
        }
    }

    /// The engine doesn't want the result any more: whoever performs it may stop, or be done already.
    mutating func abandon(_ key: EffectKey) {
        note("abandon \(key.run.short)/\(key.effect)")
        guard let attempt = underWay.removeValue(forKey: key), random.chance(0.6) else { return }
        happenings.removeAll { happening in
            guard case .ended(let other, _, _) = happening.what else { return false }
            return other == key
        }
        var result = EffectResult(
            succeeded: false,
            status: "cancelled",
            words: Words("It was stopped.")
        )
        // Who is stopped half-way has used something all the same.
        let most = usages[key] ?? .zero
        result.usage = Usage(
            tokens: random.number(0...most.tokens),
            microdollars: random.number(0...most.microdollars)
        )
        after(random.number(1...20_000), .ended(key, attempt: attempt, result))
    }

    /// A try has ended: the engine is told.
    mutating func tell(_ key: EffectKey, _ attempt: Int, _ result: EffectResult) {
        if core.state(of: key.run) != nil { checker.told(key, attempt, result.usage) }
        feed(.effectEnded(key.run, effect: key.effect, attempt: attempt, sabotaged(key, attempt, result)))
    }
}
