import Foundation
import Glibc
import SomaLoop
import Synchronization
import Testing

/// What loops are made of, each by itself.
@Suite("Loops: parts")
struct LoopPartsTests {
    @Test("Only the first of several commands rings, and a loop that looks by itself is not rung for its own")
    func bell() throws {
        let bell = try #require(LoopBell())
        let mailbox = LoopMailbox<Int>(bell: bell)
        #expect(!isRung(bell))
        for number in 1...3 { #expect(mailbox.post(number)) }
        #expect(isRung(bell))
        bell.hush()
        #expect(!isRung(bell))
        #expect(mailbox.post(4))
        #expect(!isRung(bell))
        #expect(mailbox.take() == [1, 2, 3, 4])
        #expect(mailbox.isEmpty)
        mailbox.loopBegins()
        #expect(mailbox.post(5))
        #expect(!isRung(bell))
        #expect([mailbox.nextID(), mailbox.nextID()] == [1, 2])
        #expect(!mailbox.isClosed)
        #expect(mailbox.close() == [5])
        #expect(mailbox.isClosed)
        #expect(!mailbox.post(6))
    }

    private func isRung(_ bell: LoopBell) -> Bool {
        var query = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 1
    }

    @Test("A thread has its name, takes no signals, and its end is waited for before it and after it")
    func thread() async throws {
        let mailbox = LoopMailbox<Int>(bell: try #require(LoopBell()))
        let seen = Mutex((name: "", blocksSignals: false))
        async let early: Void = mailbox.waitForEnd()
        let isStarted = LoopThread.start(named: "soma-loop-tests") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let name = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
            seen.withLock { $0 = (name, sigismember(&mask, SIGTERM) == 1) }
            _ = mailbox.close()
            mailbox.announceEnd()
        }
        #expect(isStarted)
        await early
        await mailbox.waitForEnd()
        #expect(seen.withLock { $0 } == ("soma-loop-tests\n", true))
    }

    @Test("The first answer counts, whether it comes before or after somebody waits")
    func reply() async throws {
        let early = LoopReply<Int, CancellationError>()
        #expect(!early.isOver)
        #expect(early.finish(.success(1)))
        #expect(!early.finish(.success(2)))
        #expect(early.isOver)
        #expect(
            try await early.wait {
            } onCancel: {
            } == 1
        )
        let late = LoopReply<Int, CancellationError>()
        let value = try await late.wait {
            #expect(LoopThread.start(named: "soma-loop-tests") { late.finish(.success(3)) })
        } onCancel: {
        }
        #expect(value == 3 && !late.isCancelled)
    }

    @Test("A queue keeps its order through thousands of takings, and a repeated one goes first")
    func fifo() {
        var fifo = Fifo<Int>()
        var taken: [Int] = []
        for number in 0..<5_000 {
            fifo.append(number)
            if number % 3 != 0, let first = fifo.popFirst() { taken.append(first) }
        }
        fifo.prepend(-1)
        #expect(taken == Array(0..<taken.count))
        #expect(fifo.first == -1)
        #expect(fifo.all == [-1] + Array(taken.count..<5_000))
        #expect(fifo.removeAll { $0 >= 0 }.count == fifo.count + 5_000 - taken.count - 1)
        #expect(fifo.popFirst() == -1)
        #expect(fifo.popFirst() == nil)
    }

    @Test("Each failure waits longer than the one before, up to a bound, and not always equally long")
    func backoff() {
        var backoff = Backoff(.milliseconds(50) ... .seconds(3))
        var random = SystemRandomNumberGenerator()
        let delays = (0..<12).map { _ in backoff.next(random: &random) }
        for (index, delay) in delays.enumerated() {
            let whole = min(.milliseconds(50) * (1 << index), .seconds(3))
            #expect(delay >= whole / 2 && delay <= whole)
        }
        #expect(Set(delays.suffix(4)).count > 1)
        backoff.reset()
        #expect(backoff.next(random: &random) <= .milliseconds(50))
        for _ in 0..<12 { _ = backoff.next(random: &random) }
        backoff.held(for: .milliseconds(2_999))
        #expect(backoff.next(random: &random) >= .seconds(1.5))
        backoff.held(for: .seconds(3))
        #expect(backoff.next(random: &random) <= .milliseconds(50))
    }
}
