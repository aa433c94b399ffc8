import Glibc

/// What both parsers gather, and the pieces of grammar that both have.
struct ExpositionBuilder {
    /// A family while it is being read.
    struct Draft {
        let name: TextSpan
        var kind: MetricKind?
        var help: TextSpan?
        var unit: TextSpan?
        var isDescribed = false
    }

    let bytes: UnsafeBufferPointer<UInt8>
    let labelsMax: Int
    var at = 0
    /// Where reading stops: the end of the text, or of the line.
    var end: Int
    var text: ExpositionText
    var records: [SampleRecord] = []
    var families: [Draft] = []
    var remarks: [Exposition.Remark] = []
    var duplicates = 0
    /// Names of the labels of the sample that is being read, once there are many.
    private var labelNames = HashTable()

    init(source: [UInt8], bytes: UnsafeBufferPointer<UInt8>, labelsMax: Int) {
        self.bytes = bytes
        self.labelsMax = labelsMax
        end = bytes.count
        text = ExpositionText(source: source)
        // About one sample in 100 bytes; a wrong guess costs a copy.
        records.reserveCapacity(bytes.count / 96)
        text.labels.reserveCapacity(bytes.count / 48)
    }

    func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[range])
    }

    func span(_ range: Range<Int>) -> TextSpan {
        TextSpan(start: UInt32(range.lowerBound), count: UInt32(range.count))
    }

    /// The bytes of a span; without a detour for those of the text itself.
    @inline(__always)
    func withBytes<Value>(_ span: TextSpan, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        guard span.start & TextSpan.unescapedBit == 0 else { return text.withBytes(span, body) }
        let start = Int(span.start)
        return body(slice(start..<start + Int(span.count)))
    }

    func hash(_ span: TextSpan) -> UInt64 { withBytes(span) { SeriesHash.of($0) } }

    func quote(_ range: Range<Int>) -> String { SafeQuote.quote(bytes[range]) }

    func quote(_ span: TextSpan) -> String { SafeQuote.quote(text.string(span)) }

    /// Whether two spans read the same.
    func isSame(_ left: TextSpan, _ right: TextSpan) -> Bool {
        guard left.count == right.count else { return false }
        guard (left.start | right.start) & TextSpan.unescapedBit == 0 else { return text.isSame(left, right) }
        return isSameSource(Int(left.start), Int(right.start), Int(left.count))
    }

    private func isSameSource(_ left: Int, _ right: Int, _ count: Int) -> Bool {
        var index = 0
        while index < count {
            guard bytes[left + index] == bytes[right + index] else { return false }
            index += 1
        }
        return true
    }

    /// Where the line that holds a byte ends, without its line feed.
    func lineEnd(from start: Int) -> Int {
        guard start < bytes.count, let base = UnsafeRawPointer(bytes.baseAddress) else { return bytes.count }
        guard let found = memchr(base + start, 0x0A, bytes.count - start) else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }

    /// Bytes up to a blank or the end of the line.
    mutating func token() -> Range<Int> {
        let start = at
        var index = start
        while index < end, bytes[index] != 0x20, bytes[index] != 0x09, bytes[index] != 0x0A { index += 1 }
        at = index
        return start..<index
    }

    /// An unquoted name: letters, digits, `_` and, for metrics, `:`. Empty where there is none.
    mutating func bareName(colons: Bool) -> Range<Int> {
        let start = at
        var index = start
        while index < end {
            let byte = bytes[index]
            let isLetter = (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
            guard isLetter || colons && byte == UInt8(ascii: ":") || index > start && byte &- 0x30 < 10 else {
                break
            }
            index += 1
        }
        at = index
        return start..<index
    }

    /// What stands between double quotes, unescaped; the reader stands on the first of them.
    ///
    /// - Parameter isStrict: Whether a backslash may only come before `\`, `n` and `"`, as in Prometheus' text.
    mutating func quoted(isStrict: Bool, _ what: String) throws(ParseFailure) -> TextSpan {
        let start = at + 1
        var index = start
        var highBits: UInt8 = 0
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                at = index + 1
                let found = span(start..<index)
                if highBits < 0x80 { return found }
                return try checked(found, from: start, what)
            }
            if byte == UInt8(ascii: "\\") || byte == 0x0A { break }
            highBits |= byte
            index += 1
        }
        at = index
        guard index < end else { throw unclosed(what) }
        guard bytes[index] != 0x0A else { throw unfinished(what) }
        return try escaped(from: start, isStrict: isStrict, what)
    }

    /// Adds a label; the hash is of name and value.
    mutating func addLabel(
        _ name: TextSpan,
        _ value: TextSpan,
        since first: Int,
        at offset: Int
    ) throws(ParseFailure) -> UInt64 {
        let count = text.labels.count - first
        guard count < labelsMax else {
            throw ParseFailure(offset, "a sample has more than \(labelsMax) labels")
        }
        let nameHash = hash(name)
        let isRepeated: Bool
        if count < 16 {
            isRepeated = text.labels[first...].contains { isSame($0.name, name) }
        } else {
            if count == 16 {
                labelNames.removeAll()
                for index in first..<text.labels.count {
                    labelNames.insert(hash(text.labels[index].name), index)
                }
            }
            isRepeated = labelNames.first(nameHash) { isSame(text.labels[$0].name, name) } != nil
            labelNames.insert(nameHash, text.labels.count)
        }
        guard !isRepeated else {
            throw ParseFailure(
                offset,
                "the label \(quote(name)) is given twice",
                hint: "a label has one value"
            )
        }
        text.labels.append(LabelRecord(name: name, value: value))
        return SeriesHash.pair(nameHash, hash(value))
    }

    private func unfinished(_ what: String) -> ParseFailure {
        ParseFailure(at, "the \(what) doesn't end on its line", hint: "write \\n for a line feed")
    }

    private func unclosed(_ what: String) -> ParseFailure {
        ParseFailure(
            end,
            "the \(what) has no closing quote",
            hint: end == bytes.count ? "was the body cut short?" : ""
        )
    }

    private func checked(_ span: TextSpan, from start: Int, _ what: String) throws(ParseFailure) -> TextSpan {
        let bad = text.withBytes(span) { UTF8Check.firstInvalid($0) }
        guard let bad else { return span }
        throw ParseFailure(start + bad, "the \(what) isn't valid UTF-8")
    }

    private mutating func escaped(
        from start: Int,
        isStrict: Bool,
        _ what: String
    ) throws(ParseFailure) -> TextSpan {
        let from = text.unescaped.count
        text.unescaped.append(contentsOf: bytes[start..<at])
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                let span = TextSpan(
                    start: UInt32(from) | TextSpan.unescapedBit,
                    count: UInt32(text.unescaped.count - from)
                )
                return try checked(span, from: start, what)
            }
            guard byte != 0x0A else { throw unfinished(what) }
            at += 1
            guard byte == UInt8(ascii: "\\") else {
                text.unescaped.append(byte)
                continue
            }
            guard at < end else { break }
            switch bytes[at] {
            case UInt8(ascii: "n"): text.unescaped.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.unescaped.append(bytes[at])
            default:
                guard !isStrict, bytes[at] != 0x0A else {
                    throw ParseFailure(
                        at - 1,
                        "the \(what) has the unknown escape \(quote(at - 1..<at + 1))",
                        hint: "escape a backslash as \\\\"
                    )
                }
                text.unescaped.append(UInt8(ascii: "\\"))
                text.unescaped.append(bytes[at])
            }
            at += 1
        }
        throw unclosed(what)
    }
}

/// Whether bytes are UTF-8 (RFC 3629).
enum UTF8Check {
    /// The place of the first byte that no valid text has there; `nil` for valid text.
    static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let base = UnsafeRawPointer(bytes.baseAddress)
        var at = 0
        while at < bytes.count {
            if let base, at + 8 <= bytes.count,
                base.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                at += 8
                continue
            }
            guard bytes[at] >= 0x80 else {
                at += 1
                continue
            }
            guard let length = sequence(bytes, at) else { return at }
            at += length
        }
        return nil
    }

    private static func sequence(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        func byte(_ offset: Int) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }
        func follows(_ offset: Int) -> Bool { byte(offset) & 0xC0 == 0x80 }
        let first = bytes[at]
        switch first {
        case 0xC2...0xDF: return follows(1) ? 2 : nil
        case 0xE0: return (0xA0...0xBF).contains(byte(1)) && follows(2) ? 3 : nil
        case 0xED: return (0x80...0x9F).contains(byte(1)) && follows(2) ? 3 : nil
        case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : nil
        case 0xF0: return (0x90...0xBF).contains(byte(1)) && follows(2) && follows(3) ? 4 : nil
        case 0xF4: return (0x80...0x8F).contains(byte(1)) && follows(2) && follows(3) ? 4 : nil
        case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : nil
        default: return nil
        }
    }
}
