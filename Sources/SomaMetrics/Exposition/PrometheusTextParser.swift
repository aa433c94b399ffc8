/// Reads Prometheus' text format 0.0.4.
///
/// It takes and refuses what `expfmt` of prometheus/common does, the reader behind `promtool check metrics`,
/// with names in UTF-8 (quoted). Where that one takes a text that the format forbids and that would be read as
/// something else than it says (`a-1 5`, `foo"bar" 1`), this one refuses.
struct PrometheusTextParser {
    var builder: ExpositionBuilder
    private var names = HashTable()
    /// The name that the last sample had and what it led to: the next one mostly has the same.
    private var last: (name: TextSpan, family: Int, role: SampleRole)?

    init(_ builder: ExpositionBuilder) { self.builder = builder }

    var at: Int {
        get { builder.at }
        set { builder.at = newValue }
    }

    mutating func parse() throws(ParseFailure) {
        while true {
            skipBlanks()
            guard at < builder.end else { return }
            switch builder.bytes[at] {
            case 0x0A: at += 1
            case UInt8(ascii: "#"): try comment()
            default: try sample()
            }
        }
    }

    // MARK: Samples

    private mutating func sample() throws(ParseFailure) {
        let start = at
        let firstLabel = builder.text.labels.count
        var name: TextSpan?
        if builder.bytes[at] != UInt8(ascii: "{") {
            let found = try metricName()
            guard found.count > 0 else {
                throw ParseFailure(
                    at,
                    "\(builder.quote(at..<max(at + 1, wordEnd(at)))) is no metric name",
                    hint: "a line is a comment or NAME{LABEL=\"VALUE\"} NUMBER"
                )
            }
            name = found
            let byte = try current()
            guard isBlank(byte) || byte == UInt8(ascii: "{") else {
                throw ParseFailure(
                    at,
                    "the name \(builder.quote(found)) ends at \(builder.quote(at..<at + 1))",
                    hint: byte == 0x0A
                        ? "a value is needed after the name"
                        : "a name has letters, digits, _ and :, others need {\"...\"}"
                )
            }
            skipBlanks()
        }
        var hash: UInt64 = 0
        var resolved = name.map { resolve($0) }
        if try current() == UInt8(ascii: "{") {
            hash = try labels(&name, &resolved, since: firstLabel)
        }
        let series = builder.span(start..<at)
        guard let name, let (family, role) = resolved else {
            throw ParseFailure(start, "the sample has no name", hint: "write {\"NAME\"} or NAME{}")
        }
        // From its first sample on, a family without TYPE is untyped.
        if builder.families[family].kind == nil { builder.families[family].kind = .unknown }
        skipBlanks()
        let (value, timestamp) = try numbers(family, role)
        builder.records.append(
            SampleRecord(
                series: series,
                name: name,
                labels: Int32(firstLabel)..<Int32(builder.text.labels.count),
                value: value,
                timestamp: timestamp,
                family: Int32(family),
                role: role,
                hash: SeriesHash.pair(builder.hash(name), hash)
            )
        )
    }

    private mutating func numbers(
        _ family: Int,
        _ role: SampleRole
    ) throws(ParseFailure) -> (Double, MetricTimestamp?) {
        let token = builder.token()
        _ = try current()
        guard let value = NumberText.double(builder.slice(token)) else {
            throw ParseFailure(
                token.lowerBound,
                token.isEmpty ? "the value is missing" : "\(builder.quote(token)) is no number",
                hint: "values are decimal numbers within a double's range, NaN, +Inf or -Inf"
                    + (builder.slice(token).last == 0x0D ? "; lines end in \\n, not \\r\\n" : "")
            )
        }
        let kind = builder.families[family].kind ?? .unknown
        guard !kind.isHistogram || value >= 0 || value != value || role != .count && role != .bucket else {
            throw ParseFailure(token.lowerBound, "a histogram counts less than nothing")
        }
        guard builder.bytes[at] != 0x0A else {
            at += 1
            return (value, nil)
        }
        skipBlanks()
        let time = builder.token()
        _ = try current()
        guard let milliseconds = NumberText.integer(builder.slice(time)) else {
            throw ParseFailure(
                time.lowerBound,
                time.isEmpty
                    ? "blanks follow the value" : "\(builder.quote(time)) is no timestamp",
                hint:
                    "a timestamp is whole milliseconds since 1970; end the line after the value where there is none"
            )
        }
        guard builder.bytes[at] == 0x0A else {
            throw ParseFailure(at, "the line goes on after its timestamp")
        }
        at += 1
        return (value, MetricTimestamp(milliseconds: milliseconds))
    }

    private mutating func labels(
        _ name: inout TextSpan?,
        _ resolved: inout (family: Int, role: SampleRole)?,
        since first: Int
    ) throws(ParseFailure) -> UInt64 {
        var hash: UInt64 = 0
        let isNamed = name != nil
        at += 1
        while true {
            skipBlanks()
            if try current() == UInt8(ascii: "}") { break }
            let start = at
            let label = try labelName()
            skipBlanks()
            let byte = try current()
            if byte != UInt8(ascii: "=") {
                guard !isNamed, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
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
                resolved = resolve(label)
                if byte == UInt8(ascii: "}") { break }
                at += 1
                continue
            }
            guard let (family, _) = resolved else {
                throw ParseFailure(
                    start,
                    "a label comes before the metric's name",
                    hint: "the name comes first"
                )
            }
            at += 1
            hash &+= try labelValue(label, start, builder.families[family].kind ?? .unknown, since: first)
            skipBlanks()
            switch try current() {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"): continue
            default:
                throw ParseFailure(
                    at,
                    "a comma or } is needed after the label \(builder.quote(label))",
                    hint: "a double quote within a value is written \\\""
                )
            }
        }
        at += 1
        return hash
    }

    private mutating func labelValue(
        _ label: TextSpan,
        _ start: Int,
        _ kind: MetricKind,
        since first: Int
    ) throws(ParseFailure) -> UInt64 {
        guard !builder.withBytes(label, { $0.elementsEqual("__name__".utf8) }) else {
            throw ParseFailure(start, "the label __name__ is reserved", hint: "the name stands before the {")
        }
        skipBlanks()
        guard try current() == UInt8(ascii: "\"") else {
            throw ParseFailure(at, "the value of the label \(builder.quote(label)) needs double quotes")
        }
        let valueStart = at
        let value = try builder.quoted(isStrict: true, "label value")
        let special = kind == .summary ? "quantile" : kind.isHistogram ? "le" : ""
        if !special.isEmpty, builder.withBytes(label, { $0.elementsEqual(special.utf8) }),
            builder.withBytes(value, { NumberText.double($0) }) == nil
        {
            throw ParseFailure(
                valueStart,
                "the label \(special) is \(builder.quote(value)), which is no number"
            )
        }
        return try builder.addLabel(label, value, since: first, at: start)
    }

    private mutating func labelName() throws(ParseFailure) -> TextSpan {
        let start = at
        let name: TextSpan
        if builder.bytes[at] == UInt8(ascii: "\"") {
            name = try builder.quoted(isStrict: true, "name")
        } else {
            name = builder.span(builder.bareName(colons: false))
        }
        guard name.count > 0 else {
            throw ParseFailure(
                start,
                "\(builder.quote(start..<max(start + 1, wordEnd(start)))) is no label name",
                hint: "other names than letters, digits and _ need double quotes"
            )
        }
        return name
    }

    // MARK: Names

    mutating func metricName() throws(ParseFailure) -> TextSpan {
        guard builder.bytes[at] == UInt8(ascii: "\"") else {
            return builder.span(builder.bareName(colons: true))
        }
        return try builder.quoted(isStrict: true, "metric name")
    }

    /// The family that a name belongs to, which is made where there is none, and what the name adds to its.
    mutating func resolve(_ name: TextSpan) -> (family: Int, role: SampleRole) {
        if let last, builder.isSame(last.name, name) { return (last.family, last.role) }
        let (family, role) = lookUp(name)
        // The sample's type is settled by its first sample or TYPE, so a later one can't change the role.
        last = builder.families[family].kind == nil ? nil : (name, family, role)
        return (family, role)
    }

    private mutating func lookUp(_ name: TextSpan) -> (family: Int, role: SampleRole) {
        let hash = builder.hash(name)
        if let found = family(named: name, hash) { return (found, .value) }
        for role in [SampleRole.count, .sum, .bucket] {
            let suffix = role.rawValue.utf8
            guard name.count > suffix.count,
                builder.withBytes(name, { $0.suffix(suffix.count).elementsEqual(suffix) })
            else { continue }
            let stem = TextSpan(start: name.start, count: name.count - UInt32(suffix.count))
            guard let found = family(named: stem, builder.hash(stem)),
                let kind = builder.families[found].kind,
                kind.isHistogram || kind == .summary && role != .bucket
            else { continue }
            return (found, role)
        }
        names.insert(hash, builder.families.count)
        builder.families.append(ExpositionBuilder.Draft(name: name))
        return (builder.families.count - 1, .value)
    }

    private func family(named name: TextSpan, _ hash: UInt64) -> Int? {
        names.first(hash) { builder.isSame(builder.families[$0].name, name) }
    }

    // MARK: Bytes

    mutating func skipBlanks() {
        while at < builder.end, isBlank(builder.bytes[at]) { at += 1 }
    }

    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    func wordEnd(_ start: Int) -> Int {
        var index = start
        while index < builder.end, builder.bytes[index] > 0x20 { index += 1 }
        return index
    }

    /// The byte to read next; the format wants a line feed at the very end, so there must be one.
    func current() throws(ParseFailure) -> UInt8 {
        guard at < builder.end else {
            throw ParseFailure(
                builder.end,
                "the text ends within a line",
                hint: "the last line needs a line feed; was the body cut short?"
            )
        }
        return builder.bytes[at]
    }
}
