import SomaConsole
import SomaCore
import Testing

@Suite("The pace of frames")
struct FramePaceTests {
    private let start = Timestamp(microseconds: 1_795_000_000_000_000)

    private func drawn(frames: Int = 10, at: Duration = .seconds(5)) -> FramePace {
        var pace = FramePace(startedAt: start)
        for _ in 0..<frames { pace.noteFrame(at: start + at) }
        return pace
    }

    @Test("the first frame waits for something to show, but not for long")
    func first() {
        let pace = FramePace(startedAt: start)
        #expect(pace.wait(at: start, isReady: false, moves: false) == FramePace.firstMax)
        #expect(pace.wait(at: start + .milliseconds(20), isReady: false, moves: false) == .milliseconds(30))
        #expect(pace.wait(at: start + .milliseconds(20), isReady: true, moves: false) <= .zero)
        #expect(pace.wait(at: start + FramePace.firstMax, isReady: false, moves: false) <= .zero)
    }

    @Test("what the first frame asked for is drawn as it comes; a flood at the start is not")
    func opening() {
        var pace = FramePace(startedAt: start)
        for frame in 1...FramePace.openingFrames {
            let now = start + .milliseconds(40 + frame)
            pace.noteFrame(at: now)
            #expect(pace.wait(at: now, isReady: true, moves: false) == .zero)
        }
        pace.noteFrame(at: start + .milliseconds(60))
        #expect(
            pace.wait(at: start + .milliseconds(60), isReady: true, moves: false) == FramePace.restInterval
        )
        let late = drawn(frames: 1, at: FramePace.opening)
        #expect(
            late.wait(at: start + FramePace.opening, isReady: true, moves: false) == FramePace.restInterval
        )
    }

    @Test("news after a quiet while is drawn at once")
    func quiet() {
        let pace = drawn()
        #expect(
            pace.wait(at: start + .seconds(5) + FramePace.restInterval, isReady: true, moves: false) <= .zero
        )
        #expect(pace.wait(at: start + .seconds(60), isReady: true, moves: false) <= .zero)
    }

    @Test("frames are closer while somebody is at the keys, or while a recording plays")
    func lively() {
        var pace = drawn()
        let now = start + .seconds(5)
        #expect(pace.wait(at: now, isReady: true, moves: false) == FramePace.restInterval)
        #expect(pace.wait(at: now, isReady: true, moves: true) == FramePace.interval)
        pace.noteKey(at: now)
        #expect(pace.wait(at: now, isReady: true, moves: false) == FramePace.interval)
        let left = now + FramePace.presence
        pace.noteFrame(at: left)
        #expect(pace.wait(at: left, isReady: true, moves: false) == FramePace.restInterval)
    }

    @Test("a clock that is set back stops nothing, one that is set forward hurries nothing twice")
    func clockJumps() {
        var pace = drawn()
        #expect(pace.wait(at: start + .seconds(-3_600), isReady: true, moves: false) <= .zero)
        pace.noteFrame(at: start + .seconds(-3_600))
        let early = pace.wait(at: start + .seconds(-3_600), isReady: true, moves: false)
        #expect(early == FramePace.restInterval)
        pace.noteFrame(at: start + .seconds(3_600))
        #expect(pace.wait(at: start + .seconds(3_600), isReady: true, moves: false) == FramePace.restInterval)
        #expect(
            FramePace(startedAt: start).wait(at: start + .seconds(-1), isReady: false, moves: false) == .zero
        )
    }
}
