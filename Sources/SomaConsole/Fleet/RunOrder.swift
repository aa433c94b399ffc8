/// What a run is ordered by: first by zone, then by number or text.
package struct RunKey: Sendable, Hashable {
    /// Lower zones come first, whichever way the rest is ordered.
    package var zone = 0
    /// The number, less is first.
    package var number: Int64 = 0
    /// The text, where numbers are equal.
    package var text = ""

    package init(zone: Int = 0, number: Int64 = 0, text: String = "") {
        self.zone = zone
        self.number = number
        self.text = text
    }
}

/// Runs in order, each of which takes one row or several.
///
/// Cut into short stretches, so that putting one in, taking one out and finding a row cost the length of a stretch
/// and of the list of stretches, not of the whole: ten thousand runs are some forty stretches.
struct RunOrder: Sendable {
    /// A run in its place.
    struct Entry: Sendable, Hashable {
        var key: RunKey
        /// Decides between equals.
        var name: String
        /// Its place in the fleet.
        var place: Int32
        /// How many rows it takes.
        var rows: Int32
    }

    /// How long a stretch gets before it is cut in two.
    private static let stretchMax = 512

    private struct Stretch: Sendable {
        var entries: [Entry]
        var rows: Int
    }

    /// Whether greater numbers and texts come first.
    let isReversed: Bool
    private var stretches: [Stretch] = []
    /// How many rows there are.
    private(set) var rows = 0
    /// How many runs there are.
    private(set) var count = 0

    init(isReversed: Bool = false) { self.isReversed = isReversed }

    /// Orders many at once.
    init(_ entries: [Entry], isReversed: Bool) {
        self.isReversed = isReversed
        let sorted = entries.sorted { Self.isLess($0, $1, isReversed) }
        var start = 0
        while start < sorted.count {
            let part = Array(sorted[start..<min(sorted.count, start + Self.stretchMax / 2)])
            stretches.append(Stretch(entries: part, rows: part.reduce(0) { $0 + Int($1.rows) }))
            start += part.count
        }
        count = sorted.count
        rows = stretches.reduce(0) { $0 + $1.rows }
    }

    mutating func insert(_ entry: Entry) {
        count += 1
        rows += Int(entry.rows)
        guard !stretches.isEmpty else {
            stretches = [Stretch(entries: [entry], rows: Int(entry.rows))]
            return
        }
        let number = stretch(for: entry)
        let place = place(of: entry, in: number)
        stretches[number].entries.insert(entry, at: place)
        stretches[number].rows += Int(entry.rows)
        guard stretches[number].entries.count > Self.stretchMax else { return }
        let whole = stretches[number].entries
        let halves = [Array(whole[..<(whole.count / 2)]), Array(whole[(whole.count / 2)...])]
        stretches.replaceSubrange(
            number...number,
            with: halves.map { half in
                Stretch(entries: half, rows: half.reduce(0) { $0 + Int($1.rows) })
            }
        )
    }

    /// Takes out an entry as it was put in; nothing happens where it isn't there.
    mutating func remove(_ entry: Entry) {
        guard let (number, place) = find(entry) else { return }
        count -= 1
        rows -= Int(entry.rows)
        stretches[number].entries.remove(at: place)
        stretches[number].rows -= Int(entry.rows)
        if stretches[number].entries.isEmpty { stretches.remove(at: number) }
    }

    /// The entry that a row belongs to, and which of its rows it is.
    func entry(atRow row: Int) -> (entry: Entry, offset: Int)? {
        var rest = row
        guard rest >= 0, rest < rows else { return nil }
        for stretch in stretches {
            guard rest >= stretch.rows else {
                // Nearly always one row each.
                if stretch.rows == stretch.entries.count { return (stretch.entries[rest], 0) }
                for entry in stretch.entries {
                    if rest < Int(entry.rows) { return (entry, rest) }
                    rest -= Int(entry.rows)
                }
                return nil
            }
            rest -= stretch.rows
        }
        return nil
    }

    /// The first row of an entry.
    func row(of entry: Entry) -> Int? {
        guard let (number, place) = find(entry) else { return nil }
        let before = stretches[..<number].reduce(0) { $0 + $1.rows }
        return stretches[number].entries[..<place].reduce(before) { $0 + Int($1.rows) }
    }

    /// Calls `body` with each entry in order.
    func forEach(_ body: (Entry) -> Void) {
        for stretch in stretches { stretch.entries.forEach(body) }
    }

    private func find(_ entry: Entry) -> (stretch: Int, place: Int)? {
        guard !stretches.isEmpty else { return nil }
        let number = stretch(for: entry)
        let place = place(of: entry, in: number)
        let entries = stretches[number].entries
        guard place < entries.count, entries[place].place == entry.place else { return nil }
        return (number, place)
    }

    /// The stretch that an entry belongs into: the last that doesn't begin behind it.
    private func stretch(for entry: Entry) -> Int {
        var (low, high) = (0, stretches.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.isLess(entry, stretches[middle].entries[0], isReversed) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return max(0, low - 1)
    }

    /// Where an entry is in a stretch, or would be.
    private func place(of entry: Entry, in number: Int) -> Int {
        let entries = stretches[number].entries
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.isLess(entries[middle], entry, isReversed) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    static func isLess(_ left: Entry, _ right: Entry, _ isReversed: Bool) -> Bool {
        if left.key.zone != right.key.zone { return left.key.zone < right.key.zone }
        if left.key.number != right.key.number {
            return (left.key.number < right.key.number) != isReversed
        }
        if left.key.text != right.key.text { return (left.key.text < right.key.text) != isReversed }
        return left.name != right.name ? left.name < right.name : left.place < right.place
    }
}
