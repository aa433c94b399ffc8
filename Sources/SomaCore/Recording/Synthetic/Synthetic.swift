/// A made-up recording: runs of the cognition graph with plans, effects, failures, questions and delegations.
///
/// The same parameters always give the same events. For measurements and tests.
public struct Synthetic: Sequence, IteratorProtocol, Sendable {
    private var generator: SyntheticGenerator
    private var waiting: [SyntheticRun] = []
    private var runs: [SyntheticRun] = []
    private var live: [Int] = []
    private var current = 0
    private var burst = 0
    private var told = 0
    private var idleAt: Int
    private var clock: Int64
    private let liveMax: Int
    private let idleEvery: Int

    /// When the first event happens: 2026-01-05T08:00:00Z.
    public static let start = Timestamp(microseconds: 1_767_600_000_000_000)

    /// Describes a recording.
    ///
    /// - Parameters:
    ///   - transitions: How many transitions there are.
    ///   - runs: How many runs they belong to.
    ///   - bytes: How many bytes a transition has at least; most have no more than a few dozen above it.
    ///   - seed: What makes one recording differ from another.
    ///   - live: How many runs are under way at once, children not counted.
    public init(transitions: Int, runs: Int, bytes: Int = 400, seed: UInt64 = 1, live: Int = 100) {
        generator = SyntheticGenerator(seed: seed)
        let count = Swift.max(1, runs)
        let mean = transitions / count
        var rest = transitions
        for index in 0..<count {
            let left = count - index - 1
            let varied =
                left == 0 ? rest : mean / 2 + Int.random(in: 0...Swift.max(0, mean), using: &generator)
            let quota = Swift.min(Swift.max(1, varied), Swift.max(0, rest - left))
            rest -= quota
            if quota > 0 {
                waiting.append(SyntheticRun(quota: quota, bytes: bytes, generator: &generator))
            }
        }
        waiting.reverse()
        liveMax = Swift.max(1, live)
        clock = Synthetic.start.microseconds
        idleEvery = Swift.max(50, transitions / 12)
        idleAt = idleEvery
    }

    /// The next event.
    public mutating func next() -> RecordingEvent? {
        while true {
            guard let place = chooseRun() else { return nil }
            guard let item = runs[place].items.popLast() else {
                continueStory(of: place)
                continue
            }
            switch item {
            case .pause(let count):
                runs[place].wakesAt = told + count
                burst = 0
            case .delegate(let transition): return tick(delegate(transition, from: place))
            case .event(let event): return tick(event)
            }
        }
    }

    /// Writes the recording to a file.
    ///
    /// - Throws: `RecordingError` when the file can't be written.
    public func write(to path: String, replacing: Bool = true) throws(RecordingError) {
        let header = RecordingHeader(at: Synthetic.start, program: "soma perf generate")
        var file = try RecordingFile(path: path, header: header, replacing: replacing)
        for event in self { try file.append(event) }
        try file.close()
    }

    /// The run that goes on: for a few transitions the same one, then another that doesn't wait.
    private mutating func chooseRun() -> Int? {
        while live.count < liveMax, let run = waiting.popLast() {
            runs.append(run)
            live.append(runs.count - 1)
        }
        guard !live.isEmpty else { return nil }
        if burst > 0, live.indices.contains(current) {
            burst -= 1
            return live[current]
        }
        burst = Int.random(in: 0...3, using: &generator)
        current = Int.random(in: live.indices, using: &generator)
        for offset in live.indices {
            let index = (current + offset) % live.count
            let run = runs[live[index]]
            guard run.wakesAt <= told, run.child == nil else { continue }
            current = index
            return live[index]
        }
        // All wait: the clock goes on until one doesn't.
        let waking = live.filter { runs[$0].child == nil }
        told = waking.map { runs[$0].wakesAt }.min() ?? told
        burst = 0
        return waking.first { runs[$0].wakesAt <= told }
    }

    private mutating func continueStory(of place: Int) {
        guard runs[place].isOver else {
            runs[place].tell(canDelegate: !waiting.isEmpty)
            return
        }
        burst = 0
        live.removeAll { $0 == place }
        for index in live where runs[index].child?.place == place {
            finishChild(of: index, child: runs[place])
        }
    }

    private mutating func delegate(_ transition: Transition, from place: Int) -> RecordingEvent {
        guard var child = waiting.popLast() else { return .transition(transition) }
        var transition = transition
        child.parent = transition.run
        child.depth = runs[place].depth + 1
        transition.body["child"] = JSON(child.id.rawValue)
        runs.append(child)
        live.append(runs.count - 1)
        runs[place].child = (runs.count - 1, transition.seq)
        burst = 0
        return .transition(transition)
    }

    /// A parent's next transition after a delegation tells how the child ended.
    private mutating func finishChild(of place: Int, child: SyntheticRun) {
        guard let request = runs[place].child?.request else { return }
        runs[place].child = nil
        guard let index = runs[place].items.lastIndex(where: \.isTransition),
            case .event(.transition(let next)) = runs[place].items[index]
        else { return }
        var finished = next
        finished.kind = .childFinished
        finished.body = [
            "child": JSON(child.id.rawValue), "request": JSON(request), "status": "completed",
            "usage": ["tokens": 12_000, "microdollars": 36_000, "steps": 40],
        ]
        runs[place].items[index] = .event(.transition(finished))
    }

    /// Gives an event its time.
    private mutating func tick(_ event: RecordingEvent) -> RecordingEvent {
        guard case .transition(var transition) = event else { return event }
        told += 1
        clock += Int64.random(in: 200...40_000, using: &generator)
        if told >= idleAt {
            idleAt += idleEvery
            clock += Int64.random(in: 600...28_800, using: &generator) * 1_000_000
        }
        transition.at = Timestamp(microseconds: clock)
        return .transition(transition)
    }
}

extension SyntheticRun.Item {
    fileprivate var isTransition: Bool {
        if case .event(.transition) = self { true } else { false }
    }
}
