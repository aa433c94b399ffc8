extension OpenMetricsTextParser {
    mutating func sample(_ start: Int) throws(ParseFailure) {
        let firstLabel = builder.text.labels.count
        var name: TextSpan?
        if builder.bytes[at] != UInt8(ascii: "{") {
            let bare = builder.bareName(colons: true)
            guard !bare.isEmpty else {
                throw ParseFailure(
                    start,
                    "\(builder.quote(start..<min(builder.end, start + 40))) begins with no metric name",
                    hint: "a line is NAME{LABEL=\"VALUE\"} NUMBER, and names in UTF-8 stand in {\"...\"}"
                )
            }
            name = builder.span(bare)
        }
        var hash: UInt64 = 0
        if at < builder.end, builder.bytes[at] == UInt8(ascii: "{") {
            hash = try labels(&name, isExemplar: false, since: firstLabel)
        }
        let series = builder.span(start..<at)
        guard let name else {
            throw ParseFailure(start, "the sample has no name", hint: "write NAME{} or {\"NAME\"}")
        }
        let labelRange = Int32(firstLabel)..<Int32(builder.text.labels.count)
        try space("before the value")
        let valueStart = at
        let value = try number("value")
        let (timestamp, exemplarStart, exemplar) = try rest()
        let role = try role(of: name, at: start)
        guard let family else { return }
        var record = SampleRecord(
            series: series,
            name: name,
            labels: labelRange,
            value: value,
            timestamp: timestamp,
            family: Int32(family),
            role: role,
            hash: SeriesHash.pair(builder.hash(name), hash)
        )
        if let exemplar {
            record.exemplar = Int32(builder.text.exemplars.count)
            builder.text.exemplars.append(exemplar)
        }
        let place = OpenMetricsRules.Place(sample: start, value: valueStart, exemplar: exemplarStart)
        if try rules.accept(record, labelHash: hash, place, builder.families[family], builder) {
            builder.records.append(record)
        } else {
            builder.remarkDuplicate(record)
        }
    }

    /// `[SP timestamp] [SP # SP labels SP number [SP timestamp]]` up to the end of the line.
    private mutating func rest() throws(ParseFailure) -> (
        MetricTimestamp?, exemplarStart: Int, ExemplarRecord?
    ) {
        guard at < builder.end else { return (nil, 0, nil) }
        try space("after the value")
        var timestamp: MetricTimestamp?
        if at == builder.end || builder.bytes[at] != UInt8(ascii: "#") {
            timestamp = try time()
            guard at < builder.end else { return (timestamp, 0, nil) }
            try space("after the timestamp")
        }
        let start = at
        guard at < builder.end, builder.bytes[at] == UInt8(ascii: "#") else {
            throw ParseFailure(at, "only an exemplar may follow the timestamp", hint: "it begins with # {")
        }
        at += 1
        try space("after the #")
        guard at < builder.end, builder.bytes[at] == UInt8(ascii: "{") else {
            throw ParseFailure(
                at,
                "an exemplar begins with its labels",
                hint: "write # {} NUMBER where it has none"
            )
        }
        let first = builder.text.labels.count
        var name: TextSpan?
        _ = try labels(&name, isExemplar: true, since: first)
        let range = Int32(first)..<Int32(builder.text.labels.count)
        let characters = range.reduce(0) { sum, index in
            let label = builder.text.labels[Int(index)]
            return sum + characterCount(label.name) + characterCount(label.value)
        }
        guard characters <= 128 else {
            throw ParseFailure(
                start,
                "the exemplar's labels have \(characters) characters",
                hint: "128 are allowed in all, names and values together"
            )
        }
        try space("before the exemplar's value")
        let value = try number("exemplar's value")
        var moment: MetricTimestamp?
        if at < builder.end {
            try space("after the exemplar's value")
            moment = try time()
        }
        guard at == builder.end else { throw ParseFailure(at, "the line goes on after its exemplar") }
        return (timestamp, start, ExemplarRecord(labels: range, value: value, timestamp: moment))
    }

    private func characterCount(_ span: TextSpan) -> Int {
        builder.withBytes(span) { $0.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } }
    }

    private mutating func number(_ what: String) throws(ParseFailure) -> Double {
        let token = spaced()
        guard let value = NumberText.double(builder.slice(token)) else {
            throw ParseFailure(
                token.lowerBound,
                token.isEmpty ? "the \(what) is missing" : "the \(what) \(builder.quote(token)) is no number",
                hint:
                    "numbers are decimal and within a double's range, NaN, +Inf or -Inf, with one space between"
            )
        }
        return value
    }

    private mutating func time() throws(ParseFailure) -> MetricTimestamp {
        let token = spaced()
        guard let time = NumberText.timestamp(builder.slice(token)) else {
            throw ParseFailure(
                token.lowerBound,
                token.isEmpty ? "a space without a timestamp" : "\(builder.quote(token)) is no timestamp",
                hint: "a timestamp is a finite number of seconds since 1970"
            )
        }
        return time
    }

    /// Everything up to a space: a tab is no space here.
    private mutating func spaced() -> Range<Int> {
        let start = at
        let end = builder.end
        var index = start
        while index < end, builder.bytes[index] != 0x20 { index += 1 }
        at = index
        return start..<index
    }

    /// Labels from `{` to `}`; without blanks, and with commas only between them.
    private mutating func labels(
        _ name: inout TextSpan?,
        isExemplar: Bool,
        since first: Int
    ) throws(ParseFailure) -> UInt64 {
        var hash: UInt64 = 0
        at += 1
        if at < builder.end, builder.bytes[at] == UInt8(ascii: "}") {
            at += 1
            return 0
        }
        while true {
            let start = at
            let isQuoted = at < builder.end && builder.bytes[at] == UInt8(ascii: "\"")
            let label =
                isQuoted
                ? try builder.quoted(isStrict: false, "name") : builder.span(builder.bareName(colons: false))
            guard label.count > 0 else {
                throw ParseFailure(
                    start,
                    "no label name",
                    hint: "labels are NAME=\"VALUE\" with commas and no blanks between"
                )
            }
            let next = at < builder.end ? builder.bytes[at] : 0
            if next != UInt8(ascii: "=") {
                guard isQuoted, !isExemplar, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else {
                    throw ParseFailure(at, "= is needed after the label's name \(builder.quote(label))")
                }
                guard name == nil else {
                    throw ParseFailure(
                        start,
                        "the sample has a second name",
                        hint: "a label is NAME=\"VALUE\""
                    )
                }
                name = label
            } else {
                at += 1
                hash &+= try labelValue(label, start, since: first)
            }
            let close = at < builder.end ? builder.bytes[at] : 0
            guard close == UInt8(ascii: ",") || close == UInt8(ascii: "}") else {
                throw ParseFailure(
                    at,
                    "a comma or } is needed after the label \(builder.quote(label))",
                    hint: "a double quote within a value is written \\\""
                )
            }
            at += 1
            if close == UInt8(ascii: "}") { return hash }
        }
    }

    private mutating func labelValue(
        _ label: TextSpan,
        _ start: Int,
        since first: Int
    ) throws(ParseFailure) -> UInt64 {
        guard !builder.withBytes(label, { $0.starts(with: "__".utf8) }) else {
            throw ParseFailure(
                start,
                "the label \(builder.quote(label)) is reserved",
                hint: "names don't begin with __"
            )
        }
        guard at < builder.end, builder.bytes[at] == UInt8(ascii: "\"") else {
            throw ParseFailure(at, "the value of the label \(builder.quote(label)) needs double quotes")
        }
        let value = try builder.quoted(isStrict: false, "label value")
        return try builder.addLabel(label, value, since: first, at: start)
    }
}
