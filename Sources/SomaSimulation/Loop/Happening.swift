import SomaCore
import SomaEngine

/// Something that will happen, and when.
struct Happening {
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

    /// On the clock that only goes forward, in microseconds; for timers on the clock on the wall.
    let at: Int64
    let what: What

    var isTimer: Bool {
        if case .rings = what { return true }
        return false
    }
}

/// What somebody asks of the engine.
enum Ask {
    case start(StartRequest)
    case fork(RunID, at: Int, edit: JSONObject)
    case command(RunID, RunCommand)
}

/// A command that was given and not answered yet.
struct Sent {
    let run: RunID?
    /// The run that is wanted.
    var start: StartRequest?
    /// The question that was answered, and whether it was closed when the answer was given.
    var answers: Int?
    var isStale = false
}

/// The time in a simulation: one clock that only goes forward, and one on the wall that people change.
struct SimulatedClock {
    private(set) var elapsed: Int64 = 0
    private(set) var offset: Int64 = 1_790_000_000_000_000

    /// What the engine is told.
    var now: Timestamp { Timestamp(microseconds: elapsed + offset) }

    mutating func advance(to moment: Int64) { elapsed = max(elapsed, moment) }

    mutating func jump(by microseconds: Int64) { offset += microseconds }

    /// When a happening comes, on the clock that only goes forward.
    func due(_ happening: Happening) -> Int64 { happening.isTimer ? happening.at - offset : happening.at }
}
