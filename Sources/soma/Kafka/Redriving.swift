import SomaEngine

/// How far sending letters back has come.
struct Redriving {
    /// After so many letters it is noted how far it has come: noting costs several questions.
    static let noteInterval = 10_000

    private(set) var found = 0
    /// Those without a value, which can't be sent.
    private(set) var kept = 0
    /// The last letter of each partition that isn't noted yet, without its words.
    private var last: [BusPartition: BusMessage] = [:]
    private var open = 0

    var sendable: Int { found - kept }
    var isNoteDue: Bool { open >= Self.noteInterval }

    /// Takes in letters that were sent as far as they can be.
    mutating func take(_ batch: [StoredLetter]) {
        found += batch.count
        open += batch.count
        for stored in batch {
            if stored.letter.redriven == nil { kept += 1 }
            let message = stored.message
            if let known = last[message.partition], known.offset >= message.offset { continue }
            last[message.partition] = BusMessage(
                partition: message.partition,
                offset: message.offset,
                key: nil,
                value: nil
            )
        }
    }

    /// What is to be noted: of each partition the last letter that was taken in since this was asked before.
    mutating func noted() -> [BusMessage] {
        defer { (last, open) = ([:], 0) }
        return Array(last.values)
    }
}
