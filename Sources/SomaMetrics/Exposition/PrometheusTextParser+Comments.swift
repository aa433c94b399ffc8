extension PrometheusTextParser {
    /// A line with `#`: HELP, TYPE, or something for people.
    mutating func comment() throws(ParseFailure) {
        at += 1
        skipBlanks()
        let keyword = builder.token()
        guard try current() != 0x0A else { return at += 1 }
        let isHelp = builder.slice(keyword).elementsEqual("HELP".utf8)
        guard isHelp || builder.slice(keyword).elementsEqual("TYPE".utf8) else {
            at = builder.lineEnd(from: at)
            _ = try current()
            return at += 1
        }
        skipBlanks()
        guard try current() != 0x0A else { return at += 1 }
        let start = at
        let isQuoted = builder.bytes[at] == UInt8(ascii: "\"")
        let name = try metricName()
        let next = try current()
        guard name.count > 0, isQuoted || isBlank(next) || next == 0x0A else {
            throw ParseFailure(
                start,
                "\(builder.quote(start..<max(at, wordEnd(start)))) is no metric name",
                hint: "other characters than letters, digits, _ and : need double quotes around the name"
            )
        }
        guard next != 0x0A else { return at += 1 }
        guard isBlank(next) else { throw ParseFailure(at, "a blank is needed after the name") }
        let (family, _) = resolve(name)
        builder.families[family].isDescribed = true
        skipBlanks()
        guard try current() != 0x0A else { return at += 1 }
        if isHelp { try help(family, start) } else { try type(family, start) }
    }

    private mutating func help(_ family: Int, _ start: Int) throws(ParseFailure) {
        guard builder.families[family].help == nil else {
            throw ParseFailure(
                start,
                "a second HELP for \(builder.quote(builder.families[family].name))",
                hint: "a family has one HELP line"
            )
        }
        let first = at
        let lineEnd = builder.lineEnd(from: at)
        guard builder.bytes[first..<lineEnd].contains(UInt8(ascii: "\\")) else {
            at = lineEnd
            _ = try current()
            builder.families[family].help = builder.span(first..<lineEnd)
            return at += 1
        }
        let from = builder.text.unescaped.count
        while at < lineEnd {
            let byte = builder.bytes[at]
            at += 1
            guard byte == UInt8(ascii: "\\"), at < lineEnd else {
                guard byte != UInt8(ascii: "\\") else {
                    throw ParseFailure(at - 1, "the help ends in a lone backslash", hint: "write it as \\\\")
                }
                builder.text.unescaped.append(byte)
                continue
            }
            switch builder.bytes[at] {
            case UInt8(ascii: "n"): builder.text.unescaped.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): builder.text.unescaped.append(builder.bytes[at])
            default:
                throw ParseFailure(
                    at - 1,
                    "the help has the unknown escape \(builder.quote(at - 1..<at + 1))",
                    hint: "escape a backslash as \\\\"
                )
            }
            at += 1
        }
        _ = try current()
        builder.families[family].help = TextSpan(
            start: UInt32(from) | TextSpan.unescapedBit,
            count: UInt32(builder.text.unescaped.count - from)
        )
        at += 1
    }

    private mutating func type(_ family: Int, _ start: Int) throws(ParseFailure) {
        guard builder.families[family].kind == nil else {
            throw ParseFailure(
                start,
                "a second TYPE for \(builder.quote(builder.families[family].name)), or one after its samples",
                hint: "put one TYPE line before the samples"
            )
        }
        let first = at
        at = builder.lineEnd(from: at)
        let word = String(decoding: builder.bytes[first..<at], as: UTF8.self).lowercased()
        let kind: MetricKind
        switch word {
        case "counter": kind = .counter
        case "gauge": kind = .gauge
        case "summary": kind = .summary
        case "histogram": kind = .histogram
        case "gaugehistogram", "gauge_histogram": kind = .gaugeHistogram
        case "untyped": kind = .unknown
        default:
            throw ParseFailure(
                first,
                "\(builder.quote(first..<at)) is no type",
                hint: "the types are counter, gauge, histogram, summary and untyped"
            )
        }
        _ = try current()
        builder.families[family].kind = kind
        at += 1
    }
}
