import Glibc
package import SomaCore

extension BusRecord {
    /// A transition as it is sent: keyed by its run, its value the bytes that the store holds.
    /// - Parameter traces: What of the traces is exported; `nil` where none are.
    package init(_ stored: StoredTransition, traces: TraceSampling? = nil) {
        let transition = stored.transition
        self.init(
            key: Array(transition.run.description.utf8),
            value: stored.bytes,
            headers: [BusHeader("ce_type", transition.kind.eventType)],
            parent: Self.traceParent(
                of: transition.run,
                seq: transition.seq,
                transition.kind,
                in: transition.trace,
                traces
            )
        )
    }

    /// Reads no more of a stored transition than is sent beside it: decoding all of it takes longer than sending it.
    /// - Parameter memo: What neighbours have in common; kept by whoever makes many.
    package init(
        _ raw: RawTransition,
        at path: String,
        traces: TraceSampling? = nil,
        _ memo: inout RelayMemo
    ) throws(StoreError) {
        guard Checksum.of(raw.bytes) == raw.checksum,
            let record = raw.bytes.withUnsafeBufferPointer({ bytes -> BusRecord? in
                guard let envelope = Envelope(bytes), envelope.seq == raw.seq else { return nil }
                return BusRecord(
                    key: memo.key(UnsafeBufferPointer(rebasing: bytes[envelope.run])),
                    value: raw.bytes,
                    headers: memo.headers(of: UnsafeBufferPointer(rebasing: bytes[envelope.type])),
                    parent: envelope.traceParent(in: bytes, traces)
                )
            })
        else {
            self.init(try raw.decoded(of: nil, at: path), traces: traces)
            return
        }
        self = record
    }

    /// - Parameter headers: Those that all events of its type have.
    init(key: [UInt8], value: [UInt8], headers: [BusHeader], parent: String?) {
        var headers = headers
        if let parent { headers.append(BusHeader("traceparent", parent)) }
        self.init(topic: RelayParcel.topic, key: key, value: value, headers: headers)
    }

    /// Where a transition stands in its run's trace, for readers that go on from there: the span that it began, else the run's.
    ///
    /// Where traces aren't exported, only of a run that was started in somebody's trace, and marked as not recorded.
    static func traceParent(
        of run: RunID,
        seq: Int,
        _ kind: TransitionKind,
        in trace: String?,
        _ traces: TraceSampling?
    ) -> String? {
        guard traces != nil || trace.map({ TraceIdentity.isTrace($0) }) ?? false else { return nil }
        let id = TraceIdentity.trace(of: run, in: trace)
        let span = TraceIdentity.span(for: kind, of: run, seq: seq)
        return TraceIdentity.traceparent(id, span, isSampled: traces?.includes(id) ?? false)
    }
}

/// What the records of a page have in common, made once: the headers of a type, and the key of a run that goes on.
package struct RelayMemo: Sendable {
    /// More than there are types. Of unknown ones there may be any number, and those beyond are made each time.
    private static let most = 64

    private var known: [(type: [UInt8], headers: [BusHeader])] = []
    private var run: [UInt8] = []

    package init() {}

    /// The headers of a type of event.
    mutating func headers(of type: UnsafeBufferPointer<UInt8>) -> [BusHeader] {
        for entry in known where Self.same(entry.type, type) { return entry.headers }
        let headers = [BusHeader("ce_type", Array(type))]
        if known.count < Self.most { known.append((Array(type), headers)) }
        return headers
    }

    /// A run's name as the key of its records.
    mutating func key(_ name: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        if !Self.same(run, name) { run = Array(name) }
        return run
    }

    private static func same(_ bytes: [UInt8], _ others: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == others.count, let base = others.baseAddress else {
            return bytes.count == others.count
        }
        return memcmp(bytes, base, bytes.count) == 0
    }
}

/// Where the first members of an event are, as our own writer puts them; `nil` for any other event.
private struct Envelope {
    private static let start: StaticString = #"{"specversion":"1.0","id":""#
    private static let source: StaticString = #"","source":"/runs/"#
    private static let kind: StaticString = #"","type":""#
    private static let trace = ByteNeedle(#""trace":""#.utf8)
    private static let body = ByteNeedle(#""body":"#.utf8)

    let run: Range<Int>
    let seq: Int
    let type: Range<Int>
    /// The digits of the trace; empty where none is named.
    private let trace: Range<Int>

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return nil }
        var place = 0
        func take(_ expected: StaticString) -> Bool {
            let count = expected.utf8CodeUnitCount
            guard bytes.count - place >= count, memcmp(base + place, expected.utf8Start, count) == 0 else {
                return false
            }
            place += count
            return true
        }
        /// Up to a quote. Words with escapes are for whoever decodes.
        func text() -> Range<Int>? {
            let first = place
            while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
                if bytes[place] == UInt8(ascii: "\\") { return nil }
                place += 1
            }
            return place < bytes.count ? first..<place : nil
        }
        guard take(Self.start), let id = text(),
            let slash = bytes[id].lastIndex(of: UInt8(ascii: "/")), slash > id.lowerBound,
            let seq = Int(String(decoding: bytes[(slash + 1)..<id.upperBound], as: UTF8.self)),
            take(Self.source), text() != nil, take(Self.kind), let type = text(),
            let trace = Self.trace(in: bytes, from: place)
        else { return nil }
        (run, self.seq, self.type, self.trace) = (id.lowerBound..<slash, seq, type, trace)
    }

    /// The trace that is named before the body, behind which everything is somebody else's words; empty where there is none,
    /// `nil` where it isn't as we write it. No text has either name in it: its quotes are escaped.
    private static func trace(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        let head = UnsafeBufferPointer(rebasing: bytes[..<(body.find(in: bytes, from: start) ?? bytes.count)])
        guard let place = trace.find(in: head, from: start) else { return start..<start }
        let first = place + trace.bytes.count
        let end = first + 32
        guard end < head.count, head[end] == UInt8(ascii: "\"") else { return nil }
        return first..<end
    }

    /// Where the transition stands in its run's trace.
    func traceParent(in bytes: UnsafeBufferPointer<UInt8>, _ traces: TraceSampling?) -> String? {
        guard traces != nil || !trace.isEmpty else { return nil }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return BusRecord.traceParent(
            of: RunID(text(run)),
            seq: seq,
            TransitionKind(eventType: text(type)),
            in: trace.isEmpty ? nil : text(trace),
            traces
        )
    }
}
