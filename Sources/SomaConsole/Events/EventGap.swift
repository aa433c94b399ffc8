import SomaCore
import SomaTerminal

/// A place in the stream where the connection was away: what stands before it was heard before.
package struct EventGap: Sendable, Hashable {
    /// The first row that was heard afterwards.
    package var row: Int
    /// How long the connection was lost; `nil` where only the daemon's stream was.
    package var length: Duration?
    /// How many transitions were decided meanwhile and are not among the rows; `nil` where the stream went on where
    /// it had stopped, so that they follow.
    package var missed: Int?
    /// How many runs those are of.
    package var runs = 0

    /// What the row says; the short form is for narrow screens.
    func words(isShort: Bool) -> String {
        let lost = length.map { (isShort ? "lost " : "connection lost ") + Amounts.time($0) }
        let rest: String? =
            switch missed {
            case nil: isShort ? nil : "what happened meanwhile follows"
            case 0?: isShort ? "nothing missed" : "nothing happened meanwhile"
            case let count?:
                isShort
                    ? "\(Amounts.short(count)) not seen: O"
                    : "\(Amounts.grouped(count)) \(count == 1 ? "transition" : "transitions") of "
                        + "\(Amounts.grouped(runs)) \(runs == 1 ? "run" : "runs") not seen here; O shows a run's log"
            }
        return [lost, rest].compactMap { $0 }.joined(separator: "; ")
    }
}

extension EventStream {
    /// The most gaps that are kept.
    static let gapsMax = 64

    /// How many transitions of which runs came between two states of a fleet.
    static func missed(from old: Fleet, to new: Fleet) -> (transitions: Int, runs: Int) {
        var (transitions, runs) = (0, 0)
        for run in new.runs {
            let before = old[run.id]?.seq ?? run.origin?.seq ?? 0
            guard run.seq > before else { continue }
            transitions += run.seq - before
            runs += 1
        }
        return (transitions, runs)
    }
}

extension AppState {
    /// Notes that the stream begins again with what is true now.
    mutating func noteGap(before fleet: Fleet) {
        defer { lostAt = nil }
        guard hasFleet, replay == nil else { return }
        let missed = EventStream.missed(from: self.fleet, to: fleet)
        guard lostAt != nil || missed.transitions > 0 else { return }
        stream.note(
            EventGap(
                row: stream.end,
                length: lostAt.map { max(.zero, now - $0) },
                missed: missed.transitions,
                runs: missed.runs
            )
        )
    }

    /// Notes that the stream goes on where it had stopped.
    mutating func noteReturn() {
        guard hasFleet, replay == nil, let lostAt else { return }
        stream.note(EventGap(row: stream.end, length: max(.zero, now - lostAt)))
    }
}

extension EventsState {
    /// How many shown rows come before a row; gaps don't count.
    func shown(before row: Int, in rows: EventRows) -> Int {
        guard let search, !showsAll else { return min(max(0, row - rows.range.lowerBound), rows.range.count) }
        return search.matches.count(before: row - search.base)
    }

    /// How many rows are shown; gaps don't count.
    func shown(in rows: EventRows) -> Int {
        showsAll ? rows.range.count : search?.matches.count ?? rows.range.count
    }

    /// Where a gap stands among what is shown.
    func place(ofGap number: Int, in rows: EventRows) -> Int {
        shown(before: gaps[number].row, in: rows) + number
    }

    /// The gap at a place among what is shown.
    func gap(at place: Int, in rows: EventRows) -> EventGap? {
        gaps.indices.first { self.place(ofGap: $0, in: rows) == place }.map { gaps[$0] }
    }

    /// The nearest place of a row, first in one direction.
    func place(near place: Int, forwards: Bool, in rows: EventRows) -> Int? {
        if row(at: place, in: rows) != nil { return place }
        let room = gaps.count + 1
        let below = (place + 1)..<max(place + 1, min(count, place + room))
        let above = (max(0, place - room)..<max(0, place)).reversed()
        let near = forwards ? Array(below) + above : above + Array(below)
        return near.first { row(at: $0, in: rows) != nil }
    }
}

extension EventsView {
    /// Draws a gap over all columns of a row.
    static func draw(_ gap: EventGap, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let words = gap.words(isShort: rect.columns < 96)
        let rule = String(repeating: look.glyphs.pick("─", "-"), count: 2)
        let line = StyledLine([.init(rule + " ", look[.border]), .init(words, look[.warning]), .init(" ")])
        look.draw(line, on: &canvas, in: rect)
        canvas.rule(
            row: rect.row,
            columns: min(rect.column + line.columns, rect.endColumn)..<rect.endColumn,
            style: look[.border],
            glyphs: look.glyphs
        )
    }
}
