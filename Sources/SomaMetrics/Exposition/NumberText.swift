/// Numbers as the text formats write them.
enum NumberText {
    /// A number of OpenMetrics' grammar, which is also what Prometheus' text takes: digits with an optional
    /// point and exponent, `inf` or `infinity` with an optional sign, or `nan`, in any case.
    ///
    /// `nil` for anything else, hexadecimal, `_` and blanks included, and for what no double can hold:
    /// `1e400` is refused and not infinite, as both specifications have it.
    static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var at = 0
        let end = text.count
        guard at < end else { return nil }
        var isNegative = false
        if text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") {
            isNegative = text[at] == UInt8(ascii: "-")
            at += 1
        }
        var mantissa: UInt64 = 0
        var digits = 0
        var significant = 0
        var scale = 0
        func take(_ byte: UInt8, isFraction: Bool) {
            digits += 1
            if mantissa == 0 && byte == 0x30 {
                if isFraction { scale -= 1 }
                return
            }
            significant += 1
            if significant <= 19 {
                mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
                if isFraction { scale -= 1 }
            } else if !isFraction {
                scale += 1
            }
        }
        while at < end, text[at] &- 0x30 < 10 {
            take(text[at], isFraction: false)
            at += 1
        }
        if at < end, text[at] == UInt8(ascii: ".") {
            at += 1
            while at < end, text[at] &- 0x30 < 10 {
                take(text[at], isFraction: true)
                at += 1
            }
        }
        guard digits > 0 else { return word(text, from: at, isNegative: isNegative) }
        if at < end, text[at] | 0x20 == UInt8(ascii: "e") {
            guard let exponent = exponent(text, from: at + 1) else { return nil }
            scale += exponent
            at = end
        }
        guard at == end else { return nil }
        guard mantissa != 0 else { return isNegative ? -0.0 : 0 }
        // Exact below 2^53 and within the powers of ten that a double holds exactly (Clinger).
        if significant <= 19, mantissa < 1 << 53, scale >= -22, scale <= 22 {
            let whole = Double(mantissa)
            let value = scale < 0 ? whole / powers[-scale] : whole * powers[scale]
            return isNegative ? -value : value
        }
        // The grammar is checked, so Swift's own reader, which knows no locale, sees only what it knows.
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// A whole number of 64 bits in decimal digits with an optional sign; `nil` for anything else.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        var at = isNegative || first == UInt8(ascii: "+") ? 1 : 0
        guard at < text.count else { return nil }
        var value: Int64 = 0
        while at < text.count {
            let digit = Int64(text[at]) - 0x30
            guard digit >= 0, digit < 10 else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, beyond) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !over, !beyond else { return nil }
            value = sum
            at += 1
        }
        return value
    }

    /// Seconds with a fraction, exact to the nanosecond where no exponent is used; `nil` for anything else.
    static func timestamp(_ text: UnsafeBufferPointer<UInt8>) -> MetricTimestamp? {
        guard let value = double(text), value.isFinite else { return nil }
        let dot = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
        guard let whole = integer(UnsafeBufferPointer(rebasing: text[..<dot])) else {
            return MetricTimestamp(seconds: value)
        }
        var nanoseconds: Int32 = 0
        var digits = 0
        for byte in text[dot...].dropFirst() {
            guard byte &- 0x30 < 10 else { return MetricTimestamp(seconds: value) }
            guard digits < 9 else { continue }
            nanoseconds = nanoseconds * 10 + Int32(byte &- 0x30)
            digits += 1
        }
        while digits < 9 {
            nanoseconds *= 10
            digits += 1
        }
        guard text[0] == UInt8(ascii: "-"), nanoseconds > 0, whole > .min else {
            return MetricTimestamp(whole: whole, nanoseconds: nanoseconds)
        }
        return MetricTimestamp(whole: whole - 1, nanoseconds: 1_000_000_000 - nanoseconds)
    }

    /// A number as Go writes it, which is how labels such as `le` are compared: `+Inf`, `NaN`, `0.5`, `1`.
    static func text(_ value: Double) -> String {
        if value != value { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var at = start
        guard at < text.count else { return nil }
        let isNegative = text[at] == UInt8(ascii: "-")
        if isNegative || text[at] == UInt8(ascii: "+") { at += 1 }
        guard at < text.count else { return nil }
        var value = 0
        while at < text.count {
            guard text[at] &- 0x30 < 10 else { return nil }
            // Far beyond what a double can scale by, and far from overflow.
            value = min(1_000_000, value * 10 + Int(text[at] &- 0x30))
            at += 1
        }
        return isNegative ? -value : value
    }

    private static func word(
        _ text: UnsafeBufferPointer<UInt8>,
        from start: Int,
        isNegative: Bool
    ) -> Double? {
        let count = text.count - start
        guard count == 3 || count == 8 else { return nil }
        let word = String(decoding: text[start...].map { $0 | 0x20 }, as: UTF8.self)
        switch word {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return start == 0 ? .nan : nil
        default: return nil
        }
    }
}
