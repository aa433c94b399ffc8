import SomaCore
import SomaEngine

/// Groups in the form in which they go into the file, made before the writer's queue is taken.
struct Batch: Sendable {
    struct Row: Sendable {
        let transition: Transition
        let bytes: [UInt8]
        let checksum: Int64
    }

    struct Snapshot: Sendable {
        let run: RunID
        let seq: Int
        let state: [UInt8]
        let checksum: Int64
    }

    struct ContentRow: Sendable {
        let content: Content
        let checksum: Int64
    }

    var rows: [Row] = []
    var content: [ContentRow] = []
    var snapshots: [Snapshot] = []

    init(_ groups: [CommitGroup]) {
        rows.reserveCapacity(groups.reduce(0) { $0 + $1.transitions.count })
        for group in groups {
            for transition in group.transitions {
                let bytes = transition.cloudEvent()
                rows.append(Row(transition: transition, bytes: bytes, checksum: Checksum.of(bytes)))
            }
            for words in group.content {
                content.append(ContentRow(content: words, checksum: Checksum.of(words.words.bytes)))
            }
            for state in group.snapshots {
                let bytes = state.record.bytes()
                snapshots.append(
                    Snapshot(run: state.id, seq: state.seq, state: bytes, checksum: Checksum.of(bytes))
                )
            }
        }
    }
}
