import SomaCore
import SomaEngine

/// The loop around the engine's core: picks what happens next, tells the core, and does what it wants done.
struct SimulationLoop {
    let seed: UInt64
    let configuration: SimulationConfiguration
    let scenario: SimulationScenario

    var random: SeededGenerator
    var clock = SimulatedClock()
    var core: EngineCore
    var store = SimulatedStore()
    var checker: Checker
    var hash = EventHash()
    var counts = SimulationReport.Counts()
    var trace: [String] = []

    var happenings: [Happening] = []
    /// Groups that wait for the store, and those that it is writing.
    var pending: [CommitGroup] = []
    var batch: [CommitGroup] = []
    /// The runs that these groups are of.
    var onTheWay: Set<RunID> = []
    /// The tries that somebody is performing.
    var underWay: [EffectKey: Int] = [:]
    /// What the last try of each effect would use if it were let be.
    var usages: [EffectKey: Usage] = [:]
    var sent: [Int: Sent] = [:]
    var nextCommand = 1
    /// Faults that are still to strike, and the event before which the next one does.
    var faults: [Fault]
    var nextFault: Int
    /// The fault that strikes the next write, and how long that one is held up.
    var strikesNextWrite: Fault?
    var storeIsSlow = 0
    /// Whether the trouble is over.
    var isCalm = false
    /// How often people looked after what waits for them since.
    var tidied = 0
    /// The event at which a draining process ends.
    var drainsUntil: Int?

    init(seed: UInt64, configuration: SimulationConfiguration, scenario: SimulationScenario) {
        self.seed = seed
        self.configuration = configuration
        self.scenario = scenario
        random = SeededGenerator(seed: seed)
        checker = Checker(configuration.checks)
        faults = SimulationLoop.faults(random.number(configuration.faults), &random)
        nextFault = random.number(20...200)
        core = EngineCore(
            catalog: scenario.catalog,
            hasher: QuickContentHasher(),
            generator: SeededGenerator(seed: random.next()),
            holder: "simulation"
        )
    }

    /// Each kind of fault once, in any order, and more of any kind.
    private static func faults(_ count: Int, _ random: inout SeededGenerator) -> [Fault] {
        let once = Fault.allCases.shuffled(using: &random).prefix(count)
        return once + (once.count..<max(count, once.count)).compactMap { _ in random.pick(Fault.allCases) }
    }

    mutating func run() {
        for request in scenario.requests(&random) {
            after(random.below(4_000_000), .asked(.start(request)))
        }
        while checker.violations.isEmpty || configuration.sabotage != nil {
            counts.events += 1
            guard counts.events < configuration.eventsMax else {
                checker.report(.liveness, "no rest after \(counts.events) events")
                break
            }
            if let until = drainsUntil, counts.events >= until { restart(gracefully: true) }
            if !faults.isEmpty, counts.events >= nextFault {
                strike()
            } else if !isCalm, random.chance(configuration.commandLikelihood) {
                interfere()
            } else if let next = takeNext() {
                handle(next)
            } else if !goOn() {
                break
            }
            guard checker.violations.count < Checker.violationsMax else { break }
        }
        finish()
    }

    /// Nothing happens by itself any more: the next fault strikes, then the trouble ends, then people act.
    private mutating func goOn() -> Bool {
        if drainsUntil != nil {
            restart(gracefully: true)
            return true
        }
        if !faults.isEmpty {
            strike()
            return true
        }
        if !isCalm {
            note("calm")
            isCalm = true
            clock.isBackwards = false
        }
        return tidyUp()
    }

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

    // MARK: What happens next

    mutating func after(_ microseconds: Int, _ what: Happening.What) {
        happenings.append(Happening(at: clock.elapsed + Int64(microseconds), what: what))
    }

    /// Takes one of the things that come next: not always the first, because nothing promises an order.
    private mutating func takeNext() -> Happening.What? {
        guard !happenings.isEmpty else { return nil }
        var first = Int64.max
        for happening in happenings { first = min(first, happening.at) }
        let window = [Int64(0), 0, 300, 60_000][random.below(4)]
        let until = max(first, clock.elapsed) + window
        var chosen = 0
        var seen = 0
        for index in happenings.indices where happenings[index].at <= until {
            seen += 1
            if random.below(seen) == 0 { chosen = index }
        }
        happenings.swapAt(chosen, happenings.count - 1)
        let happening = happenings.removeLast()
        clock.advance(to: happening.at)
        return happening.what
    }

    private mutating func handle(_ what: Happening.What) {
        switch what {
        case .stored: batchStored()
        case .ended(let key, let attempt, let result):
            note("result of \(key.run.short)/\(key.effect) try \(attempt): \(result.status)")
            hash.add(key.effect)
            if underWay[key] == attempt { underWay[key] = nil }
            tell(key, attempt, result)
        case .asked(let ask): give(ask)
        case .rings(let run, let key):
            note("timer of \(run.short): \(key)")
            hash.add(3)
            feed(.timer(run, key))
        }
    }

    mutating func feed(_ input: EngineInput) { carryOut(core.receive(input, at: clock.now)) }

    // MARK: What the engine wants done

    mutating func carryOut(_ outputs: [EngineOutput]) {
        for output in outputs {
            switch output {
            case .commit(let group): accept(group)
            case .perform(let call): perform(call)
            case .abandon(let run, let effect): abandon(EffectKey(run: run, effect: effect))
            case .timer(let run, let key, let wait):
                guard configuration.sabotage != .swallowsResults else { continue }
                after(Int(wait.microseconds), .rings(run, key))
            case .reply(let number, let result): answered(number, result)
            case .ended(let state):
                note("\(state.id.short) ended: \(state.status.rawValue) \(state.statusReason)")
            }
        }
        startWriting()
    }

    private mutating func answered(_ number: Int, _ result: Result<CommandReceipt, CommandRefusal>) {
        guard number != 0, configuration.sabotage != .swallowsReplies else { return }
        guard let command = sent.removeValue(forKey: number) else {
            return checker.report(.liveness, "command \(number) is answered twice")
        }
        counts.replies += 1
        switch result {
        case .success(let receipt):
            note("reply \(number): \(receipt.run.short)/\(receipt.seq) \(receipt.status.rawValue)")
            hash.add(receipt.seq)
            checker.replied(receipt)
            guard let question = command.answers else { return }
            if command.isStale {
                checker.report(.answers, "an answer to \(receipt.run)/\(question), closed before, was taken")
            } else if checker[receipt.run]?.closed.contains(question) != true {
                checker.report(
                    .answers,
                    "an answer to \(receipt.run)/\(question) was taken and didn't close it"
                )
            }
        case .failure(let refusal):
            note("reply \(number): refused, \(refusal.code) \(refusal.message)")
            counts.refusals += 1
            if refusal.kind == .unavailable, let request = command.start {
                after(random.number(1...400_000), .asked(.start(request)))
            }
            hash.add(refusal.code)
        }
    }
}
