import SomaCore
import SomaTesting
import Testing

@testable import SomaQueries

@Suite("Views of any log")
struct AnyLogTests {
    /// A made-up log in which things are missing, repeated, of another kind, and of any size.
    static func log(seed: Int) -> [Transition] {
        var generator = SeededGenerator(UInt64(seed) + 40)
        var log: [Transition] = []
        for event in Synthetic(transitions: 1500, runs: 10, bytes: 150, seed: UInt64(seed)) {
            guard case .transition(var transition) = event else { continue }
            if generator.happens(3) { continue }
            if generator.happens(5) { transition.kind = generator.pick(TransitionKind.known) }
            if generator.happens(5) {
                for member in transition.body.members where member.value.int != nil {
                    transition.body[member.key] = .int(generator.pick([.max, .min, -1, 0, 1]))
                }
            }
            if generator.happens(2) {
                transition.body = ["effect": "x", "child": 5, "interrupt": [1], "usage": "no"]
            }
            if generator.happens(2) {
                transition.at = Timestamp(microseconds: generator.pick([.max, .min, 0]))
            }
            if generator.happens(2) { transition.attempt = generator.pick([.max, .min]) }
            log.append(transition)
            if generator.happens(3) { log.append(transition) }
        }
        return log
    }

    @Test("every view can be read, and total() is what the ledger says", arguments: 1...6)
    func anyLog(seed: Int) throws {
        let log = Self.log(seed: seed)
        for view in ViewSchema.all {
            let asked = try Asked("SELECT * FROM \(view.name)", log)
            #expect(asked.rows.allSatisfy { $0.count == view.columns.count })
        }
        let asked = try Asked("SELECT total(microdollars), count(*) FROM costs", log)
        guard case .real(let total) = asked.rows[0][0] else {
            Issue.record("total() is a real number")
            return
        }
        let ledger = Double(asked.stats.ledger.total.usage.microdollars)
        #expect(ledger == Double(Int.max) ? total >= ledger : abs(total - ledger) <= ledger * 1e-9)
        #expect(asked.rows[0][1] == .int(asked.stats.ledger.total.charges))
        let calls = try Asked("SELECT count(*) FROM effects", log)
        #expect(calls.rows == [[.int(calls.stats.ledger.total.calls.requested)]])
    }
}
