import SomaTesting
import Synchronization
import Testing

@testable import SomaConsole

@Suite("Mailbox")
struct MailboxTests {
    /// What a reader took, batch for batch.
    private final class Taken: Sendable {
        private let batches = Mutex<[[String]]>([])
        var all: [[String]] { batches.withLock { $0 } }
        func add(_ batch: [String]) { batches.withLock { $0.append(batch) } }
    }

    private func reader(_ mailbox: Mailbox<String>, rests: Bool, _ taken: Taken) -> Task<Void, Never> {
        Task { while let batch = await mailbox.take(rests: rests) { taken.add(batch) } }
    }

    /// Lets other tasks go as far as they can.
    private func settle() async { for _ in 0..<200 { await Task.yield() } }

    @Test("what is quiet doesn't wake a reader that rests, and comes with the next that isn't, in order")
    func quiet() async {
        let mailbox = Mailbox<String>()
        let taken = Taken()
        let reading = reader(mailbox, rests: true, taken)
        await settle()
        let putting = Task {
            for number in 1...3 { await mailbox.put("quiet \(number)", isQuiet: true) }
        }
        await settle()
        #expect(taken.all == [])
        mailbox.post("key")
        #expect(await eventually { taken.all.flatMap(\.self).count >= 2 })
        // The source waited with all but the first.
        #expect(taken.all.first == ["quiet 1", "key"])
        await mailbox.put("loud")
        #expect(await eventually { taken.all.flatMap(\.self).contains("quiet 2") })
        // The reader rests again, so that the last one needs somebody else as well.
        #expect(
            await eventually {
                mailbox.post("key")
                return taken.all.flatMap(\.self).contains("quiet 3")
            }
        )
        #expect(taken.all.flatMap(\.self).filter { $0.hasPrefix("quiet") } == (1...3).map { "quiet \($0)" })
        mailbox.close()
        await reading.value
        await putting.value
    }

    @Test("a reader that doesn't rest is woken by everything")
    func awake() async {
        let mailbox = Mailbox<String>()
        let taken = Taken()
        let reading = reader(mailbox, rests: false, taken)
        await settle()
        await mailbox.put("quiet", isQuiet: true)
        #expect(await eventually { taken.all == [["quiet"]] })
        mailbox.close()
        await reading.value
    }

    @Test("a source that is faster than its reader waits, and nothing is lost")
    func full() async {
        let mailbox = Mailbox<String>(sourceMax: 4)
        let putting = Task { for number in 1...10 { await mailbox.put("\(number)") } }
        await settle()
        var all: [String] = []
        while all.count < 10, let batch = await mailbox.take() {
            #expect(batch.count <= 5)
            all += batch
        }
        #expect(all == (1...10).map { "\($0)" })
        await putting.value
    }

    @Test("closing ends all waiting, of resting readers and of their sources")
    func closing() async {
        let mailbox = Mailbox<String>()
        let taken = Taken()
        let reading = reader(mailbox, rests: true, taken)
        await settle()
        let putting = Task { await mailbox.put("quiet", isQuiet: true) }
        await settle()
        mailbox.close()
        await reading.value
        await putting.value
        #expect(taken.all == [["quiet"]])
    }
}
