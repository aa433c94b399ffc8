import SomaCore
import Synchronization
import Testing

@testable import SomaEngine

@Suite("Asking engines through the store", .timeLimit(.minutes(1)))
struct InboxClientTests {
    @Test("what another asked with the same key isn't taken back by who gives up first")
    func sameKey() async throws {
        let inbox = Inbox()
        let (patient, hasty) = (
            InboxClient(inbox, patience: .seconds(30)), InboxClient(inbox, patience: .milliseconds(20))
        )
        let command = EngineCommand.command(RunID("r"), .pause, by: "anna")
        let work = Task { await patient.run() }
        async let first = patient.ask(command, key: "a")
        while inbox.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        guard case .failure(let refusal) = await hasty.ask(command, key: "a") else {
            Issue.record("Somebody answered.")
            return
        }
        #expect(refusal.code == "engine.silent")
        #expect(inbox.count == 1)
        let receipt = CommandReceipt(run: RunID("r"), seq: 7, status: .running)
        inbox.answer(1, EngineAnswer.bytes(.success(receipt)))
        #expect(try await first.get() == receipt)
        work.cancel()
    }

    @Test("what nobody took is taken back by who asked", arguments: ["a", nil])
    func own(key: String?) async throws {
        let inbox = Inbox()
        let client = InboxClient(inbox, patience: .milliseconds(20))
        let command = EngineCommand.command(RunID("r"), .pause, by: "anna")
        guard case .failure(let refusal) = await client.ask(command, key: key) else {
            Issue.record("Somebody answered.")
            return
        }
        #expect(refusal.code == "engine.missing")
        #expect(inbox.count == 0)
    }

    @Test("what nobody took is taken back also where who asked is gone")
    func cancelled() async throws {
        let inbox = Inbox()
        let client = InboxClient(inbox, patience: .seconds(30))
        let asking = Task { await client.ask(.command(RunID("r"), .pause, by: "anna"), key: nil) }
        while inbox.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        asking.cancel()
        guard case .failure(let refusal) = await asking.value else {
            Issue.record("Somebody answered.")
            return
        }
        #expect(refusal.code == "engine.missing")
        #expect(inbox.count == 0)
    }

    @Test("nobody is said to have taken it where the store can't be asked")
    func unknown() async {
        let inbox = Inbox()
        let client = InboxClient(inbox, patience: .milliseconds(20))
        inbox.fail()
        let result = await client.ask(.command(RunID("r"), .pause, by: "anna"), key: nil)
        guard case .failure(let refusal) = result else {
            Issue.record("Somebody answered.")
            return
        }
        #expect(refusal.code == "engine.silent")
        #expect(!refusal.message.contains("took this up"))
        #expect(refusal.message.contains("store"))
    }
}

/// Commands in memory, which nobody takes by himself.
private final class Inbox: CommandInbox {
    private struct Row {
        var key: String
        var answer: [UInt8]?
    }

    let commands = Bell()
    let answers = Bell()
    private let rows = Mutex<(last: Int64, rows: [Int64: Row])>((0, [:]))
    private let fails = Atomic(false)

    var count: Int { rows.withLock { $0.rows.count } }

    func put(_ command: EngineCommand, key: String) -> CommandPlace {
        rows.withLock { state in
            if let old = state.rows.first(where: { $0.value.key == key }) {
                return CommandPlace(number: old.key, isNew: false)
            }
            state.last += 1
            state.rows[state.last] = Row(key: key)
            return CommandPlace(number: state.last, isNew: true)
        }
    }

    func answers(to numbers: [Int64]) -> [Int64: [UInt8]?] {
        rows.withLock { state in
            var answers: [Int64: [UInt8]?] = [:]
            for number in numbers {
                guard let row = state.rows[number] else {
                    answers.updateValue(nil, forKey: number)
                    continue
                }
                if let answer = row.answer { answers.updateValue(answer, forKey: number) }
            }
            return answers
        }
    }

    func withdraw(_ number: Int64) throws(StoreError) -> Bool {
        // As a store's client does for a task that is cancelled.
        guard !Task.isCancelled, !fails.load(ordering: .relaxed) else {
            throw StoreError(.unavailable, "away")
        }
        return rows.withLock { $0.rows.removeValue(forKey: number) != nil }
    }

    /// It can't be asked any more.
    func fail() { fails.store(true, ordering: .relaxed) }

    func take(most: Int, begins: Int) -> [TakenCommand] { [] }

    func answer(_ number: Int64, _ answer: [UInt8]) {
        rows.withLock { $0.rows[number]?.answer = answer }
        answers.ring()
    }

    func giveBack(_ numbers: [Int64]) {}
    func tidy() {}
}
