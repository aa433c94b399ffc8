import SomaCore
import SomaEngine

/// What a simulation of one engine and one of a cluster have in common: the time, the log and the world around them.
protocol SimulatedLoop {
    associatedtype What

    var seed: UInt64 { get }
    var configuration: SimulationConfiguration { get }
    var scenario: SimulationScenario { get }
    var random: SeededGenerator { get set }
    var clock: SimulatedClock { get set }
    var store: SimulatedStore { get set }
    var checker: Checker { get set }
    var hash: EventHash { get set }
    var counts: SimulationReport.Counts { get set }
    var trace: [String] { get set }
    var happenings: [Happening<What>] { get set }
    /// Whether the trouble is over.
    var isCalm: Bool { get }
    /// How often people looked after what waits for them since.
    var tidied: Int { get set }
    /// What the last try of each effect would use if it were let be.
    var usages: [EffectKey: Usage] { get set }
    /// A command that was never answered.
    var unanswered: Int? { get }

    /// Asks something now.
    mutating func give(_ ask: Ask)
    /// Asks something later.
    mutating func ask(_ ask: Ask, after microseconds: Int)
}

extension SimulatedLoop {
    var report: SimulationReport {
        SimulationReport(
            seed: seed,
            hash: hash.value,
            counts: counts,
            violations: checker.violations,
            trace: trace
        )
    }

    mutating func note(_ line: @autoclosure () -> String) {
        guard configuration.tracesAll else { return }
        trace.append("\(counts.events) \(clock.now.elapsed.seconds) s \(clock.now.wall) \(line())")
    }

    mutating func after(_ microseconds: Int, _ what: What) {
        happenings.append(Happening(at: clock.elapsed + Int64(microseconds), what: what))
    }

    /// Takes one of the things that come next: not always the first, because nothing promises an order.
    mutating func takeNext() -> What? {
        guard !happenings.isEmpty else { return nil }
        var first = Int64.max
        for happening in happenings { first = min(first, happening.at) }
        let window = [Int64(0), 0, 300, 60_000][random.below(4)]
        let until = max(first, clock.elapsed) + window
        var (chosen, seen) = (0, 0)
        for index in happenings.indices where happenings[index].at <= until {
            seen += 1
            if random.below(seen) == 0 { chosen = index }
        }
        happenings.swapAt(chosen, happenings.count - 1)
        let happening = happenings.removeLast()
        clock.advance(to: happening.at)
        return happening.what
    }

    // MARK: Effects

    /// How a try goes: what its performer answers, each after how many microseconds.
    mutating func course(of call: EffectCall) -> [(after: Int, result: EffectResult)] {
        var result = scenario.world.result(of: call, using: &random)
        usages[EffectKey(run: call.run.id, effect: call.effect)] = result.usage
        if configuration.sabotage == .overspends { result.usage.tokens *= 1000 }
        guard configuration.sabotage != .swallowsResults else { return [] }
        let delay = random.number(500...400_000)
        guard !isCalm, random.chance(configuration.effectTrouble) else { return [(delay, result)] }
        let failure = EffectResult(
            succeeded: false,
            isRetryable: random.chance(0.7),
            words: Words("It didn't work this time."),
            usage: result.usage
        )
        switch random.below(8) {
        case 0...3: return [(delay, failure)]
        case 4: return []  // Silence: only the engine's own timer helps.
        case 5:
            let late = Int(call.timeout.microseconds + EngineLimits.timeoutGrace.microseconds)
            return [(late + random.number(0...3_000_000), result)]
        case 6: return [(delay, result), (delay + random.number(1...500_000), failure)]
        default: return [(delay, result), (delay + random.number(1...90_000_000), result)]
        }
    }

    /// What is answered by a performer that was stopped: half-way, it has used something all the same.
    mutating func stopped(_ key: EffectKey) -> EffectResult {
        var result = EffectResult(succeeded: false, status: "cancelled", words: Words("It was stopped."))
        let most = usages[key] ?? .zero
        result.usage = Usage(
            tokens: random.number(0...most.tokens),
            microdollars: random.number(0...most.microdollars)
        )
        return result
    }

    // MARK: Answers

    /// What was asked is durable, as the engine says.
    mutating func judge(_ receipt: CommandReceipt, _ answering: Answering?) {
        hash.add(receipt.seq)
        checker.replied(receipt)
        guard let answering else { return }
        let name = "an answer to \(receipt.run)/\(answering.question)"
        if answering.isStale {
            checker.report(.answers, "\(name), closed before, was taken")
        } else if checker[receipt.run]?.closed.contains(answering.question) != true {
            checker.report(.answers, "\(name) was taken and didn't close it")
        }
    }
}
