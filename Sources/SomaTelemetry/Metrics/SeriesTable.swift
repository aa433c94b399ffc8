import Synchronization

/// The series of one counter by the values of its labels, for who records under many: a look-up takes a small part of
/// what asking the registry takes.
///
/// Bounded as the metric is: values beyond its limits share the series of `other`.
public final class CounterTable: Sendable {
    private let table: SeriesTable<CounterSeries>

    init(_ table: SeriesTable<CounterSeries>) { self.table = table }

    /// The series for label values in the order in which the metric lists its labels; made when new.
    public subscript(_ first: String, _ second: String = "", _ third: String = "") -> CounterSeries {
        table.series(LabelKey(first, second, third))
    }
}

/// The series of one histogram by the values of its labels, as ``CounterTable`` has those of a counter.
public final class HistogramTable: Sendable {
    private let table: SeriesTable<HistogramSeries>

    init(_ table: SeriesTable<HistogramSeries>) { self.table = table }

    /// The series for label values in the order in which the metric lists its labels; made when new.
    public subscript(_ first: String, _ second: String = "", _ third: String = "") -> HistogramSeries {
        table.series(LabelKey(first, second, third))
    }
}

/// Finds series. Not public: only inside of the module are the generics made into what is quick.
final class SeriesTable<Series: Sendable>: Sendable {
    private let metric: RegisteredMetric
    private let find: @Sendable ([(String, String)]) -> Series
    private let known = Mutex(LabelCache<Series>())

    init(_ metric: RegisteredMetric, _ find: @escaping @Sendable ([(String, String)]) -> Series) {
        precondition((1...3).contains(metric.labels.count), "a table is for one to three labels")
        self.metric = metric
        self.find = find
    }

    func series(_ key: LabelKey) -> Series {
        if let series = known.withLock({ $0.find(key) }) { return series }
        let series = find(Array(zip(metric.labels, [key.first, key.second, key.third])))
        // What comes after that is mostly the series of `other`; memory stays bounded.
        known.withLock { if $0.count < metric.seriesMax { $0.insert(series, key) } }
        return series
    }

    /// Label values that are found quickly.
    var knownCount: Int { known.withLock { $0.count } }
}

/// Up to three label values.
struct LabelKey {
    let first: String
    let second: String
    let third: String
    let hash: UInt64

    init(_ first: String, _ second: String, _ third: String) {
        self.first = first
        self.second = second
        self.third = third
        var hash = Self.mixed(first, into: 0)
        hash = Self.mixed(second, into: hash)
        hash = Self.mixed(third, into: hash)
        self.hash = hash ^ hash >> 32
    }

    func equals(_ other: LabelKey) -> Bool {
        hash == other.hash && first == other.first && second == other.second && third == other.third
    }

    /// Eight bytes at a time, each multiplied and rotated in. Not for keeping out who looks for collisions: a search
    /// that meets too many of them gives up.
    private static func mixed(_ text: String, into hash: UInt64) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var hash = (hash ^ UInt64(truncatingIfNeeded: bytes.count)) &* 0x9E37_79B9_7F4A_7C15
            let raw = UnsafeRawBufferPointer(bytes)
            var offset = 0
            while offset + 8 <= raw.count {
                let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash >> 29
                offset += 8
            }
            while offset < raw.count {
                hash = (hash ^ UInt64(raw[offset])) &* 0x9E37_79B9_7F4A_7C15
                offset += 1
            }
            return hash ^ hash >> 29
        }
    }
}

/// Series by label values: open addressing, with a bound on how far a search goes.
private struct LabelCache<Series> {
    private static var probesMax: Int { 8 }
    private var slots: [(key: LabelKey, series: Series)?] = Array(repeating: nil, count: 32)
    private(set) var count = 0

    func find(_ key: LabelKey) -> Series? {
        var index = Int(truncatingIfNeeded: key.hash) & (slots.count - 1)
        for _ in 0..<Self.probesMax {
            guard let slot = slots[index] else { return nil }
            if slot.key.equals(key) { return slot.series }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Keeps a series, unless too many others stand where it would.
    mutating func insert(_ series: Series, _ key: LabelKey) {
        if count * 2 >= slots.count { grow() }
        var index = Int(truncatingIfNeeded: key.hash) & (slots.count - 1)
        for _ in 0..<Self.probesMax {
            guard let slot = slots[index] else {
                slots[index] = (key, series)
                count += 1
                return
            }
            if slot.key.equals(key) { return }
            index = (index + 1) & (slots.count - 1)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: old.count * 2)
        count = 0
        for case (let key, let series)? in old { insert(series, key) }
    }
}

extension MetricsRegistry {
    /// All series of a counter with one to three labels.
    public func counters(_ metric: RegisteredMetric) -> CounterTable {
        CounterTable(counterTable(metric))
    }

    /// All series of a histogram with one to three labels.
    public func histograms(_ metric: RegisteredMetric) -> HistogramTable {
        HistogramTable(histogramTable(metric))
    }

    func counterTable(_ metric: RegisteredMetric) -> SeriesTable<CounterSeries> {
        let family = family(metric)
        return SeriesTable(metric) { labels in
            guard case .counter(let series) = family.series(labels) else {
                preconditionFailure("\(metric.name) is no counter")
            }
            return series
        }
    }

    func histogramTable(_ metric: RegisteredMetric) -> SeriesTable<HistogramSeries> {
        let family = family(metric)
        return SeriesTable(metric) { labels in
            guard case .histogram(let series) = family.series(labels) else {
                preconditionFailure("\(metric.name) is no histogram")
            }
            return series
        }
    }
}
