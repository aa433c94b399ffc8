/// The latest samples of one series, oldest first; a full ring drops its oldest for a new one.
struct SampleRing: Sendable {
    /// A value at a moment; one that isn't there is where the series ended.
    struct Point: Hashable, Sendable {
        /// Milliseconds since 1970.
        let time: Int64
        /// `nil` marks that the series was gone at this moment: a gap begins.
        let value: Double?
    }

    private var points: [Point] = []
    private var head = 0
    private let capacity: Int
    /// How many were dropped for newer ones.
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = max(2, capacity) }

    var count: Int { points.count }
    var last: Point? { points.isEmpty ? nil : self[points.count - 1] }

    subscript(index: Int) -> Point {
        let place = head + index
        return points[place < points.count ? place : place - points.count]
    }

    mutating func append(_ point: Point) {
        guard points.count == capacity else { return points.append(point) }
        points[head] = point
        head = head + 1 == capacity ? 0 : head + 1
        dropped += 1
    }

    /// The place of the first point that is later than a moment; ``count`` where there is none.
    func firstIndex(after time: Int64) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].time > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The value that holds at a moment: the latest of the time back to `since`, exclusive, unless the
    /// series had ended by then.
    func value(at time: Int64, since: Int64) -> Double? {
        let index = firstIndex(after: time) - 1
        guard index >= 0, self[index].time > since else { return nil }
        return self[index].value
    }

    /// The points later than `since` and not later than `time`, without marks.
    func window(since: Int64, upTo time: Int64) -> [(time: Int64, value: Double)] {
        (firstIndex(after: since)..<max(firstIndex(after: since), firstIndex(after: time))).compactMap {
            index in
            let point = self[index]
            return point.value.map { (point.time, $0) }
        }
    }
}
