package import SomaCore

/// Groups in the form in which a store keeps them, made before its writer's turn is taken.
package struct CommitBatch: Sendable {
    package struct Row: Sendable {
        package let transition: Transition
        package let bytes: [UInt8]
        package let checksum: Int64
    }

    package struct Snapshot: Sendable {
        package let run: RunID
        package let seq: Int
        package let state: [UInt8]
        package let checksum: Int64
    }

    package struct ContentRow: Sendable {
        package let content: Content
        package let checksum: Int64
    }

    package var rows: [Row] = []
    package var content: [ContentRow] = []
    package var snapshots: [Snapshot] = []

    /// Encodes groups.
    package init(_ groups: [CommitGroup]) {
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
