import SomaCore
import SomaEngine
import SomaSQLite
import SomaTesting

/// Seeded randomness, so that a failure comes back.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 2 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// Runs, and batches that write them in turn with words and stored states.
struct Written {
    var runs: [ContractRun]
    var batches: [[CommitGroup]] = []
    var words: [Content] = []

    init(runs count: Int = 4, batches batchCount: Int = 40) {
        runs = (0..<count).map { ContractRun("run-\($0)") }
        for batch in 0..<batchCount {
            var groups: [CommitGroup] = []
            for index in runs.indices {
                let rows = runs[index].work(1 + (batch + index) % 2)
                let content = Content(
                    id: ContentID(high: UInt64(batch) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(index)),
                    subject: "local",
                    words: Words(
                        "words of batch \(batch), run \(index) " + String(repeating: "x", count: 300)
                    )
                )
                words.append(content)
                groups.append(
                    runs[index].group(rows, content: [content], snapshot: (batch + index) % 8 == 7)
                )
            }
            batches.append(groups)
        }
    }

    var transitions: [Transition] { batches.flatMap { $0 }.flatMap(\.transitions) }

    func write(to store: SQLiteStore, from first: Int = 0, to end: Int? = nil) async throws {
        for batch in batches[first..<(end ?? batches.count)] { _ = try await store.append(batch) }
    }
}

/// The error that `body` throws.
func storeError(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
    do throws(StoreError) {
        try await body()
        return nil
    } catch { return error }
}
