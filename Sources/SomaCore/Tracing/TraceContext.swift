/// Where in a trace a caller stands, as processes tell each other: [W3C Trace Context](https://www.w3.org/TR/trace-context-1/),
/// level 1.
///
/// What is read comes from anybody. Whatever breaks a rule of the recommendation is no context at all, as it demands, and
/// what is kept has a bound.
public struct TraceContext: Sendable, Hashable {
    /// The trace; never zero.
    public var trace: TraceID
    /// The caller's span, which is the parent of what is done for it; never zero.
    public var span: SpanID
    /// Whether the caller may have recorded it.
    public var isSampled: Bool
    /// `tracestate`: what tracing systems note for themselves. Empty, or valid and at most ``stateBytesMax`` long.
    public var state: String

    /// The longest `tracestate` that is kept; the recommendation asks for at least as much.
    public static let stateBytesMax = 512
    /// The longest `traceparent` of a later version that is looked at.
    public static let parentBytesMax = 512

    /// Creates a context; `nil` where an id says nothing.
    public init?(trace: TraceID, span: SpanID, isSampled: Bool, state: String = "") {
        guard !trace.isZero, !span.isZero else { return nil }
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads the headers.
    /// - Parameters:
    ///   - parent: `traceparent`, without white space around it.
    ///   - state: `tracestate`; several headers joined with commas. One that is invalid is dropped, and the rest holds.
    /// - Returns: `nil` where `parent` is invalid.
    public init?(traceparent parent: String, tracestate state: String? = nil) {
        let bytes = Array(parent.utf8.prefix(Self.parentBytesMax + 1))
        guard bytes.count >= 55, bytes.count <= Self.parentBytesMax,
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            // A later version may go on, after a dash.
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == Self.dash,
            bytes[2] == Self.dash, let high = Self.number(bytes[3..<19]),
            let low = Self.number(bytes[19..<35]),
            bytes[35] == Self.dash, let span = Self.number(bytes[36..<52]),
            bytes[52] == Self.dash, let flags = Self.number(bytes[53..<55])
        else { return nil }
        self.init(
            trace: TraceID(high: high, low: low),
            span: SpanID(span),
            isSampled: flags & 1 == 1,
            state: state.flatMap(TraceState.kept) ?? ""
        )
    }

    /// A `tracestate` as it is kept: without white space around its members, and whole members up to ``stateBytesMax`` bytes.
    /// - Returns: `nil` for one that breaks a rule, and for one that says nothing.
    public static func state(_ text: String) -> String? {
        TraceState.kept(text).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of `traceparent`.
    public var traceparent: String { TraceIdentity.traceparent(trace, span, isSampled: isSampled) }

    private static let dash = UInt8(ascii: "-")

    /// Digits in lower case alone: capitals are invalid here.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            guard !(0x41...0x46).contains(byte), let digit = byte.hexadecimalDigit else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}

extension TraceContext {
    /// The longest text that ``record`` gives.
    private static let recordBytesMax = 55 + 1 + stateBytesMax

    /// As it is kept beside what was asked for: `traceparent`, and after a blank `tracestate` where there is one.
    public var record: String { state.isEmpty ? traceparent : "\(traceparent) \(state)" }

    /// Reads what ``record`` gave; `nil` for anything else. What is kept may have been written by anybody who has the store.
    public init?(record: String) {
        guard record.utf8.count <= Self.recordBytesMax else { return nil }
        let parts = record.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(traceparent: String(parts[0]), tracestate: parts.count > 1 ? String(parts[1]) : nil)
    }
}

/// The list in `tracestate`.
enum TraceState {
    /// Members of a valid list.
    private static let membersMax = 32
    /// Bytes that are looked at.
    private static let bytesMax = 8 << 10
    /// A longer member is the first to go where there is no room.
    private static let memberBytesMax = 128

    /// The list without white space around its members and cut to what is kept, whole members only; `nil` for one that
    /// breaks a rule.
    static func kept(_ text: String) -> String? {
        guard text.utf8.count <= bytesMax else { return nil }
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let member = trimmed(part)
            if member.isEmpty { continue }
            guard let sign = member.firstIndex(of: "="), isKey(member[..<sign]),
                isValue(member[member.index(after: sign)...]), keys.insert(member[..<sign]).inserted
            else { return nil }
            members.append(member)
        }
        guard members.count <= membersMax else { return nil }
        func size(_ members: [Substring]) -> Int { members.reduce(-1) { $0 + $1.utf8.count + 1 } }
        while size(members) > TraceContext.stateBytesMax,
            let long = members.lastIndex(where: { $0.utf8.count > memberBytesMax })
        {
            members.remove(at: long)
        }
        while size(members) > TraceContext.stateBytesMax { members.removeLast() }
        return members.joined(separator: ",")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character?) -> Bool { character == " " || character == "\t" }
        var text = text
        while isBlank(text.first) { text.removeFirst() }
        while isBlank(text.last) { text.removeLast() }
        return text
    }

    /// `key`, or `tenant@system`.
    private static func isKey(_ text: Substring) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        func isPart(_ part: Substring, _ lengths: ClosedRange<Int>, digitFirst: Bool) -> Bool {
            guard lengths.contains(part.utf8.count), let first = part.utf8.first else { return false }
            return (isLetter(first) || digitFirst && isDigit(first))
                && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
        }
        switch parts.count {
        case 1: return isPart(parts[0], 1...256, digitFirst: false)
        case 2:
            return isPart(parts[0], 1...241, digitFirst: true) && isPart(parts[1], 1...14, digitFirst: false)
        default: return false
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isValue(_ text: Substring) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }
}
