/// One event of an event stream.
public struct SSEEvent: Hashable, Sendable {
    /// The event's type; `message` where the stream names none.
    public var type: String
    /// The data lines, joined by line feeds.
    public var data: String
    /// The stream's last event id at this event; empty where none was given.
    public var lastEventID: String

    /// Makes an event.
    public init(type: String = "message", data: String, lastEventID: String = "") {
        self.type = type
        self.data = data
        self.lastEventID = lastEventID
    }
}

/// How much of an event stream is kept before it is refused.
public struct SSELimits: Hashable, Sendable {
    /// Bytes of one line, its end not counted.
    public var lineBytes: Int
    /// Bytes of one event's data.
    public var eventBytes: Int

    /// Makes limits; 1 MiB a line and 8 MiB an event by default.
    public init(lineBytes: Int = 1 << 20, eventBytes: Int = 8 << 20) {
        self.lineBytes = lineBytes
        self.eventBytes = eventBytes
    }
}
