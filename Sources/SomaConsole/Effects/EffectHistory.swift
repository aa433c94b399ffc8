import SomaCore

/// The effects of all runs that ended before the console looked on, out of the runs' logs: the latest runs first, so
/// many at a time, and never more than the end of a log.
package struct EffectHistory: Sendable {
    /// How many effects are looked for at a time.
    package static let effectsMax = 200
    /// How many logs are read at a time.
    package static let runsMax = 50
    /// How many logs are on their way at once.
    static let openMax = 4
    /// How many transitions of a log are read, from its end.
    package static let tailMax = 1_000

    /// What was found, in the order in which it came.
    package private(set) var items: [EffectItem] = []
    /// The runs that have effects and were not read, the next one last.
    private var waiting: [RunID]?
    private var open: Set<RunID> = []
    /// How many logs were read.
    package private(set) var read = 0
    /// How many logs couldn't be read.
    package private(set) var failed = 0
    /// Up to how many logs and effects are read before somebody asks for more.
    private var limits = (runs: Self.runsMax, effects: Self.effectsMax)

    package init() {}

    /// How many runs with effects are left.
    package var left: Int { waiting?.count ?? 0 }
    /// Whether logs are on their way.
    package var isReading: Bool { !open.isEmpty }
    /// Whether it goes on only if somebody asks.
    package var isPaused: Bool { left > 0 && !isReading }

    /// Which logs to ask for now, and after which transition of each.
    mutating func next(_ fleet: Fleet) -> [(run: RunID, after: Int)] {
        if waiting == nil {
            // The counts say which runs have effects: of the others nothing is read.
            waiting =
                fleet.runs.filter { $0.counts.effectsSucceeded + $0.counts.effectsFailed > 0 }
                .sorted { ($0.lastAt, $0.id) < ($1.lastAt, $1.id) }.map(\.id)
        }
        var next: [(RunID, Int)] = []
        while open.count < Self.openMax, read + failed + open.count < limits.runs,
            items.count < limits.effects,
            let run = waiting?.popLast()
        {
            open.insert(run)
            next.append((run, max(0, (fleet[run]?.seq ?? 0) - Self.tailMax)))
        }
        return next
    }

    /// Takes the end of a log; `nil` where it can't be read.
    mutating func take(_ run: RunID, _ tail: [Transition]?) {
        guard open.remove(run) != nil else { return }
        guard let tail else {
            failed += 1
            return
        }
        read += 1
        var log = EffectLog()
        _ = log.read(tail, upTo: tail.count)
        items += log.items.filter(\.stage.isOver)
    }

    /// Goes on by as much again.
    mutating func more() {
        guard isPaused else { return }
        limits = (read + failed + Self.runsMax, items.count + Self.effectsMax)
    }
}

extension AppState {
    /// Asks for logs where the effects of all runs are in sight.
    mutating func wantEffects() {
        guard replay == nil, hasFleet, !connection.isLost, !costLogs.isReading else { return }
        for (run, after) in effectHistory.next(fleet) { wishes.append(.tail(run, after: after)) }
    }

    /// What the last row says of what was read; `nil` where there is nothing left to say.
    var effectsRemark: String? {
        guard view.run == nil, replay == nil else { return nil }
        let history = effectHistory
        var words: [String] = []
        if history.isReading {
            words.append("reading the logs of runs: \(Amounts.grouped(history.read)) so far")
        } else if history.left > 0 {
            let runs = history.left == 1 ? "run was" : "runs were"
            words.append("\(Amounts.grouped(history.left)) earlier \(runs) not read: M reads on")
        }
        if history.failed > 0 {
            words.append(
                "\(Amounts.grouped(history.failed)) \(history.failed == 1 ? "log" : "logs") can't be read"
            )
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
