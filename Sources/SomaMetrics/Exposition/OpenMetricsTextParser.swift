/// Reads OpenMetrics 1.0 text.
///
/// Strict, as the specification asks for: a text that breaks one rule is refused as a whole. Where the
/// specification leaves a choice, the verdict is that of its reference parser in prometheus_client. Names in
/// UTF-8 are read in quotes, as Prometheus reads them.
struct OpenMetricsTextParser {
    var builder: ExpositionBuilder
    var rules = OpenMetricsRules()
    /// The family of the lines before, if there were any.
    var family: Int?

    init(_ builder: ExpositionBuilder) { self.builder = builder }

    var at: Int {
        get { builder.at }
        set { builder.at = newValue }
    }

    mutating func parse() throws(ParseFailure) {
        if let bad = UTF8Check.firstInvalid(builder.bytes) {
            throw ParseFailure(bad, "the text isn't valid UTF-8")
        }
        if builder.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw ParseFailure(0, "the text begins with a byte order mark", hint: "leave it out")
        }
        let total = builder.bytes.count
        while at < total {
            let start = at
            builder.end = builder.lineEnd(from: start)
            guard builder.end > start else {
                throw ParseFailure(start, "an empty line", hint: "OpenMetrics has none")
            }
            if builder.bytes[start] == UInt8(ascii: "#") {
                if builder.slice(start..<builder.end).elementsEqual("# EOF".utf8) { return try end(total) }
                try metadata(start)
            } else {
                try sample(start)
            }
            at = builder.end + 1
        }
        throw ParseFailure(
            total,
            "the text doesn't end with # EOF",
            hint: "was the body cut short? Prometheus' own text format is read by --as prometheus"
        )
    }

    private mutating func end(_ total: Int) throws(ParseFailure) {
        guard builder.end + 1 >= total else {
            throw ParseFailure(builder.end + 1, "there is more after # EOF")
        }
        try finishFamily()
    }

    private mutating func finishFamily() throws(ParseFailure) {
        guard let family else { return }
        try rules.finishFamily(builder.families[family], builder)
    }

    /// Begins another family.
    private mutating func begin(_ name: TextSpan, at offset: Int, isDescribed: Bool) throws(ParseFailure) {
        try finishFamily()
        family = builder.families.count
        var draft = ExpositionBuilder.Draft(name: name)
        draft.isDescribed = isDescribed
        builder.families.append(draft)
        rules.beginFamily(at: offset)
    }

    // MARK: Metadata

    private mutating func metadata(_ start: Int) throws(ParseFailure) {
        let hint = "a line with # is # TYPE, # HELP or # UNIT with a name and a text, or # EOF"
        guard at + 2 <= builder.end, builder.bytes[at + 1] == 0x20 else {
            throw ParseFailure(start, "OpenMetrics has no comments", hint: hint)
        }
        at += 2
        let keyword = builder.token()
        let word = String(decoding: builder.bytes[keyword], as: UTF8.self)
        guard ["HELP", "TYPE", "UNIT"].contains(word) else {
            throw ParseFailure(start, "OpenMetrics has no comments", hint: hint)
        }
        try space("after \(word)")
        let nameStart = at
        let name = try metricName()
        try space("after the name")
        if let family, builder.isSame(builder.families[family].name, name) {
            guard !rules.hasSamples else {
                throw ParseFailure(
                    start,
                    "\(word) comes after samples of \(builder.quote(name))",
                    hint: "metadata come before the samples of their family"
                )
            }
        } else {
            try begin(name, at: nameStart, isDescribed: true)
        }
        guard let family else { return }
        builder.families[family].isDescribed = true
        let text = at..<builder.end
        let isRepeated: Bool
        switch word {
        case "HELP":
            isRepeated = builder.families[family].help != nil
            builder.families[family].help = help(text)
        case "UNIT":
            isRepeated = builder.families[family].unit != nil
            builder.families[family].unit = builder.span(text)
            rules.unitOffset = text.lowerBound
        default:
            isRepeated = builder.families[family].kind != nil
            let kind = MetricKind(rawValue: String(decoding: builder.bytes[text], as: UTF8.self))
            guard let kind else {
                throw ParseFailure(
                    at,
                    "\(builder.quote(text)) is no type",
                    hint:
                        "the types are counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown"
                )
            }
            builder.families[family].kind = kind
        }
        guard !isRepeated else {
            throw ParseFailure(
                start,
                "a second \(word) for \(builder.quote(name))",
                hint: "a family has one \(word) line"
            )
        }
    }

    private mutating func metricName() throws(ParseFailure) -> TextSpan {
        let start = at
        let name: TextSpan
        if at < builder.end, builder.bytes[at] == UInt8(ascii: "\"") {
            name = try builder.quoted(isStrict: false, "metric name")
        } else {
            name = builder.span(builder.bareName(colons: true))
        }
        guard name.count > 0 else {
            throw ParseFailure(
                start,
                start == builder.end ? "the metric's name is missing" : "no metric name",
                hint: "other names than letters, digits, _ and : need double quotes"
            )
        }
        return name
    }

    /// The text of HELP: `\\`, `\n` and `\"` are unescaped, any other backslash is kept.
    private mutating func help(_ range: Range<Int>) -> TextSpan {
        guard builder.bytes[range].contains(UInt8(ascii: "\\")) else { return builder.span(range) }
        let from = builder.text.unescaped.count
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = builder.bytes[index]
            let next = index + 1 < range.upperBound ? builder.bytes[index + 1] : 0
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                builder.text.unescaped.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): builder.text.unescaped.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): builder.text.unescaped.append(next)
            default:
                builder.text.unescaped.append(byte)
                continue
            }
            index += 1
        }
        return TextSpan(
            start: UInt32(from) | TextSpan.unescapedBit,
            count: UInt32(builder.text.unescaped.count - from)
        )
    }

    /// Takes exactly one space.
    mutating func space(_ place: String) throws(ParseFailure) {
        guard at < builder.end, builder.bytes[at] == 0x20 else {
            throw ParseFailure(
                at,
                "one space is needed \(place)",
                hint: at < builder.end ? "\(builder.quote(at..<at + 1)) stands there" : "the line ends there"
            )
        }
        at += 1
    }

    // MARK: Families

    /// What a sample's name is in the current family; begins a family for a name that isn't of it.
    mutating func role(of name: TextSpan, at offset: Int) throws(ParseFailure) -> SampleRole {
        if let family {
            if let last = rules.lastName, builder.isSame(last.name, name) { return last.role }
            let draft = builder.families[family]
            if let role = suffix(of: name, after: draft.name),
                (draft.kind ?? .unknown).suffixes.contains(role)
            {
                rules.lastName = (name, role)
                return role
            }
        }
        try begin(name, at: offset, isDescribed: false)
        rules.lastName = (name, .value)
        return .value
    }

    private func suffix(of name: TextSpan, after family: TextSpan) -> SampleRole? {
        guard name.count >= family.count else { return nil }
        let stem = TextSpan(start: name.start, count: family.count)
        guard builder.isSame(stem, family) else { return nil }
        let rest = TextSpan(start: name.start + family.count, count: name.count - family.count)
        return builder.withBytes(rest) { SampleRole(suffix: $0) }
    }
}
