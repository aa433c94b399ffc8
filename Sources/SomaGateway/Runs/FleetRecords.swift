import SomaCore
import Synchronization

/// The states of runs as JSON, kept from one attach to the next.
///
/// Writing a state takes as long as sending it, and most of a fleet is as it was: a state is what the transitions up
/// to its number say, so its text is good until there is another.
final class FleetRecords: Sendable {
    private struct Kept {
        var seq: Int
        var bytes: [UInt8]
    }

    /// How many bytes are kept at most; of a larger fleet, none are.
    private let bytesMax: Int
    private let kept = Mutex<[RunID: Kept]>([:])

    init(bytesMax: Int = 32 << 20) { self.bytesMax = bytesMax }

    /// How many states are kept.
    var count: Int { kept.withLock { $0.count } }

    /// The document's bytes, the same as those of its `json`.
    func bytes(of document: FleetDocument) -> [UInt8] {
        let before = kept.withLock { $0 }
        var now: [RunID: Kept] = Dictionary(minimumCapacity: document.runs.count)
        var runs: [UInt8] = []
        var size = 0
        for (number, run) in document.runs.enumerated() {
            let record: Kept
            if let old = before[run.id], old.seq == run.seq {
                record = old
            } else {
                record = Kept(seq: run.seq, bytes: run.record.bytes())
            }
            if number > 0 { runs.append(UInt8(ascii: ",")) }
            runs += record.bytes
            size += record.bytes.count
            now[run.id] = record
        }
        let kept = size <= bytesMax ? now : [:]
        self.kept.withLock { $0 = kept }
        var frame = document
        frame.runs = []
        // A frame has an empty list of runs just after the holder, whatever the holder's name is.
        let head = JSON.object(["position": .string(frame.position), "holder": .string(frame.holder)]).bytes()
        let list = Array(",\"runs\":[".utf8)
        let text = frame.json.bytes()
        return head.dropLast() + list + runs + text.dropFirst(head.count - 1 + list.count)
    }
}
