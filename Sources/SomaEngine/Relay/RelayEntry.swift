package import SomaCore

/// A transition as it is sent, with its place.
package struct RelayEntry: Sendable, Hashable {
    package let position: Position
    package let record: BusRecord

    package init(_ stored: StoredTransition) {
        self.init(position: stored.position, record: BusRecord(stored))
    }

    /// Reads no more of a stored transition than is sent beside it: decoding all of it takes longer than sending it.
    package init(_ raw: RawTransition, at path: String) throws(StoreError) {
        guard Checksum.of(raw.bytes) == raw.checksum, let envelope = Envelope(raw.bytes),
            envelope.seq == raw.seq
        else {
            self.init(try raw.decoded(of: nil, at: path))
            return
        }
        let headers = [BusHeader("ce_type", envelope.type)]
        self.init(
            position: Position(raw.position),
            record: BusRecord(topic: RelayParcel.topic, key: envelope.run, value: raw.bytes, headers: headers)
        )
    }

    private init(position: Position, record: BusRecord) {
        self.position = position
        self.record = record
    }

    /// When the transition happened; `nil` for one that can't be read.
    package var at: Timestamp? { (try? Transition(cloudEvent: record.value ?? []))?.at }
}

/// The first members of an event as our own writer puts them; `nil` for any other event, and for one that may have a trace.
private struct Envelope {
    private static let start = Array(#"{"specversion":"1.0","id":""#.utf8)
    private static let source = Array(#"","source":"/runs/"#.utf8)
    private static let kind = Array(#"","type":""#.utf8)
    private static let trace = Array(#""trace":""#.utf8)
    private static let body = Array(#""body":"#.utf8)

    let run: [UInt8]
    let seq: Int
    let type: [UInt8]

    init?(_ bytes: [UInt8]) {
        let parts = bytes.withUnsafeBufferPointer { bytes -> (run: [UInt8], seq: Int, type: [UInt8])? in
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
                !Self.hasTrace(bytes, from: place)
            else { return nil }
            return (Array(bytes[id.lowerBound..<slash]), seq, Array(bytes[type]))
        }
        guard let parts else { return nil }
        (run, seq, type) = parts
    }

    /// Whether a trace is named before the body, behind which everything is somebody else's words.
    private static func hasTrace(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        func isHere(_ needle: [UInt8], _ place: Int) -> Bool {
            guard bytes.count - place >= needle.count else { return false }
            for (index, byte) in needle.enumerated() where bytes[place + index] != byte { return false }
            return true
        }
        for place in start..<bytes.count where bytes[place] == UInt8(ascii: "\"") {
            if isHere(body, place) { return false }
            if isHere(trace, place) { return true }
        }
        return false
    }
}
