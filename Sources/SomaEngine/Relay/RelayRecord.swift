import Glibc
package import SomaCore

/// A transition as it is sent, with its place.
package struct RelayEntry: Sendable, Hashable {
    package let position: Position
    package let record: BusRecord

    /// - Parameter traces: What of the traces is exported; `nil` where none are.
    package init(_ stored: StoredTransition, traces: TraceSampling? = nil) {
        self.init(position: stored.position, record: BusRecord(stored, traces: traces))
    }

    /// Reads no more of a stored transition than is sent beside it: decoding all of it takes longer than sending it.
    /// - Parameter types: What entries of a type share; kept by whoever makes many.
    package init(
        _ raw: RawTransition,
        at path: String,
        traces: TraceSampling? = nil,
        _ types: inout RelayTypes
    ) throws(StoreError) {
        guard Checksum.of(raw.bytes) == raw.checksum,
            let record = raw.bytes.withUnsafeBufferPointer({ bytes -> BusRecord? in
                guard let envelope = Envelope(bytes), envelope.seq == raw.seq else { return nil }
                return BusRecord(
                    key: Array(bytes[envelope.run]),
                    value: raw.bytes,
                    headers: types.headers(of: UnsafeBufferPointer(rebasing: bytes[envelope.type])),
                    parent: envelope.traceParent(in: bytes, traces)
                )
            })
        else {
            self.init(try raw.decoded(of: nil, at: path), traces: traces)
            return
        }
        self.init(position: Position(raw.position), record: record)
    }

    private init(position: Position, record: BusRecord) {
        self.position = position
        self.record = record
    }

    /// When the transition happened; `nil` for one that can't be read.
    package var at: Timestamp? { (try? Transition(cloudEvent: record.value ?? []))?.at }
}

/// What the entries of each type have in common, made once.
package struct RelayTypes: Sendable {
    /// More than there are types. Of unknown ones there may be any number, and those beyond are made each time.
    private static let most = 64

    private var known: [(type: [UInt8], headers: [BusHeader])] = []

    package init() {}

    /// The headers of a type of event.
    mutating func headers(of type: UnsafeBufferPointer<UInt8>) -> [BusHeader] {
        for entry in known where entry.type.count == type.count {
            guard let base = type.baseAddress, memcmp(entry.type, base, type.count) == 0 else { continue }
            return entry.headers
        }
        let headers = [BusHeader("ce_type", Array(type))]
        if known.count < Self.most { known.append((Array(type), headers)) }
        return headers
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
