import Synchronization

/// Places of rows that are known: enough that any row is found by passing over few lines.
final class RowAnchors: Sendable {
    private struct State {
        var places: [(row: Int, offset: Int)] = []
        var hasKeyframes = false
    }

    private let state = Mutex(State())

    /// Notes that the first transition at or after `offset` is row `row`.
    func note(row: Int, at offset: Int) {
        state.withLock { Self.note(row: row, at: offset, &$0.places) }
    }

    /// Forgets everything: the numbers in keyframes are those of other rows.
    func distrustKeyframes() {
        state.withLock { $0 = State(hasKeyframes: true) }
    }

    /// The last known place that isn't behind a row.
    func before(_ row: Int, _ keyframes: [RecordingIndex.Keyframe]) -> (row: Int, offset: Int) {
        state.withLock { state in
            if !state.hasKeyframes {
                state.hasKeyframes = true
                for keyframe in keyframes where !keyframe.isBase {
                    Self.note(row: keyframe.transitions, at: keyframe.offset, &state.places)
                }
            }
            let place = state.places.firstPlace { $0.row > row }
            return place == 0 ? (0, 0) : state.places[place - 1]
        }
    }

    private static func note(row: Int, at offset: Int, _ places: inout [(row: Int, offset: Int)]) {
        let place = places.firstPlace { $0.offset >= offset }
        guard place == places.count || places[place].offset != offset else { return }
        places.insert((row, offset), at: place)
    }
}

/// A row of a recording: a line that claims to be a transition.
package struct RecordingRow: Sendable {
    /// Its place among them, from 0.
    package var row: Int
    /// Where its line ends, in bytes: a cursor there has just folded it.
    package var end: Int
    /// What it says; `nil` where it can't be read.
    package var transition: Transition?
    /// The line as it is, where it can't be read: at most `RecordingRow.textBytesMax` bytes of it.
    package var text: String

    /// The most bytes of an unreadable line that are given.
    package static let textBytesMax = 65_536
}

extension RecordingReader {
    /// Reads rows; those past the end are left out. Decodes what it gives and nothing else.
    ///
    /// Blocks while it reads. A row that lies far from everything that was read before is sought from the nearest
    /// keyframe, once.
    package func rows(_ wanted: some Sequence<Int>) -> [RecordingRow] {
        var result: [RecordingRow] = []
        var place: (row: Int, offset: Int)?
        for row in wanted where row >= 0 {
            guard let line = line(of: row, &place) else { continue }
            let bytes = UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
            let transition = try? Transition.read(bytes).get()
            let text =
                transition == nil
                ? String(decoding: bytes.prefix(RecordingRow.textBytesMax), as: UTF8.self) : ""
            result.append(
                RecordingRow(row: row, end: line.bytes.upperBound, transition: transition, text: text)
            )
        }
        return result
    }

    /// The line of a row, found from where the last one was or from a known place.
    private func line(of row: Int, _ place: inout (row: Int, offset: Int)?) -> RecordingLine? {
        let known = anchors.before(row, index.keyframes)
        var here = place.map { $0.row <= row && $0.row >= known.row ? $0 : known } ?? known
        let from = here.row
        while let line = RecordingLine.next(in: source.buffer, at: here.offset) {
            here.offset = line.bytes.upperBound
            guard line.kind == .transition else { continue }
            if here.row == row {
                place = (row + 1, line.bytes.upperBound)
                if row - from > Self.anchorRows { anchors.note(row: row + 1, at: line.bytes.upperBound) }
                return line
            }
            here.row += 1
        }
        return nil
    }

    /// How many lines are passed over at most without the place being noted.
    private static let anchorRows = 512
}

extension Array {
    /// The first place from which on a condition holds; it must hold for all that follow.
    fileprivate func firstPlace(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
