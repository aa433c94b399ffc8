/// The samples of one scraped endpoint over the last while, in bounded memory.
///
/// A series that is missing from a scrape, and every series when a scrape fails, gets a mark: from there to its
/// next sample there is a gap. Without one, a value holds for the lookback.
package struct SeriesStore: Sendable {
    /// What is kept at most.
    package struct Limits: Hashable, Sendable {
        /// Series; those that have been gone longest make room, and new ones are left out where none has gone.
        package var seriesMax = 20_000
        /// Samples of each series; the oldest go first.
        package var samplesMax = 1_440

        package init() {}
        package init(seriesMax: Int, samplesMax: Int) {
            self.seriesMax = seriesMax
            self.samplesMax = samplesMax
        }
    }

    /// What became of one scrape.
    package struct Report: Hashable, Sendable {
        /// Samples taken.
        package var added = 0
        /// Series seen for the first time.
        package var newSeries = 0
        /// Series that the scrape lacks and the one before had.
        package var ended = 0
        /// Old samples dropped for these, because a series holds ``Limits/samplesMax``.
        package var droppedSamples = 0
        /// Series dropped for new ones, because there may be ``Limits/seriesMax``.
        package var droppedSeries = 0
        /// Samples of new series for which there was no room.
        package var leftOut = 0
        /// Samples not later than the last one of their series.
        package var outOfOrder = 0

        /// A sentence fragment for what was lost; empty where nothing was.
        package var losses: String {
            var parts: [String] = []
            if droppedSamples > 0 { parts.append("\(droppedSamples) old samples dropped") }
            if droppedSeries > 0 { parts.append("\(droppedSeries) ended series dropped") }
            if leftOut > 0 { parts.append("\(leftOut) series left out: too many") }
            if outOfOrder > 0 { parts.append("\(outOfOrder) samples out of order") }
            return parts.joined(separator: ", ")
        }
    }

    struct Series: Sendable {
        let name: String
        /// In ascending order of their names.
        let labels: [Exposition.Label]
        let kind: MetricKind
        /// Name and labels as the endpoint writes them.
        var source: [UInt8]
        var ring: SampleRing
        /// The number of the last scrape that had it.
        var scrape: Int
        /// Whether the endpoint gives times itself; such a series ends by the lookback alone, as in Prometheus.
        var hasOwnTime = false
        let hash: UInt64
    }

    /// How long a value holds where nothing says that it ended: five minutes, as in Prometheus.
    package static let lookback: Duration = .seconds(300)

    package let limits: Limits
    /// How long a value holds, in milliseconds.
    let lookback: Int64
    private(set) var series: [Series] = []
    private(set) var namesakes: [String: [Int]] = [:]
    private var index = HashTable()
    private var scrapes = 0

    /// Makes an empty store.
    ///
    /// - Parameter lookback: How long a value holds; a few scrape intervals, or five minutes as in Prometheus.
    package init(limits: Limits = Limits(), lookback: Duration = SeriesStore.lookback) {
        self.limits = limits
        self.lookback = max(1, lookback.inMilliseconds)
    }

    /// How many series there are, ended ones included.
    package var count: Int { series.count }

    /// The names there are, in ascending order.
    package var names: [String] { namesakes.keys.sorted() }

    /// Takes what a scrape gave.
    ///
    /// - Parameter time: When it was asked for; counts for all samples that say no time themselves.
    package mutating func add(_ exposition: Exposition, at time: MetricTimestamp) -> Report {
        scrapes += 1
        var report = Report()
        var missing: [Int] = []
        let now = time.inMilliseconds
        for (number, record) in exposition.records.enumerated() {
            if let found = find(record, exposition) {
                append(record, to: found, now, &report)
            } else {
                missing.append(number)
            }
        }
        if !missing.isEmpty {
            // A series can be in one scrape several times, at several moments.
            var distinct = HashTable()
            var fresh = 0
            for number in missing where distinct.insert(exposition.records[number].hash) { fresh += 1 }
            makeRoom(for: fresh, &report)
            for number in missing {
                let record = exposition.records[number]
                let known = find(record, exposition)
                guard known != nil || series.count < limits.seriesMax else {
                    report.leftOut += 1
                    continue
                }
                append(record, to: known ?? insert(number, exposition, &report), now, &report)
            }
        }
        report.ended = endMissing(now)
        return report
    }

    /// Notes that a scrape failed: every series ends here until it is seen again.
    package mutating func addFailure(at time: MetricTimestamp) -> Report {
        scrapes += 1
        var report = Report()
        report.ended = endMissing(time.inMilliseconds)
        return report
    }

    private func find(_ record: SampleRecord, _ exposition: Exposition) -> Int? {
        index.first(record.hash) { place in
            let known = series[place]
            if exposition.text.withBytes(record.series, { $0.elementsEqual(known.source) }) { return true }
            return exposition.text.string(record.name) == known.name
                && exposition.text.labels(record.labels).sorted() == known.labels
        }
    }

    private mutating func insert(_ number: Int, _ exposition: Exposition, _ report: inout Report) -> Int {
        let record = exposition.records[number]
        let name = exposition.text.string(record.name)
        let place = series.count
        series.append(
            Series(
                name: name,
                labels: exposition.text.labels(record.labels).sorted(),
                kind: exposition.families[Int(record.family)].kind,
                source: exposition.text.withBytes(record.series) { Array($0) },
                ring: SampleRing(capacity: limits.samplesMax),
                scrape: scrapes,
                hash: record.hash
            )
        )
        namesakes[name, default: []].append(place)
        index.insert(record.hash, place)
        report.newSeries += 1
        return place
    }

    private mutating func append(_ record: SampleRecord, to place: Int, _ now: Int64, _ report: inout Report)
    {
        let time = record.timestamp?.inMilliseconds ?? now
        series[place].scrape = scrapes
        series[place].hasOwnTime = record.timestamp != nil
        guard series[place].ring.last.map({ $0.time < time }) ?? true else {
            // The same moment again is what an endpoint with times of its own gives in most scrapes.
            if series[place].ring.last?.time != time { report.outOfOrder += 1 }
            return
        }
        let before = series[place].ring.dropped
        series[place].ring.append(SampleRing.Point(time: time, value: record.value))
        report.added += 1
        report.droppedSamples += series[place].ring.dropped - before
    }

    /// Marks the series that the scrape before had and this one hasn't.
    private mutating func endMissing(_ now: Int64) -> Int {
        var count = 0
        for place in series.indices where series[place].scrape == scrapes - 1 && !series[place].hasOwnTime {
            guard let last = series[place].ring.last, last.value != nil, last.time < now else { continue }
            series[place].ring.append(SampleRing.Point(time: now, value: nil))
            count += 1
        }
        return count
    }

    /// Drops series that have been gone longest, a tenth of all at once so that it stays rare.
    private mutating func makeRoom(for count: Int, _ report: inout Report) {
        guard series.count + count > limits.seriesMax else { return }
        let wanted = max(series.count + count - limits.seriesMax, limits.seriesMax / 10)
        let gone = series.indices.filter { series[$0].scrape < scrapes - 1 }
            .sorted { series[$0].scrape < series[$1].scrape }
            .prefix(wanted)
        guard !gone.isEmpty else { return }
        report.droppedSeries += gone.count
        let dropped = Set(gone)
        series = series.indices.filter { !dropped.contains($0) }.map { series[$0] }
        index = HashTable()
        namesakes = [:]
        for (place, one) in series.enumerated() {
            index.insert(one.hash, place)
            namesakes[one.name, default: []].append(place)
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; the nearest number that fits.
    var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, over) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return over ? (seconds < 0 ? .min : .max) : sum
    }
}
