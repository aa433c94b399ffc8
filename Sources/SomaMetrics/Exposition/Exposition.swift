/// What a scraped endpoint said: families and samples, in the order of the text.
///
/// The samples point into the text, which is kept; names and labels become strings when they are asked for.
/// So a scrape costs a handful of allocations however many series it has.
package struct Exposition: Sendable {
    /// The text formats that are read.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// Prometheus' text format 0.0.4, as `prometheus/common` reads it.
        case prometheus
        /// OpenMetrics 1.0, as its specification has it and its reference parser reads it.
        case openMetrics = "openmetrics"
    }

    /// A family: what a name means.
    package struct Family: Hashable, Sendable {
        /// The name without suffixes.
        package let name: String
        /// What is measured.
        package let kind: MetricKind
        /// The explanation, unescaped; empty where there is none.
        package let help: String
        /// The unit, OpenMetrics only; empty where there is none.
        package let unit: String
        /// Whether there were metadata, and not just samples.
        package let isDescribed: Bool
    }

    /// A label's name and value, unescaped.
    package struct Label: Hashable, Sendable, Comparable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        package static func < (left: Label, right: Label) -> Bool {
            (left.name, left.value) < (right.name, right.value)
        }
    }

    /// An example of what was counted, usually with a trace's id.
    package struct Exemplar: Hashable, Sendable {
        package let labels: [Label]
        package let value: Double
        package let timestamp: MetricTimestamp?
    }

    /// One sample.
    package struct Sample: Sendable {
        /// The name with its suffix.
        package let name: String
        /// The labels in the order of the text, `le` and `quantile` included.
        package let labels: [Label]
        package let value: Double
        /// When it was measured, where the endpoint says; the time of the scrape counts otherwise.
        package let timestamp: MetricTimestamp?
        package let exemplar: Exemplar?
        /// Its family's place in ``Exposition/families``.
        package let family: Int
        /// What it is within its family.
        package let role: SampleRole
    }

    /// Something that isn't refused and that somebody should know.
    package struct Remark: Hashable, Sendable {
        /// Where, from 1.
        package let line: Int
        /// What, in a sentence fragment.
        package let text: String
    }

    /// The format that the text was read as.
    package let format: Format
    /// The families in the order of their first line.
    package let families: [Family]
    /// Samples given twice and what else is odd; at most ``ExpositionLimits/remarksMax``.
    package let remarks: [Remark]
    /// How many samples repeat an earlier one of the same series and moment; they aren't among the samples.
    package let duplicates: Int

    let text: ExpositionText
    let records: [SampleRecord]

    /// How many samples there are.
    package var count: Int { records.count }

    /// A sample by its place.
    package func sample(_ index: Int) -> Sample {
        let record = records[index]
        return Sample(
            name: text.string(record.name),
            labels: text.labels(record.labels),
            value: record.value,
            timestamp: record.timestamp,
            exemplar: record.exemplar >= 0 ? text.exemplar(Int(record.exemplar)) : nil,
            family: Int(record.family),
            role: record.role
        )
    }

    /// All samples, made one by one.
    package var samples: some Sequence<Sample> { (0..<count).lazy.map { sample($0) } }
}

/// What is read at most.
package struct ExpositionLimits: Hashable, Sendable {
    /// Bytes of a text.
    package var bytesMax = 256 * 1024 * 1024
    /// Labels of one sample.
    package var labelsMax = 1_024
    /// Remarks that are kept; the rest is only counted.
    package static let remarksMax = 100

    package init() {}
}

/// A place in the text, or in what was unescaped from it.
struct TextSpan: Hashable, Sendable {
    /// The highest bit says that the place is in ``ExpositionText/unescaped``.
    var start: UInt32 = 0
    var count: UInt32 = 0

    static let unescapedBit: UInt32 = 1 << 31
}

struct LabelRecord: Sendable {
    let name: TextSpan
    let value: TextSpan
}

struct ExemplarRecord: Sendable {
    let labels: Range<Int32>
    let value: Double
    let timestamp: MetricTimestamp?
}

struct SampleRecord: Sendable {
    /// The text of name and labels as written: what a store recognises a series by.
    let series: TextSpan
    let name: TextSpan
    let labels: Range<Int32>
    let value: Double
    var timestamp: MetricTimestamp?
    var exemplar: Int32 = -1
    let family: Int32
    let role: SampleRole
    /// Of name and labels, whatever their order.
    let hash: UInt64
}

/// The bytes that records point into.
struct ExpositionText: Sendable {
    let source: [UInt8]
    var unescaped: [UInt8] = []
    var labels: [LabelRecord] = []
    var exemplars: [ExemplarRecord] = []

    func withBytes<Value>(_ span: TextSpan, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let isUnescaped = span.start & TextSpan.unescapedBit != 0
        let start = Int(span.start & ~TextSpan.unescapedBit)
        return (isUnescaped ? unescaped : source).withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[start..<start + Int(span.count)]))
        }
    }

    func string(_ span: TextSpan) -> String { withBytes(span) { String(decoding: $0, as: UTF8.self) } }

    func labels(_ range: Range<Int32>) -> [Exposition.Label] {
        range.map { index in
            let label = labels[Int(index)]
            return Exposition.Label(string(label.name), string(label.value))
        }
    }

    func exemplar(_ index: Int) -> Exposition.Exemplar {
        let record = exemplars[index]
        return Exposition.Exemplar(
            labels: labels(record.labels),
            value: record.value,
            timestamp: record.timestamp
        )
    }

    func isSame(_ left: TextSpan, _ right: TextSpan) -> Bool {
        guard left.count == right.count else { return false }
        return left.start == right.start
            || withBytes(left) { one in withBytes(right) { other in one.elementsEqual(other) } }
    }
}
