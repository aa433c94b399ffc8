import SomaCore
import SomaEngine
import Testing

@testable import SomaAgents

@Suite("Plans read once")
struct PlanMemoTests {
    private func plan(_ title: String) -> Words {
        Words(json: [["id": .string(title), "title": .string(title)]])
    }

    @Test("the words decide, also where another store gave them the same name")
    func words() {
        let memo = PlanMemo(bytesMax: 10_000)
        let name = ContentID(high: 1, low: 1)
        for title in ["one", "two", "two", "one"] {
            let words = plan(title)
            let direct = words.json.flatMap { try? $0.decode([PlannedStep].self) }
            #expect(direct?.map(\.title) == [title])
            #expect(memo.steps(name, words) == direct)
            #expect(memo.bytes == words.bytes.count)
        }
        #expect(memo.steps(name, Words("no plan")).isEmpty)
    }

    @Test("what is kept stays within its bound, and what has gone is read again")
    func bound() {
        let memo = PlanMemo(bytesMax: 200)
        for round in 1...3 {
            for number in 1...20 {
                let steps = memo.steps(ContentID(high: 2, low: UInt64(number)), plan("step \(number)"))
                #expect(steps.map(\.title) == ["step \(number)"], "round \(round)")
                #expect(memo.bytes <= 200 && memo.bytes > 0)
            }
        }
        let large = plan(String(repeating: "x", count: 300))
        #expect(memo.steps(ContentID(high: 3, low: 1), large).count == 1)
        #expect(memo.bytes <= 200)
    }
}
