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

    /// On the clock that only goes forward, in microseconds.
    var at: Int64
    let what: What
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
