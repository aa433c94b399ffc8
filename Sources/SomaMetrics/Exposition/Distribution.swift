/// The rules for the parts of one histogram or summary: its buckets or quantiles, its sum and its count.
///
/// A sum or a quantile below zero is against the specification, which has distributions of what can't be
/// negative in mind. Libraries (Go's among them) expose such distributions nevertheless, and Prometheus takes
/// them. So it is taken where the metric is whole, with sum, count and time of creation, and refused where these
/// aren't there and a wrong value is the likelier reason.
struct Distribution {
    private var group: UInt64?
    private var time: MetricTimestamp?
    private var start = 0
    private var bound: Double?
    private var inBucket = 0.0
    private var count: Double?
    private var hasSum = false
    private var hasGaugeSum = false
    private var hasCreated = false
    private var hasNegativeBound = false
    private var negativeGaugeSum: Int?
    /// Where the first sum or quantile below zero is.
    private var negative: (offset: Int, what: String)?

    init() {}

    mutating func add(
        _ record: SampleRecord,
        _ own: UInt64,
        bound newBound: Double?,
        _ kind: MetricKind,
        _ place: OpenMetricsRules.Place
    ) throws(ParseFailure) {
        if group != own || time != record.timestamp {
            try finish(kind)
            self = Distribution()
            group = own
            time = record.timestamp
            start = place.sample
        }
        switch record.role {
        case .bucket: try addBucket(newBound ?? 0, record.value, place)
        case .value:
            if record.value < 0, negative == nil {
                negative = (place.value, "a quantile's value is negative")
            }
        case .count, .gcount: count = record.value
        case .sum:
            hasSum = true
            if record.value < 0, negative == nil { negative = (place.value, "a sum is negative") }
        case .gsum:
            hasGaugeSum = true
            if record.value < 0 { negativeGaugeSum = place.value }
        case .created: hasCreated = true
        case .total, .info: break
        }
    }

    private mutating func addBucket(
        _ newBound: Double,
        _ value: Double,
        _ place: OpenMetricsRules.Place
    ) throws(ParseFailure) {
        if newBound < 0 { hasNegativeBound = true }
        if let bound, newBound <= bound {
            throw ParseFailure(place.sample, "the buckets aren't in ascending order of le")
        }
        guard value >= inBucket else {
            throw ParseFailure(
                place.value,
                "a bucket holds less than the one before",
                hint: "buckets are cumulative: each counts what the smaller ones do"
            )
        }
        bound = newBound
        inBucket = value
    }

    /// Checks the whole; nothing when there was no sample.
    func finish(_ kind: MetricKind) throws(ParseFailure) {
        guard group != nil else { return }
        let isWhole = hasSum && hasCreated && count != nil
        if let negative, !isWhole {
            throw ParseFailure(
                negative.offset,
                negative.what,
                hint: "where values can be negative, expose _sum, _count and _created too"
            )
        }
        guard kind.isHistogram else { return }
        func refuse(_ message: String, _ hint: String = "") throws(ParseFailure) {
            throw ParseFailure(start, message, hint: hint)
        }
        if bound != .infinity {
            try refuse("a histogram has no bucket le=\"+Inf\"", "every histogram has one")
        }
        if let count, count != inBucket { try refuse("a histogram's count isn't what its bucket +Inf holds") }
        if hasSum, count == nil { try refuse("a histogram has a sum and no count") }
        if hasGaugeSum, count == nil { try refuse("a histogram has a _gsum and no _gcount") }
        if !hasSum, !hasGaugeSum, count != nil { try refuse("a histogram has a count and no sum") }
        if hasNegativeBound, hasSum, !isWhole {
            try refuse(
                "a histogram with negative buckets has a sum",
                "where values can be negative, leave the sum out or expose _count and _created too"
            )
        }
        if !hasNegativeBound, let offset = negativeGaugeSum {
            throw ParseFailure(offset, "a _gsum is negative though no bucket is")
        }
    }
}
