/// One step from a schema to the next, and back.
///
/// A migration that was released is never changed. It holds no lock for long that appends need: what would rewrite a
/// big table is several migrations.
struct Migration: Sendable {
    /// The schema's version after it.
    let version: Int
    /// What it brings, for the table of migrations.
    let name: String
    /// The commands that lead here.
    let up: String
    /// The commands that lead back. What only the newer schema can hold is lost.
    let down: String

    /// All of them, in order.
    static let all: [Migration] = [
        log, leases, conversations, commands, toolCalls, loneAppend, handover, messageTraces,
    ]

    /// The schema that this program writes.
    static let latest = all.count
}
