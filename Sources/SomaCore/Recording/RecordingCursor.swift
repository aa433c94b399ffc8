/// A place in a recording with the fleet as it is there; moves forwards line by line.
public struct RecordingCursor: Sendable {
    private let reader: RecordingReader
    private var scan: RecordingScan
    /// The fold of everything before.
    public private(set) var fleet: Fleet
    /// How many transitions come before.
    public private(set) var transitions: Int

    init(_ reader: RecordingReader, fleet: Fleet, transitions: Int, offset: Int) {
        self.reader = reader
        self.fleet = fleet
        self.transitions = transitions
        scan = RecordingScan(reader.source, from: offset)
    }

    /// Where the next line starts, in bytes.
    public var offset: Int { scan.offset }

    /// Reads the next event and folds it; `nil` at the end. Lines without an event are passed over.
    public mutating func next() -> RecordingEvent? {
        while let (_, item) = scan.read() {
            guard case .event(let event) = item else { continue }
            take(event)
            return event
        }
        reader.report(scan.problems)
        return nil
    }

    /// The next event, without moving on.
    public func peek() -> RecordingEvent? {
        var copy = scan
        while let (_, item) = copy.read() {
            if case .event(let event) = item { return event }
        }
        return nil
    }

    /// Moves forwards to a place; where it is behind, nothing happens. To move backwards, or far, take a new cursor.
    public mutating func advance(to position: RecordingPosition) {
        switch position {
        case .start: return
        case .end: while next() != nil {}
        case .transition(let count):
            while transitions < count, next() != nil {}
        case .offset(let limit):
            while true {
                var ahead = scan
                guard let (line, item) = ahead.read(), line.bytes.lowerBound < limit else { return }
                scan = ahead
                if case .event(let event) = item { take(event) }
            }
        case .time(let time):
            while true {
                var ahead = scan
                guard let (_, item) = ahead.read() else { return }
                if case .event(.transition(let transition)) = item, transition.at > time { return }
                if case .event(.base(let base)) = item, base.lastAt > time { return }
                scan = ahead
                if case .event(let event) = item { take(event) }
            }
        }
    }

    /// Reads on to where the lines behind are vouched for, so that changed ones don't go unnoticed.
    func verifyAhead() {
        var ahead = scan
        while let line = ahead.advance(), line.kind != .check, line.kind != .keyframe {}
        reader.report(ahead.problems)
    }

    private mutating func take(_ event: RecordingEvent) {
        switch event {
        case .transition(let transition):
            fleet.apply(transition)
            transitions += 1
        case .base(let base): fleet.take(base: base)
        default: break
        }
    }
}
