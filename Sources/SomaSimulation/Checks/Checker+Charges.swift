import SomaCore
import SomaEngine

/// What calls used, as the world told it, and what was charged for them.
extension Checker {
    /// The engine is told what a try used.
    mutating func told(_ key: EffectKey, _ attempt: Int, _ usage: Usage) {
        let key = TryKey(key: key, attempt: attempt)
        guard !usage.isZero, told[speaker]?[key] == nil, !charged.contains(key) else { return }
        told[speaker, default: [:]][key] = Told(usage: usage)
    }

    /// The process ended: what it was told and didn't charge is lost with it.
    mutating func forgetTold() { told[speaker] = nil }

    /// The process lost runs to another one, and what it was told of them.
    mutating func forgetTold(of runs: Set<RunID>) {
        told[speaker] = told[speaker]?.filter { !runs.contains($0.key.key.run) }
    }

    /// The process lets runs go by its own will: what it was told of them is charged.
    mutating func letGo(_ runs: [RunID]) {
        for (key, known) in told[speaker] ?? [:] where runs.contains(key.key.run) { missing(key, known) }
    }

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
        let known = told[speaker]?.removeValue(forKey: key)
        if let known, known.usage != usage {
            report(.charges, "\(transition.eventID) charges \(usage) for \(known.usage)")
        }
    }

    /// When the engine was told, the run had a group on its way at most; the one after it may have been the run's end,
    /// and then the next one holds the charge.
    mutating func mustBeCharged(_ group: CommitGroup) {
        for key in (told[speaker] ?? [:]).keys where group.run == key.key.run {
            told[speaker]?[key]?.groups += 1
            if let known = told[speaker]?[key], known.groups > 2 { missing(key, known) }
        }
    }

    /// All that the engine was told must be charged when nothing happens any more.
    mutating func settled() {
        for (key, known) in told.values.joined() { missing(key, known) }
    }

    private mutating func missing(_ key: TryKey, _ known: Told) {
        report(
            .charges,
            "\(known.usage) of \(key.key.run)/\(key.key.effect), try \(key.attempt), isn't charged"
        )
    }
}

/// What the engine was told that a try used, and how many groups of the run it was told to be durable since.
struct Told {
    let usage: Usage
    var groups = 0
}
