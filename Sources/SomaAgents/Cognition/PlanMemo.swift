import SomaCore
import SomaEngine
import Synchronization

/// Plans as values, by the names of their words: every node of every run reads its plan, and reading sixty steps
/// takes longer than all else that a node does.
///
/// What it gives is what decoding the words would give, so that decisions stay functions of their run.
final class PlanMemo: Sendable {
    /// The process's own.
    static let shared = PlanMemo(bytesMax: 2 << 20)

    private struct Entry {
        let words: Words
        let steps: [PlannedStep]
    }

    private struct State {
        var entries: [ContentID: Entry] = [:]
        /// Oldest first.
        var order: [ContentID] = []
        var bytes = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    /// - Parameter bytesMax: How many bytes of words are kept as values; the oldest go first.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The steps of a plan; none where its words are none.
    func steps(_ id: ContentID, _ words: Words) -> [PlannedStep] {
        // Words that are the same array are equal at once; others are compared, because names are of one store only.
        if let entry = state.withLock({ $0.entries[id] }), entry.words == words { return entry.steps }
        let steps = words.json.flatMap { try? $0.decode([PlannedStep].self) } ?? []
        keep(Entry(words: words, steps: steps), as: id)
        return steps
    }

    private func keep(_ entry: Entry, as id: ContentID) {
        guard entry.words.bytes.count <= bytesMax else { return }
        state.withLock { state in
            if let old = state.entries.updateValue(entry, forKey: id) {
                state.bytes -= old.words.bytes.count
            } else {
                state.order.append(id)
            }
            state.bytes += entry.words.bytes.count
            while state.bytes > bytesMax, !state.order.isEmpty {
                let gone = state.entries.removeValue(forKey: state.order.removeFirst())
                state.bytes -= gone?.words.bytes.count ?? 0
            }
        }
    }

    /// How many bytes of words are kept as values.
    var bytes: Int { state.withLock { $0.bytes } }
}
