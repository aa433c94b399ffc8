import SomaCore
import SomaEngine

/// Something that will happen, and when.
struct Happening<What> {
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

/// What a command answers, if anything.
struct Answering {
    /// The question that was answered, and whether it was closed when the answer was given.
    let question: Int
    let isStale: Bool

    init?(_ command: RunCommand, _ shadow: RunShadow?) {
        guard case .answer(let seq?, _) = command else { return nil }
        question = seq
        isStale = shadow?.closed.contains(seq) ?? false
    }
}
