/// Names one trace, and mostly a span of it, as W3C Trace Context does: https://www.w3.org/TR/trace-context/
public struct TraceReference: Sendable, Hashable {
    /// The first half of the trace's id.
    public let traceHigh: UInt64
    /// The second half.
    public let traceLow: UInt64
    /// The span's id; 0 where only the trace is named.
    public let span: UInt64

    /// Names a span; `nil` where the trace's id is 0, which names nothing.
    /// - Parameters:
    ///   - traceHigh: The first half of the trace's id.
    ///   - traceLow: The second half.
    ///   - span: The span's id; 0 names the trace alone.
    public init?(traceHigh: UInt64, traceLow: UInt64, span: UInt64 = 0) {
        guard traceHigh | traceLow != 0 else { return nil }
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
    }

    /// Names a trace by its id's text.
    /// - Parameter traceID: 32 hexadecimal digits, not all of them 0.
    public init?(traceID: some StringProtocol) {
        guard traceID.utf8.count == 32, let high = Self.number(traceID.prefix(16)),
            let low = Self.number(traceID.dropFirst(16))
        else { return nil }
        self.init(traceHigh: high, traceLow: low)
    }

    /// Names a span by the ids' text.
    /// - Parameters:
    ///   - traceID: 32 hexadecimal digits, not all of them 0.
    ///   - spanID: 16 hexadecimal digits, not all of them 0.
    public init?(traceID: some StringProtocol, spanID: some StringProtocol) {
        guard let trace = TraceReference(traceID: traceID), spanID.utf8.count == 16,
            let span = Self.number(spanID), span != 0
        else { return nil }
        self.init(traceHigh: trace.traceHigh, traceLow: trace.traceLow, span: span)
    }

    /// The trace's id: 32 hexadecimal digits in lower case.
    public var traceIDText: String { Self.digits(traceHigh) + Self.digits(traceLow) }
    /// The span's id: 16 hexadecimal digits in lower case; `nil` where only the trace is named.
    public var spanIDText: String? { span == 0 ? nil : Self.digits(span) }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    /// The number that hexadecimal digits write, and nothing but digits.
    private static func number(_ text: some StringProtocol) -> UInt64? {
        let isHex = { (byte: UInt8) in
            (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
        }
        return text.utf8.allSatisfy(isHex) ? UInt64(text, radix: 16) : nil
    }
}

/// One observation out of many, with the trace that it belongs to: the way from a number to its trace.
struct Exemplar: Sendable, Hashable {
    /// What was observed, or added.
    let value: Double
    /// In which trace.
    let trace: TraceReference
    /// When; `nil` leaves it to the scrape.
    let secondsSince1970: Double?
}
