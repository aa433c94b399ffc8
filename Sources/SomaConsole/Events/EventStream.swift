package import SomaCore

/// The transitions of all runs as they arrived, or what is known of those of a recording.
///
/// Live, the newest are kept; the oldest make way in blocks. Of a recording only the rows that are looked at are
/// here: the source reads them.
package struct EventStream: Sendable {
    /// How many of the newest are kept at least once there are so many.
    package static let keptMin = 20_480
    /// How many make way at once.
    package static let block = MatchSet.droppedUnit
    /// The most rows of a recording that are kept after they were looked at.
    package static let windowMax = 1_024

    /// The newest transitions, oldest first.
    package private(set) var kept: [Transition] = []
    /// How many came before those.
    package private(set) var base = 0
    /// When the first of all arrived, by the log's time.
    package private(set) var since: Timestamp?
    /// Where the connection was away, the first one first.
    package private(set) var gaps: [EventGap] = []
    /// The row that comes next.
    package var end: Int { base + kept.count }
    /// How many rows the recording has; `nil` in a live view.
    package var recordedRows: Int?
    /// Rows of the recording that have been read.
    private var window: [Int: RecordingRow] = [:]
    private var asked: Set<Int> = []
    /// The number of the last search that was asked for.
    private var searches = 0

    package init() {}

    /// Takes in the next transition.
    package mutating func append(_ transition: Transition) {
        if since == nil { since = transition.at }
        kept.append(transition)
        guard kept.count >= Self.keptMin + Self.block else { return }
        kept.removeFirst(Self.block)
        base += Self.block
        gaps.removeAll { $0.row <= base }
    }

    /// Notes that the connection was away until now.
    mutating func note(_ gap: EventGap) {
        gaps.append(gap)
        if gaps.count > Self.gapsMax { gaps.removeFirst() }
    }

    /// A row of the recording, where it has been read.
    package func row(_ row: Int) -> RecordingRow? { window[row] }

    /// The rows that have neither been read nor asked for; they are noted as asked for.
    mutating func ask(_ rows: [Int]) -> [Int] {
        let missing = rows.filter { window[$0] == nil && !asked.contains($0) }
        asked.formUnion(missing)
        if window.count + missing.count > Self.windowMax {
            let wanted = Set(rows)
            window = window.filter { wanted.contains($0.key) }
        }
        return missing
    }

    /// Takes rows that were read.
    mutating func take(_ rows: [RecordingRow]) {
        for row in rows {
            asked.remove(row.row)
            window[row.row] = row
        }
    }

    /// A number that no search had before.
    mutating func newSearch() -> Int {
        searches += 1
        return searches
    }
}

/// Which transitions a list of them is made of, and where.
enum EventRows: Sendable, Hashable {
    /// Those of a recording.
    case recording(count: Int)
    /// Those that arrived since the console has watched.
    case stream(Range<Int>)
    /// Those of one run.
    case journal(RunID, count: Int)

    /// The numbers of the rows.
    var range: Range<Int> {
        switch self {
        case .recording(let count), .journal(_, let count): 0..<count
        case .stream(let range): range
        }
    }

    var isRecording: Bool { if case .recording = self { true } else { false } }
}

extension AppState {
    /// The rows that the events of a run, or of all runs, are made of.
    func eventRows(of run: RunID?) -> EventRows {
        if let rows = stream.recordedRows { return .recording(count: rows) }
        guard let run else { return .stream(stream.base..<stream.base + stream.kept.count) }
        return .journal(run, count: journals[run]?.transitions.count ?? 0)
    }

    /// A row's transition, where it is at hand.
    func event(_ row: Int, in rows: EventRows) -> Transition? {
        guard rows.range.contains(row) else { return nil }
        return switch rows {
        case .recording: stream.row(row)?.transition
        case .stream: stream.kept[row - stream.base]
        case .journal(let run, _): journals[run]?.transitions[row]
        }
    }
}
