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
        for (wait, result) in course(of: call) { after(wait, .ended(key, attempt: call.attempt, result)) }
    }

    /// The engine doesn't want the result any more: whoever performs it may stop, or be done already.
    mutating func abandon(_ key: EffectKey) {
        note("abandon \(key.run.short)/\(key.effect)")
        guard let attempt = underWay.removeValue(forKey: key), random.chance(0.6) else { return }
        happenings.removeAll { happening in
            guard case .ended(let other, _, _) = happening.what else { return false }
            return other == key
        }
        let result = stopped(key)
        after(random.number(1...20_000), .ended(key, attempt: attempt, result))
    }

    /// A try has ended: the engine is told.
    mutating func tell(_ key: EffectKey, _ attempt: Int, _ result: EffectResult) {
        let state = core.state(of: key.run)
        if state != nil { checker.told(key, attempt, result.usage) }
        let told = sabotaged(key, attempt, result, state)
        feed(.effectEnded(key.run, effect: key.effect, attempt: attempt, told))
    }
}
