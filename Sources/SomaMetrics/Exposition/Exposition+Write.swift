extension Exposition {
    /// The same samples as text of the format that they were read from; reads back to the same.
    ///
    /// Lines are in the order of the samples, with HELP, TYPE and UNIT before the first of a family.
    package func written() -> [UInt8] {
        var lines: [String] = []
        var next = 0
        func describeFamilies(upTo index: Int) {
            while next <= index {
                if families[next].isDescribed { describe(families[next], into: &lines) }
                next += 1
            }
        }
        for sample in samples {
            describeFamilies(upTo: sample.family)
            lines.append(line(sample))
        }
        describeFamilies(upTo: families.count - 1)
        if format == .openMetrics { lines.append("# EOF") }
        return Array(lines.joined(separator: "\n").utf8) + (lines.isEmpty ? [] : [0x0A])
    }

    private func describe(_ family: Family, into lines: inout [String]) {
        let name = Self.isPlain(family.name, colons: true) ? family.name : "\"\(Self.escaped(family.name))\""
        switch format {
        case .prometheus:
            lines.append("# TYPE \(name) \(family.kind.prometheusName)")
            // The format takes a help with blanks at its front for one without.
            let help = String(family.help.unicodeScalars.drop { $0 == " " || $0 == "\t" })
            if !help.isEmpty { lines.append("# HELP \(name) \(Self.escaped(help))") }
        case .openMetrics:
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            if !family.unit.isEmpty { lines.append("# UNIT \(name) \(family.unit)") }
            if !family.help.isEmpty { lines.append("# HELP \(name) \(Self.escaped(family.help))") }
        }
    }

    private func line(_ sample: Sample) -> String {
        var terms: [String] = []
        var line = ""
        if Self.isPlain(sample.name, colons: true) {
            line = sample.name
        } else {
            terms = ["\"\(Self.escaped(sample.name))\""]
        }
        line += Self.braces(terms + sample.labels.map(Self.term)) + " " + NumberText.text(sample.value)
        if let timestamp = sample.timestamp { line += " " + text(timestamp) }
        if let exemplar = sample.exemplar {
            line += " # {\(exemplar.labels.map(Self.term).joined(separator: ","))} "
            line += NumberText.text(exemplar.value)
            if let timestamp = exemplar.timestamp { line += " " + text(timestamp) }
        }
        return line
    }

    private func text(_ time: MetricTimestamp) -> String {
        guard format == .openMetrics else { return "\(time.inMilliseconds)" }
        guard time.nanoseconds > 0 else { return "\(time.seconds)" }
        // A negative moment is written from zero, and kept from the second below it.
        let isNegative = time.seconds < 0
        let whole = isNegative ? -(time.seconds + 1) : time.seconds
        let digits = String(isNegative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds)
        return (isNegative ? "-" : "") + "\(whole)." + String(repeating: "0", count: 9 - digits.count)
            + digits
    }

    private static func braces(_ terms: [String]) -> String {
        terms.isEmpty ? "" : "{\(terms.joined(separator: ","))}"
    }

    private static func term(_ label: Label) -> String {
        let name = isPlain(label.name, colons: false) ? label.name : "\"\(escaped(label.name))\""
        return "\(name)=\"\(escaped(label.value))\""
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"": result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isPlain(_ name: String, colons: Bool) -> Bool {
        !name.isEmpty
            && name.utf8.enumerated().allSatisfy { index, byte in
                (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || index > 0 && byte &- 0x30 < 10
                    || colons && byte == UInt8(ascii: ":")
            }
    }
}
