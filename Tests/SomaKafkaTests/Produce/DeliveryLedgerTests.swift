import SomaEngine
import Synchronization
import Testing

@testable import SomaKafka

@Suite("What a producer has on its way")
struct DeliveryLedgerTests {
    @Test("a flight is complete once each of its records has an outcome, and keeps the first error")
    func outcomes() {
        var ledger = DeliveryLedger()
        let flight = ledger.begin()
        #expect(ledger.admit([10, 20, 30], to: flight) == 3)
        _ = ledger.end([DeliveryLedger.Outcome(flight: flight, count: 1, bytes: 10)])
        let first = BusError(.unavailable, "first")
        _ = ledger.end([
            DeliveryLedger.Outcome(flight: flight, count: 1, bytes: 20, error: first),
            DeliveryLedger.Outcome(flight: flight, count: 1, bytes: 30, error: BusError(.broker, "second")),
        ])
        #expect(ledger.isEmpty)
        #expect(ledger.bytes == 0)
        let end = ledger.finish(flight)
        #expect(end.isComplete)
        #expect(end.error == first)
    }

    @Test("there is room up to the limits of messages and of bytes, and one record may pass the bytes")
    func room() {
        var ledger = DeliveryLedger()
        let flight = ledger.begin()
        let many = Array(repeating: 1, count: DeliveryLedger.messagesMax + 5)
        #expect(ledger.admit(many, to: flight) == DeliveryLedger.messagesMax)
        var other = DeliveryLedger()
        let second = other.begin()
        #expect(other.admit([DeliveryLedger.bytesMax + 1, 1], to: second) == 1)
    }

    @Test("a flight that somebody gave up is forgotten, and its late outcomes only give room back")
    func givenUp() {
        var ledger = DeliveryLedger()
        let flight = ledger.begin()
        #expect(ledger.admit([7], to: flight) == 1)
        #expect(ledger.finish(flight).isComplete == false)
        _ = ledger.end([DeliveryLedger.Outcome(flight: flight, count: 1, bytes: 7)])
        #expect(ledger.isEmpty)
        #expect(ledger.bytes == 0)
    }

    @Test("whoever waits for outcomes that never come is let go, and so is whoever would begin to wait")
    func abandoned() async {
        let ledger = Mutex(DeliveryLedger())
        let (first, second) = ledger.withLock { ($0.begin(), $0.begin()) }
        for flight in [first, second] { #expect(ledger.withLock { $0.admit([7], to: flight) } == 1) }
        await withCheckedContinuation { waiter in
            #expect(!ledger.withLock { $0.seal(first, waiter) })
            for woken in ledger.withLock({ $0.abandon() }) { woken.resume() }
        }
        await withCheckedContinuation { waiter in
            #expect(ledger.withLock { $0.seal(second, waiter) })
            waiter.resume()
        }
        for flight in [first, second] { #expect(ledger.withLock { $0.finish(flight).isComplete } == false) }
    }
}
