/// What OpenMetrics demands of the samples of a family, beyond how a line is written.
///
/// Fed with one sample after the other; knows the group that the last one belonged to. A group is what has the
/// same labels apart from `le`, `quantile` and a state's name, and its samples must stand together.
struct OpenMetricsRules {
    /// Where the parts of a line are, for messages.
    struct Place {
        let sample: Int
        let value: Int
        let exemplar: Int
    }

    /// The last sample's name and role.
    var lastName: (name: TextSpan, role: SampleRole)?
    var unitOffset = 0
    private(set) var hasSamples = false

    private var familyOffset = 0
    /// Names of samples that families have taken.
    private var takenNames = HashTable()
    private var seenGroups = HashTable()
    /// Series of the current group, to recognise repeated ones.
    private var seriesOfGroup = HashTable()
    private var group: UInt64?
    private var groupTime: MetricTimestamp?
    private var distribution = Distribution()

    mutating func beginFamily(at offset: Int) {
        familyOffset = offset
        unitOffset = offset
        lastName = nil
        hasSamples = false
        group = nil
        groupTime = nil
        seenGroups.removeAll()
        seriesOfGroup.removeAll()
        distribution = Distribution()
    }

    /// Checks what can only be said of a whole family.
    mutating func finishFamily(
        _ family: ExpositionBuilder.Draft,
        _ builder: ExpositionBuilder
    ) throws(ParseFailure) {
        let kind = family.kind ?? .unknown
        let name = builder.withBytes(family.name) { Array($0) }
        for suffix in Set(kind.suffixes + [.value]) {
            guard takenNames.insert(SeriesHash.of(name + Array(suffix.rawValue.utf8))) else {
                throw ParseFailure(
                    familyOffset,
                    "the name \(SafeQuote.quote(name + Array(suffix.rawValue.utf8))) is taken by an earlier family",
                    hint:
                        "the lines of a family stand together, and no two families can give a sample one name"
                )
            }
        }
        if let unit = family.unit, unit.count > 0 {
            let suffix = [UInt8(ascii: "_")] + builder.withBytes(unit) { Array($0) }
            guard name.suffix(suffix.count).elementsEqual(suffix) else {
                throw ParseFailure(
                    unitOffset,
                    "the unit \(builder.quote(unit)) doesn't end the name \(builder.quote(family.name))",
                    hint: "a family with a unit is called NAME_UNIT"
                )
            }
            guard kind != .info, kind != .stateset else {
                throw ParseFailure(unitOffset, "a family of type \(kind.rawValue) has no unit")
            }
        }
        try distribution.finish(kind)
    }

    /// Checks a sample; `false` says that it repeats one of its series and moment and doesn't count.
    mutating func accept(
        _ record: SampleRecord,
        labelHash: UInt64,
        _ place: Place,
        _ family: ExpositionBuilder.Draft,
        _ builder: ExpositionBuilder
    ) throws(ParseFailure) -> Bool {
        let kind = family.kind ?? .unknown
        let special = try specialLabel(record, kind, place, family, builder)
        try check(record, kind, place)
        // Metrics of type info can't be told apart: all of them are one group.
        let own = kind == .info ? 0 : labelHash &- (special?.hash ?? 0)
        let isNew = try follow(own, record, kind, place)
        if isNew, kind.isHistogram || kind == .summary {
            try distribution.add(record, own, bound: special?.number, kind, place)
        }
        hasSamples = true
        return isNew
    }

    /// Whether the sample is at its place: groups stand together and their time doesn't run backwards.
    private mutating func follow(
        _ own: UInt64,
        _ record: SampleRecord,
        _ kind: MetricKind,
        _ place: Place
    ) throws(ParseFailure) -> Bool {
        let time = record.timestamp
        var isRepeated = false
        if let group, group == own {
            guard (time == nil) == (groupTime == nil) else {
                throw ParseFailure(
                    place.sample,
                    "some samples of a metric have a timestamp and some haven't",
                    hint: "give all of a metric's samples one, or none"
                )
            }
            if let time, let groupTime, groupTime > time, kind != .info {
                throw ParseFailure(place.sample, "the time of a metric's samples runs backwards")
            }
            // A later moment has all series of the group anew.
            if time != groupTime { seriesOfGroup.removeAll() }
            isRepeated = seriesOfGroup.contains(record.hash)
        } else {
            guard group == nil || !seenGroups.contains(own) else {
                throw ParseFailure(
                    place.sample,
                    "samples with these labels don't stand together",
                    hint: "write all samples of one metric one after the other"
                )
            }
            seriesOfGroup.removeAll()
        }
        _ = seriesOfGroup.insert(record.hash)
        _ = seenGroups.insert(own)
        group = own
        groupTime = time
        return !isRepeated
    }

    /// The label that the type demands of this sample: its number and hash.
    private func specialLabel(
        _ record: SampleRecord,
        _ kind: MetricKind,
        _ place: Place,
        _ family: ExpositionBuilder.Draft,
        _ builder: ExpositionBuilder
    ) throws(ParseFailure) -> (number: Double, hash: UInt64)? {
        if kind == .stateset {
            guard let label = label(family.name, record, builder) else {
                throw ParseFailure(place.sample, "a state needs the label \(builder.quote(family.name))")
            }
            return (0, hash(label, builder))
        }
        let isBucket = kind.isHistogram && record.role == .bucket
        guard isBucket || kind == .summary && record.role == .value else { return nil }
        let name = isBucket ? "le" : "quantile"
        let found = record.labels.lazy.map { builder.text.labels[Int($0)] }.first { label in
            builder.withBytes(label.name) { $0.elementsEqual(name.utf8) }
        }
        guard let label = found else {
            throw ParseFailure(place.sample, "a \(isBucket ? "bucket" : "quantile") needs the label \(name)")
        }
        let number = builder.withBytes(label.value) { NumberText.double($0) }
        let isCanonical =
            number != .infinity || builder.withBytes(label.value) { $0.elementsEqual("+Inf".utf8) }
        guard let number, number == number, isCanonical, isBucket || (0...1).contains(number) else {
            throw ParseFailure(
                place.sample,
                "the label \(name) is \(builder.quote(label.value))",
                hint: isBucket ? "it is a number, or +Inf so written" : "it is a number from 0 to 1"
            )
        }
        return (number, hash(label, builder))
    }

    private func label(_ name: TextSpan, _ record: SampleRecord, _ builder: ExpositionBuilder) -> LabelRecord?
    {
        record.labels.lazy.map { builder.text.labels[Int($0)] }.first { builder.isSame($0.name, name) }
    }

    private func hash(_ label: LabelRecord, _ builder: ExpositionBuilder) -> UInt64 {
        SeriesHash.pair(builder.hash(label.name), builder.hash(label.value))
    }

    /// What the value may be, and whether an exemplar may be there.
    private func check(_ record: SampleRecord, _ kind: MetricKind, _ place: Place) throws(ParseFailure) {
        let value = record.value
        func refuse(_ message: String, _ hint: String = "") throws(ParseFailure) {
            throw ParseFailure(place.value, message, hint: hint)
        }
        let isWhole = value.isFinite && value == value.rounded()
        switch record.role {
        case .bucket, .count, .gcount:
            if !isWhole { try refuse("a count isn't a whole number") }
            if value < 0 { try refuse("a count is negative") }
        case .total:
            if value != value { try refuse("a counter is NaN") }
            if value < 0 { try refuse("a counter is negative", "a counter begins at 0 and grows") }
        case .sum, .gsum:
            if value != value { try refuse("a sum is NaN") }
        case .info:
            if value != 1 { try refuse("the value of an info isn't 1") }
        case .value, .created:
            if kind == .stateset, value != 0, value != 1 { try refuse("a state is neither 0 nor 1") }
        }
        guard record.exemplar >= 0 else { return }
        guard record.role == .bucket || kind == .counter && record.role == .total else {
            throw ParseFailure(
                place.exemplar,
                "an exemplar stands where none may",
                hint: "buckets and the totals of counters can have one"
            )
        }
    }
}
