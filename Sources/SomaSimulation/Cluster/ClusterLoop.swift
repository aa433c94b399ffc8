import SomaCore
import SomaEngine

/// Several engines on one store, each on the runs that it leases: what `SimulationLoop` is for one.
///
/// Messages between a process and the store take time, and are held up while the process is cut off; what was sent may still
/// arrive when its sender is gone. A process that is stopped takes nothing in until it goes on.
struct ClusterLoop: SimulatedLoop {
    enum What {
        /// An append arrives at the store, and its answer at the process.
        case arrives(ClusterAppend)
        case answered(ClusterAppend, isWritten: Bool)
        case ended(Int, Int, EffectKey, attempt: Int, EffectResult)
        /// A result is sent on to whoever has the run by now.
        case late(EffectKey, attempt: Int, EffectResult, tries: Int)
        case asked(Ask, tries: Int)
        case rings(Int, Int, RunID, TimerKey)
        /// A process renews, claims and parts.
        case tick(Int, Int)
        /// A process has read what it claimed.
        case adopts(Int, Int, lease: Int, [RunID])
        case begins(Int)
    }

    struct Asked {
        let ask: Ask
        let tries: Int
        let replica: Int
        var answering: Answering?
    }

    let seed: UInt64
    let configuration: SimulationConfiguration
    let scenario: SimulationScenario
    var random: SeededGenerator
    var clock = SimulatedClock()
    var store = SimulatedStore()
    var leases = SimulatedLeases()
    var checker: Checker
    var hash = EventHash()
    var counts = SimulationReport.Counts()
    var trace: [String] = []
    var happenings: [Happening<What>] = []
    var replicas: [ClusterReplica] = []
    var sent: [Int: Asked] = [:]
    var nextCommand = 1
    var faults: [ClusterFault]
    var nextFault: Int
    var isCalm = false
    var tidied = 0
    var usages: [EffectKey: Usage] = [:]
    /// Whether the next effect that must not happen twice is waited for.
    var isInAmbush = false
    /// How many processes there have been.
    var processes = 0

    init(seed: UInt64, configuration: SimulationConfiguration, scenario: SimulationScenario) {
        self.seed = seed
        self.configuration = configuration
        self.scenario = scenario
        random = SeededGenerator(seed: seed)
        checker = Checker(configuration.checks)
        faults = []
        nextFault = random.number(40...200)
        for _ in 0..<random.number(configuration.faults) {
            if let fault = random.pick(ClusterFault.allCases) { faults.append(fault) }
        }
        for index in 0..<random.number(2...5) {
            // Clocks on the wall are wrong from the start on some machines.
            let skew = random.chance(0.4) ? ClusterLoop.skew(&random) : 0
            replicas.append(fresh(index, incarnation: 0, skew: skew))
            begin(index)
        }
    }

    /// By how much a clock is wrong, in microseconds: up to an hour.
    static func skew(_ random: inout SeededGenerator) -> Int64 {
        Int64(random.number(-3600...3600)) * 1_000_000
    }

    mutating func fresh(_ index: Int, incarnation: Int, skew: Int64) -> ClusterReplica {
        processes += 1
        return ClusterReplica(
            process: processes,
            core: EngineCore(
                catalog: scenario.catalog,
                hasher: QuickContentHasher(),
                generator: SeededGenerator(seed: random.next()),
                holder: "replica \(index).\(incarnation)"
            ),
            incarnation: incarnation,
            lease: 0,
            validUntil: 0,
            skew: skew
        )
    }

    /// A process joins.
    mutating func begin(_ index: Int) {
        replicas[index].lease = leases.join(at: clock.elapsed)
        replicas[index].validUntil = clock.elapsed + SimulatedLeases.time
        after(random.number(1000...500_000), .tick(index, replicas[index].incarnation))
    }

    mutating func run() {
        for request in scenario.requests(&random) {
            ask(.start(request), after: random.below(4_000_000))
        }
        while checker.violations.isEmpty || configuration.sabotage != nil {
            counts.events += 1
            guard counts.events < configuration.eventsMax else {
                let reason = unsettled ?? "ever more happens"
                checker.report(.liveness, "no rest after \(counts.events) events: \(reason)")
                break
            }
            if !faults.isEmpty, counts.events >= nextFault {
                strike()
            } else if !isCalm, random.chance(configuration.commandLikelihood) {
                interfere()
            } else if !isQuiet, let next = takeNextBesidesTicks() {
                handle(next)
            } else if !goOn() {
                break
            }
            guard checker.violations.count < Checker.violationsMax else { break }
        }
        finish()
    }

    private mutating func goOn() -> Bool {
        if !faults.isEmpty {
            strike()
            return true
        }
        if !isCalm {
            note("calm")
            isCalm = true
        }
        return tidyUp()
    }

    var unanswered: Int? { sent.keys.min() }

    mutating func ask(_ ask: Ask, after microseconds: Int) {
        after(microseconds, .asked(named(ask), tries: 0))
    }

    mutating func give(_ ask: Ask) { deliver(named(ask), tries: 0) }

    /// A run that is wanted has its name from the start, so that wanting it again is not a second one.
    private mutating func named(_ ask: Ask) -> Ask {
        guard case .start(var request) = ask, request.id == nil else { return ask }
        request.id = .random(using: &random)
        return .start(request)
    }

    // MARK: What happens next

    /// Whether nothing is on its way any more, and every run is where it belongs.
    private var isQuiet: Bool {
        guard !happenings.contains(where: { if case .tick = $0.what { false } else { true } }) else {
            return false
        }
        return isSettled
    }

    private var isSettled: Bool { unsettled == nil }

    /// What is not where it belongs; `nil` where all is.
    var unsettled: String? {
        for (index, replica) in replicas.enumerated() {
            guard replica.isUp, !replica.isDraining, replica.stoppedUntil <= clock.elapsed,
                replica.cutUntil <= clock.elapsed
            else { return "replica \(index) is away" }
            guard replica.owed.isEmpty, replica.withheld.isEmpty, replica.retired.isEmpty else {
                return "replica \(index) owes \(replica.owed), withholds \(replica.withheld.count), "
                    + "parts with \(replica.retired)"
            }
            for run in replica.core.runs where leases.holder(of: run) != replica.lease {
                return "replica \(index) works on \(run), which isn't its own"
            }
        }
        for run in unfinished {
            guard let holder = leases.holder(of: run) else { return "nobody holds \(run)" }
            guard replicas.contains(where: { $0.lease == holder && $0.core.state(of: run) != nil }) else {
                return "nobody works on \(run), which \(holder) holds"
            }
        }
        return nil
    }

    /// Where nothing happens for long and everything is settled, time passes without a tick for every second of it.
    private mutating func takeNextBesidesTicks() -> What? {
        var next = Int64.max
        for happening in happenings {
            if case .tick = happening.what { continue }
            next = min(next, happening.at)
        }
        guard next != .max, next > clock.elapsed + 4 * SimulatedLeases.time, isSettled else {
            return takeNext()
        }
        clock.advance(to: next - SimulatedLeases.time)
        happenings.removeAll { if case .tick = $0.what { true } else { false } }
        for index in replicas.indices {
            _ = leases.renew(replicas[index].lease, at: clock.elapsed)
            replicas[index].validUntil = clock.elapsed + SimulatedLeases.time
            after(random.number(1000...1_000_000), .tick(index, replicas[index].incarnation))
        }
        return takeNext()
    }

    private mutating func handle(_ what: What) {
        switch what {
        case .arrives(let append):
            guard passes(append.replica, what) else { return }
            arrive(append)
        case .answered(let append, let isWritten):
            guard isFor(append.replica, append.incarnation, what), passes(append.replica, what) else {
                return
            }
            answered(append, isWritten)
        case .ended(let index, let incarnation, let key, let attempt, let result):
            guard replicas[index].incarnation == incarnation else {
                // Whoever performs it may have answered a process that is gone; some of it is sent on.
                if random.chance(0.3) { after(1000, .late(key, attempt: attempt, result, tries: 0)) }
                return
            }
            guard isFor(index, incarnation, what) else { return }
            ended(index, key, attempt, result)
        case .late(let key, let attempt, let result, let tries): late(key, attempt, result, tries)
        case .asked(let ask, let tries): deliver(ask, tries: tries)
        case .rings(let index, let incarnation, let run, let key):
            guard isFor(index, incarnation, what) else { return }
            receive(.timer(run, key), index)
        case .tick(let index, let incarnation):
            guard isFor(index, incarnation, what) else { return }
            tick(index)
        case .adopts(let index, let incarnation, let lease, let runs):
            guard isFor(index, incarnation, what) else { return }
            adopt(runs, lease, index)
        case .begins(let index):
            let (incarnation, skew) = (replicas[index].incarnation + 1, replicas[index].skew)
            replicas[index] = fresh(index, incarnation: incarnation, skew: skew)
            note("replica \(index) begins")
            begin(index)
        }
    }

    /// Whether something reaches the process that it is meant for; one that is stopped has it later.
    private mutating func isFor(_ index: Int, _ incarnation: Int, _ what: What) -> Bool {
        guard replicas[index].isUp, replicas[index].incarnation == incarnation else { return false }
        let wait = replicas[index].stoppedUntil - clock.elapsed
        guard wait > 0 else { return true }
        after(Int(wait) + random.number(0...50_000), what)
        return false
    }

    /// Whether something passes between the process and the store; held up, it does later.
    private mutating func passes(_ index: Int, _ what: What) -> Bool {
        let wait = replicas[index].cutUntil - clock.elapsed
        guard wait > 0 else { return true }
        after(Int(wait) + random.number(0...200_000), what)
        return false
    }

    func moment(_ index: Int) -> Moment {
        let now = clock.now
        return Moment(wall: now.wall + .microseconds(replicas[index].skew), elapsed: now.elapsed)
    }

    mutating func receive(_ input: EngineInput, _ index: Int) {
        let moment = moment(index)
        carryOut(replicas[index].core.receive(input, at: moment), index)
    }

    mutating func carryOut(_ outputs: [EngineOutput], _ index: Int) {
        for output in outputs {
            switch output {
            case .commit(let group): accept(group, index)
            case .perform(let call): perform(call, index)
            case .abandon(let run, let effect): abandon(EffectKey(run: run, effect: effect), index)
            case .timer(let run, let key, let wait):
                guard !losesTimer(of: run, index) else { continue }
                after(Int(wait.microseconds), .rings(index, replicas[index].incarnation, run, key))
            case .reply(let number, let result): replied(number, result)
            case .ended(let state):
                replicas[index].retired.remove(state.id)
                note("\(state.id.short) ended in \(index): \(state.status.rawValue)")
            }
        }
        write(index)
    }
}
