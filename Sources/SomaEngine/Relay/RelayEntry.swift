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
    package init(_ raw: RawTransition, at path: String, traces: TraceSampling? = nil) throws(StoreError) {
        guard Checksum.of(raw.bytes) == raw.checksum, let envelope = Envelope(raw.bytes),
            envelope.seq == raw.seq
        else {
            self.init(try raw.decoded(of: nil, at: path), traces: traces)
            return
        }
        self.init(
            position: Position(raw.position),
            record: BusRecord(
                key: envelope.run,
                value: raw.bytes,
                type: BusHeader("ce_type", envelope.type),
                parent: envelope.traceParent(traces)
            )
        )
    }

    private init(position: Position, record: BusRecord) {
        self.position = position
        self.record = record
    }

    /// When the transition happened; `nil` for one that can't be read.
    package var at: Timestamp? { (try? Transition(cloudEvent: record.value ?? []))?.at }
}

/// The first members of an event as our own writer puts them; `nil` for any other event.
private struct Envelope {
    private static let start = Array(#"{"specversion":"1.0","id":""#.utf8)
    private static let source = Array(#"","source":"/runs/"#.utf8)
    private static let kind = Array(#"","type":""#.utf8)
    private static let trace = Array(#""trace":""#.utf8)
    private static let body = Array(#""body":"#.utf8)

    let run: [UInt8]
    let seq: Int
    let type: [UInt8]
    /// The digits of the trace; empty where none is named.
    let trace: [UInt8]

    /// Where the transition stands in its run's trace.
    func traceParent(_ traces: TraceSampling?) -> String? {
        guard traces != nil || !trace.isEmpty else { return nil }
        return BusRecord.traceParent(
            of: RunID(String(decoding: run, as: UTF8.self)),
            seq: seq,
            TransitionKind(eventType: String(decoding: type, as: UTF8.self)),
            in: trace.isEmpty ? nil : String(decoding: trace, as: UTF8.self),
            traces
        )
    }

    init?(_ bytes: [UInt8]) {
        let parts = bytes.withUnsafeBufferPointer { bytes -> Envelope? in
            var place = 0
            func take(_ expected: [UInt8]) -> Bool {
                guard bytes.count - place >= expected.count else { return false }
                for (index, byte) in expected.enumerated() where bytes[place + index] != byte { return false }
                place += expected.count
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
            return Envelope(
                run: Array(bytes[id.lowerBound..<slash]),
                seq: seq,
                type: Array(bytes[type]),
                trace: Array(bytes[trace])
            )
        }
        guard let parts else { return nil }
        self = parts
    }

    private init(run: [UInt8], seq: Int, type: [UInt8], trace: [UInt8]) {
        (self.run, self.seq, self.type, self.trace) = (run, seq, type, trace)
    }

    /// The trace that is named before the body, behind which everything is somebody else's words; empty where there is none,
    /// `nil` where it isn't as we write it.
    private static func trace(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        func isHere(_ needle: [UInt8], _ place: Int) -> Bool {
            guard bytes.count - place >= needle.count else { return false }
            for (index, byte) in needle.enumerated() where bytes[place + index] != byte { return false }
            return true
        }
        for place in start..<bytes.count where bytes[place] == UInt8(ascii: "\"") {
            if isHere(body, place) { return place..<place }
            guard isHere(trace, place) else { continue }
            let first = place + trace.count
            let end = first + 32
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
            return first..<end
        }
        return start..<start
    }
}
