/// What one line of a recording says.
public enum RecordingEvent: Sendable, Equatable {
    /// A fact of a run.
    case transition(Transition)
    /// Words that transitions refer to.
    case content(RecordedContent)
    /// Who held a run at a moment.
    case presence(RecordedPresence)
    /// Output as it came.
    case delta(RecordedDelta)
    /// The fleet that the recording begins with: what happened before it isn't in the recording.
    case base(Fleet)
}

/// Words in a recording.
public struct RecordedContent: Sendable, Hashable {
    /// Why there may be no words.
    public enum State: String, Sendable, Hashable {
        /// The words are here.
        case open
        /// The words were enciphered with a key that the recorder didn't have.
        case sealed
        /// The words were deleted.
        case erased
    }

    /// Their name.
    public var id: ContentID
    /// Whether they are here.
    public var state: State
    /// The words; empty unless `state` is open.
    public var text: String

    /// Creates words.
    public init(id: ContentID, text: String, state: State = .open) {
        self.id = id
        self.state = state
        self.text = state == .open ? text : ""
    }

    init?(_ record: JSONObject) {
        guard let id = record["id"]?.string.flatMap({ ContentID($0) }) else { return nil }
        self.init(
            id: id,
            text: record["text"]?.string ?? "",
            state: record["state"]?.string.flatMap(State.init) ?? .open
        )
    }

    var record: JSON {
        var object: JSONObject = ["soma": "content", "id": JSON("\(id)")]
        if state == .open {
            object["text"] = .string(text)
        } else {
            object["state"] = .string(state.rawValue)
        }
        return .object(object)
    }
}

/// Who held a run at a moment. Not part of any fold.
public struct RecordedPresence: Sendable, Hashable {
    /// The run.
    public var run: RunID
    /// The process that held it.
    public var holder: String
    /// When it last gave a sign of life.
    public var at: Timestamp

    /// Creates a sign of life.
    public init(run: RunID, holder: String, at: Timestamp) {
        self.run = run
        self.holder = holder
        self.at = at
    }

    init?(_ record: JSONObject) {
        guard let run = record["run"]?.string, let at = record["at"]?.int else { return nil }
        self.init(
            run: RunID(run),
            holder: record["holder"]?.string ?? "",
            at: Timestamp(microseconds: Int64(at))
        )
    }

    var record: JSON {
        [
            "soma": "presence", "run": JSON(run.rawValue), "holder": JSON(holder),
            "at": .int(at.microseconds),
        ]
    }
}

/// Output of a model or tool as it came, before its result. Not part of any fold.
public struct RecordedDelta: Sendable, Hashable {
    /// The run.
    public var run: RunID
    /// The seq of the effect's request.
    public var effect: Int
    /// Which output: `text`, `stdout`, `stderr`, …
    public var stream: String
    /// When it came.
    public var at: Timestamp
    /// The words.
    public var text: String

    /// Creates a piece of output.
    public init(run: RunID, effect: Int, stream: String, at: Timestamp, text: String) {
        self.run = run
        self.effect = effect
        self.stream = stream
        self.at = at
        self.text = text
    }

    init?(_ record: JSONObject) {
        guard let run = record["run"]?.string, let at = record["at"]?.int, let text = record["text"]?.string
        else { return nil }
        self.init(
            run: RunID(run),
            effect: record["effect"]?.int ?? 0,
            stream: record["stream"]?.string ?? "",
            at: Timestamp(microseconds: Int64(at)),
            text: text
        )
    }

    var record: JSON {
        [
            "soma": "delta", "run": JSON(run.rawValue), "effect": JSON(effect), "stream": JSON(stream),
            "at": .int(at.microseconds), "text": JSON(text),
        ]
    }
}
