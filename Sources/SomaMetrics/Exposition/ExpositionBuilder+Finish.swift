extension ExpositionBuilder {
    /// The result: drafts become families, and samples given twice are taken out and remarked on.
    func finish(_ format: Exposition.Format) -> Exposition {
        var done = self
        // In OpenMetrics the rules for groups have found them already.
        if format == .prometheus { done.dropDuplicates() }
        return Exposition(
            format: format,
            families: families.map { draft in
                Exposition.Family(
                    name: text.string(draft.name),
                    kind: draft.kind ?? .unknown,
                    help: draft.help.map { text.string($0) } ?? "",
                    unit: draft.unit.map { text.string($0) } ?? "",
                    isDescribed: draft.isDescribed
                )
            },
            remarks: done.remarks.sorted { $0.line < $1.line },
            duplicates: done.duplicates,
            text: text,
            records: done.records
        )
    }

    /// Notes that a sample is given twice.
    mutating func remarkDuplicate(_ record: SampleRecord) {
        duplicates += 1
        guard remarks.count < ExpositionLimits.remarksMax else { return }
        let line = bytes.prefix(Int(record.series.start)).reduce(into: 1) { if $1 == 0x0A { $0 += 1 } }
        // Where a sample has no labels, its series goes on to the blank before the value.
        var series = self.text.string(record.series)
        while let last = series.last, last == " " || last == "\t" { series.removeLast() }
        let text = "the sample \(SafeQuote.quote(series)) is given twice; the first counts"
        remarks.append(Exposition.Remark(line: line, text: text))
    }

    private mutating func dropDuplicates() {
        var table = HashTable()
        var repeated: [Int] = []
        for index in records.indices {
            let record = records[index]
            var hash = record.hash
            if let time = record.timestamp {
                hash = SeriesHash.pair(
                    hash,
                    UInt64(bitPattern: time.seconds) ^ UInt64(time.nanoseconds) << 32
                )
            }
            let earlier = table.first(hash) { isSameSeries(records[$0], record) }
            if earlier == nil { table.insert(hash, index) } else { repeated.append(index) }
        }
        guard !repeated.isEmpty else { return }
        for index in repeated { remarkDuplicate(records[index]) }
        var rest = repeated[...]
        var kept: [SampleRecord] = []
        kept.reserveCapacity(records.count - repeated.count)
        for index in records.indices {
            if rest.first == index { rest = rest.dropFirst() } else { kept.append(records[index]) }
        }
        records = kept
    }

    private func isSameSeries(_ left: SampleRecord, _ right: SampleRecord) -> Bool {
        guard left.hash == right.hash, left.timestamp == right.timestamp,
            left.labels.count == right.labels.count, isSame(left.name, right.name)
        else { return false }
        // Labels mean the same in any order; the hash has made sure that it is worth looking.
        guard left.labels.count <= 64 else { return true }
        return left.labels.allSatisfy { one in
            right.labels.contains { other in
                let (one, other) = (text.labels[Int(one)], text.labels[Int(other)])
                return isSame(one.name, other.name) && isSame(one.value, other.value)
            }
        }
    }
}
