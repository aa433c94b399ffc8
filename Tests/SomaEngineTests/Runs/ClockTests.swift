import SomaCore
import SomaEngine
import Testing

/// What happens to waits when somebody sets the clock on the wall.
@Suite("Clocks")
struct ClockTests {
    static let jumps: [Duration] = [
        .seconds(-3600), .seconds(7200), .seconds(10 * 365 * 86_400), .seconds(-10 * 365 * 86_400),
        .seconds(1),
    ]

    private func isRetry(_ key: TimerKey) -> Bool { if case .retry = key { true } else { false } }
    private let failure = EffectResult(succeeded: false, isRetryable: true, words: Words("busy"))

    @Test("A back-off takes as long as it was meant to, wherever the clock was set", arguments: jumps)
    func backoff(jump: Duration) throws {
        var talk = Conversation(.asks(.tool(attempts: 2)))
        let run = talk.start()
        talk.finish(failure)
        let due = try #require(talk.timers.first { isRetry($0.key) }?.at)
        let delay = Backoff.delay(run: run, effect: talk.performed[0].effect, attempt: 1)
        #expect(due == talk.elapsed + delay)
        talk.setClock(by: jump)
        talk.ring(where: isRetry)
        #expect(talk.performed.map(\.attempt) == [1, 2])
        #expect(talk.elapsed == due)
    }

    @Test(
        "A call that goes on without its process keeps its time limit, whatever the next one's clock says",
        arguments: jumps
    )
    func callAfterHandover(jump: Duration) throws {
        var talk = Conversation(ScriptedCatalog(.asks(.tool())), outlives: true)
        talk.start()
        let limit = try #require(talk.performed.first).timeout
        talk.setClock(by: jump)
        talk.crash()
        #expect(talk.performed.map(\.attempt) == [1])
        let timers = talk.timers.filter { if case .timeout = $0.key { true } else { false } }
        #expect(timers.map(\.at) == [limit + EngineLimits.timeoutGrace])
    }

    @Test(
        "A back-off that a new process takes over is never longer than it was meant to be",
        arguments: jumps
    )
    func backoffAfterCrash(jump: Duration) throws {
        var talk = Conversation(.asks(.tool(attempts: 2)))
        let run = talk.start()
        talk.finish(failure)
        let delay = Backoff.delay(run: run, effect: talk.performed[0].effect, attempt: 1)
        talk.setClock(by: jump)
        talk.crash()
        if jump >= delay {
            #expect(talk.performed.map(\.attempt) == [2])
        } else {
            #expect(talk.timers.first { isRetry($0.key) }?.at == delay)
            talk.ring(where: isRetry)
            #expect(talk.performed.map(\.attempt) == [2])
        }
    }

    @Test("A call has the time that it was given, wherever the clock was set", arguments: jumps)
    func timeout(jump: Duration) {
        var talk = Conversation(.asks(.tool(timeout: .seconds(3))))
        talk.start()
        let started = talk.elapsed
        talk.setClock(by: jump)
        talk.ring { if case .timeout = $0 { true } else { false } }
        #expect(talk.elapsed == started + .seconds(3) + EngineLimits.timeoutGrace)
        #expect(talk.last(.effectFinished)?.body["status"] == "timeout")
        #expect(talk.last(.effectFinished)?.body["us"] == .int((talk.elapsed - started).microseconds))
    }

    @Test(
        "A run works as long as it may, wherever the clock was set, and so does the process after it",
        arguments: jumps
    )
    func deadline(jump: Duration) throws {
        var talk = Conversation(.asks(.tool("a", timeout: .seconds(600)), .tool("b", timeout: .seconds(600))))
        let run = talk.start(limits: Limits(seconds: 60))
        talk.wait(.seconds(20))
        talk.setClock(by: jump)
        talk.finish()
        talk.wait(.seconds(10))
        talk.setClock(by: .seconds(1) - jump)
        talk.crash()
        let left = try #require(talk.timers.first { $0.key == .deadline }?.at)
        // The first process wrote down a jump forward; set back, the clock stood still in the log.
        #expect(left >= .seconds(29) && left <= .seconds(60))
        if jump > .seconds(1) { #expect(left == .seconds(40)) }
        talk.ring { $0 == .deadline }
        #expect(talk.folded(run).statusReason == "budget:seconds")
        let times = talk.log.filter { $0.run == run }.map(\.at)
        #expect(times == times.sorted())
    }

    @Test("A clock that runs backwards holds nothing up")
    func backwards() {
        var talk = Conversation(.asks(.tool(attempts: 3)))
        let run = talk.start(limits: Limits(seconds: 3600))
        for _ in 0..<2 {
            talk.finish(failure)
            talk.setClock(by: .seconds(-2))
            talk.ring(where: isRetry)
        }
        talk.finish()
        let state = talk.folded(run)
        #expect(state.status == .completed)
        #expect(talk.performed.map(\.attempt) == [1, 2, 3])
        #expect(state.worked(at: talk.now) >= .zero)
        #expect(state.visits.allSatisfy { $0.microseconds >= 0 })
        #expect(talk.log.allSatisfy { ($0.body["us"]?.int ?? 0) >= 0 })
    }

    @Test("A jump forward is written down, once, and is no time at work")
    func writtenDown() {
        var talk = Conversation(.asks(.tool("a"), .tool("b")))
        let run = talk.start()
        talk.wait(.seconds(5))
        talk.setClock(by: .seconds(7200))
        talk.finish()
        talk.finish()
        let jumps = talk.log.filter { $0.kind == .runResumed }
        #expect(jumps.map(\.body) == [["after": "clock", "jumped": .int(7_200_000_000)]])
        #expect(talk.folded(run).worked(at: talk.now) == .seconds(5))
    }

    @Test("The time in which no process was there is no time at work")
    func down() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start(limits: Limits(seconds: 60))
        talk.wait(.seconds(3600))
        talk.crash()
        #expect(talk.folded(run).status == .running)
        #expect(talk.timers.first { $0.key == .deadline }?.at == .seconds(60))
        #expect(talk.count(.runResumed) == 1)
    }
}
