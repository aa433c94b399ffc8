import Logging

/// One log record, ready to be written.
struct LogRecord {
    let secondsSince1970: Int
    let milliseconds: Int
    let level: Logger.Level
    let logger: String
    let message: String
    /// Keys and values, the run's id first, the rest by key.
    let fields: [(key: String, value: String)]

    /// The metadata key that names a run.
    static let runKey = "run"

    static func fields(_ metadata: Logger.Metadata) -> [(key: String, value: String)] {
        metadata.sorted { left, right in
            let (isLeftRun, isRightRun) = (left.key == runKey, right.key == runKey)
            return isLeftRun == isRightRun ? left.key < right.key : isLeftRun
        }.map { (key: $0.key, value: $0.value.description) }
    }
}

/// How records are written.
public enum LogFormat: Sendable, Hashable {
    /// Aligned columns for people; `colors` adds SGR colours.
    case human(colors: Bool)
    /// One JSON object a line.
    case json
}

extension LogRecord {
    /// Longest record; the rest of a longer message is cut, so that one record is one write.
    static let bytesMax = 16 << 10

    /// The record as one line with its line end, without any other control character but our own colours.
    func line(_ format: LogFormat) -> String {
        switch format {
        case .human(let colors): humanLine(colors: colors)
        case .json: jsonLine
        }
    }

    private func humanLine(colors: Bool) -> String {
        let name = level.rawValue
        let padded = name.uppercased() + String(repeating: " ", count: 8 - name.count)
        let levelText = colors ? "\(Self.color(level))\(padded)\u{1B}[0m" : padded
        var line = "\(UTCTime.text(seconds: secondsSince1970, milliseconds: milliseconds)) \(levelText) "
        line += LogText.human(message)
        for field in fields {
            guard line.utf8.count < Self.bytesMax else { break }
            let key = LogText.human(field.key)
            line += colors ? "  \u{1B}[2m\(key)=\u{1B}[0m" : "  \(key)="
            line += LogText.humanValue(field.value)
        }
        return line + "\n"
    }

    private var jsonLine: String {
        let time = UTCTime.text(seconds: secondsSince1970, milliseconds: milliseconds)
        var line =
            "{\"at\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"logger\":\"\(LogText.json(logger))\""
        line += ",\"message\":\"\(LogText.json(message))\""
        if !fields.isEmpty {
            line += ",\"metadata\":{"
            for (index, field) in fields.enumerated() {
                guard line.utf8.count < Self.bytesMax else { break }
                line +=
                    "\(index == 0 ? "" : ",")\"\(LogText.json(field.key))\":\"\(LogText.json(field.value))\""
            }
            line += "}"
        }
        return line + "}\n"
    }

    private static func color(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }
}

/// Texts inside a record, which come from anywhere.
enum LogText {
    private static let scalarsMax = 4096

    static func human(_ text: String) -> String {
        escaped(text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: UnsafeScalar.isUnsafe(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : nil
            }
        }
    }

    /// A value that is empty or has spaces, quotes or `=` is put into quotes, so that fields stay apart.
    static func humanValue(_ text: String) -> String {
        let shown = human(text)
        let needsQuotes = shown.isEmpty || shown.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        guard needsQuotes else { return shown }
        return "\"\(shown.map { $0 == "\"" ? "\\\"" : String($0) }.joined())\""
    }

    static func json(_ text: String) -> String {
        escaped(text) { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            default: UnsafeScalar.isUnsafe(scalar) ? unicodeEscape(scalar) : nil
            }
        }
    }

    private static func unicodeEscape(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private static func escaped(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < scalarsMax else { return result + "…" }
            count += 1
            if let replacement = replacement(scalar) {
                result += replacement
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
