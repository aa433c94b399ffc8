import SomaCore
import SomaEngine

/// The loop around the engine's core: picks what happens next, tells the core, and does what it wants done.
struct SimulationLoop: SimulatedLoop {
    enum What {
        /// The store has done with the batch that it was given.
        case stored
        /// A try ends.
        case ended(EffectKey, attempt: Int, EffectResult)
        /// A person or program gives a command.
        case asked(Ask)
        /// A timer of the engine's rings.
        case rings(RunID, TimerKey)
    }

    /// A command that was given and not answered yet.
    struct Sent {
        /// The run that is wanted.
        var start: StartRequest?
        var answering: Answering?
    }

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

    var happenings: [Happening<What>] = []
    /// Groups that wait for the store, and those that it is writing.
    var pending: [CommitGroup] = []
    var batch: [CommitGroup] = []
    /// The runs that these groups are of.
    var onTheWay: Set<RunID> = []
    /// The tries that somebody is performing.
    var underWay: [EffectKey: Int] = [:]
    var usages: [EffectKey: Usage] = [:]
    var sent: [Int: Sent] = [:]
    var nextCommand = 1
    /// Faults that are still to strike, and the event before which the next one does.
    var faults: [Fault]
    var nextFault: Int
    /// The fault that strikes the next write, and how long that one is held up.
    var strikesNextWrite: Fault?
    var storeIsSlow = 0
    var isCalm = false
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

    var unanswered: Int? { sent.keys.min() }

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

    // MARK: What happens next

    private mutating func handle(_ what: What) {
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
            judge(receipt, command.answering)
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
