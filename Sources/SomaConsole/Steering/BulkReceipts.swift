import SomaCore

/// What became of several commands that were sent together.
package struct BulkReceipts: Sendable, Hashable {
    private var waiting: Set<ConsoleCommand>
    private let total: Int
    private let word: String
    private var done = 0
    /// How often each reason to refuse was given, in the order in which they came.
    private var refusals: [(reason: String, count: Int)] = []

    /// How many different reasons are told.
    private static let reasonsMax = 2

    package init(_ commands: [ConsoleCommand]) {
        waiting = Set(commands)
        total = waiting.count
        word = commands.first?.done ?? ""
    }

    /// Counts a receipt; false where the command is none of these.
    package mutating func take(_ command: ConsoleCommand, refusal: String?) -> Bool {
        guard waiting.remove(command) != nil else { return false }
        guard let refusal else {
            done += 1
            return true
        }
        if let place = refusals.firstIndex(where: { $0.reason == refusal }) {
            refusals[place].count += 1
        } else {
            refusals.append((refusal, 1))
        }
        return true
    }

    /// Whether nothing is waited for any more.
    package var isComplete: Bool { waiting.isEmpty }

    /// What there is to say: `7 approved, 1 refused: the question is closed`.
    package var notice: Notice {
        let refused = refusals.reduce(0) { $0 + $1.count }
        var parts: [String] = []
        if done > 0 || refused == 0 { parts.append("\(Amounts.grouped(done)) \(word)") }
        if refused > 0 {
            let reasons = refusals.prefix(Self.reasonsMax).map { reason, count in
                refusals.count > 1 ? "\(reason.firstLine) (\(count))" : reason.firstLine
            }
            let more = refusals.count - reasons.count
            parts.append(
                "\(Amounts.grouped(refused)) refused: " + reasons.joined(separator: "; ")
                    + (more > 0 ? "; and \(more) other reasons" : "")
            )
        }
        if !waiting.isEmpty { parts.append("\(Amounts.grouped(waiting.count)) of \(total) to come") }
        return Notice(parts.joined(separator: ", "), refused > 0 ? .bad : isComplete ? .good : .info)
    }

    package static func == (left: BulkReceipts, right: BulkReceipts) -> Bool {
        left.waiting == right.waiting && left.done == right.done && left.notice == right.notice
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(waiting)
        hasher.combine(done)
    }
}
