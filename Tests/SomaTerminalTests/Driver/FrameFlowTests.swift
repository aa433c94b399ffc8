import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Frame flow")
struct FrameFlowTests {
    @Test("a terminal that answers gets the next frame after its answer")
    func answers() {
        var flow = FrameFlow(asked: true, at: 0)
        #expect(flow.awaitsAnswer(at: 1))
        #expect(flow.step(at: 0) == .write(asks: true))
        flow.writes(asks: true)
        flow.wrote(bytes: 100, at: 0)
        #expect(flow.step(at: 1) == .wait(until: 500))
        flow.answered()
        #expect(flow.step(at: 300) == .wait(until: 2_100))
        flow.answered()
        #expect(!flow.awaitsAnswer(at: 400))
        #expect(flow.step(at: 400) == .write(asks: true))
        flow.writes(asks: true)
        #expect(flow.step(at: 100_000) == .wait(until: .max))
        flow.wrote(bytes: 3_000, at: 100_000)
        #expect(flow.step(at: 100_001) == .wait(until: 105_000))
    }

    @Test("a terminal that doesn't answer is no longer waited for, until it answers after all")
    func silent() {
        var flow = FrameFlow(asked: true, at: 0)
        flow.writes(asks: true)
        flow.wrote(bytes: 100, at: 0)
        #expect(flow.step(at: 500) == .write(asks: false))
        flow.writes(asks: false)
        flow.wrote(bytes: 100, at: 500)
        #expect(flow.step(at: 501) == .write(asks: false))
        #expect(!flow.awaitsAnswer(at: 502))
        flow.answered()
        #expect(flow.step(at: 700) == .write(asks: true))
    }

    @Test("a lost answer costs its time, three of them cost the question")
    func lost() {
        var flow = FrameFlow(asked: true, at: 0)
        flow.answered()
        for round in 1...3 {
            #expect(flow.step(at: round * 10_000) == .write(asks: true))
            flow.writes(asks: true)
            flow.wrote(bytes: 0, at: round * 10_000)
            #expect(flow.step(at: round * 10_000 + 1_999) == .wait(until: round * 10_000 + 2_000))
        }
        #expect(flow.step(at: 32_000) == .write(asks: false))
        #expect(FrameFlow(asked: false, at: 0) != FrameFlow(asked: true, at: 0))
    }

    @Test("over any link at most one frame is on its way, and the newest is written in the end")
    func anyLink() {
        var generator = SeededGenerator(3)
        for seed in 0..<2_000 {
            let answers = Bool.random(using: &generator)
            let delay = Int.random(in: 0...250, using: &generator)
            let bytesPerSecond = Int.random(in: 2_000...1_000_000, using: &generator)
            var flow = FrameFlow(asked: true, at: 0)
            // When each question that was written is answered.
            var due = answers ? [delay * 2] : []
            var lineFreeAt = 0
            var waiting: Int?
            var written = 0
            var onTheWay = 0
            var now = 0
            func answer() {
                while let next = due.first, next <= now {
                    due.removeFirst()
                    if due.count < onTheWay { onTheWay -= 1 }
                    flow.answered()
                }
            }
            func turn() -> FrameFlow.Step? {
                guard let frame = waiting else { return nil }
                let step = flow.step(at: now)
                guard case .write(let asks) = step else { return step }
                waiting = nil
                written = frame
                let bytes = Int.random(in: 1...3_000, using: &generator)
                flow.writes(asks: asks)
                flow.wrote(bytes: bytes, at: now)
                lineFreeAt = max(now, lineFreeAt) + bytes * 1_000 / bytesPerSecond
                if asks, answers {
                    due.append(lineFreeAt + delay * 2)
                    onTheWay += 1
                }
                return step
            }
            for frame in 1...60 {
                now += .random(in: 0...120, using: &generator)
                answer()
                waiting = frame
                _ = turn()
                #expect(onTheWay <= 1, "seed \(seed)")
            }
            // Nothing else happens: answers and time-outs alone bring the last frame to the terminal.
            for _ in 0..<3 {
                answer()
                if case .wait(let until)? = turn() { now = max(now + 1, min(until, due.first ?? until)) }
            }
            answer()
            _ = turn()
            #expect(written == 60, "seed \(seed)")
            if !answers { #expect(flow.step(at: now + 500) == .write(asks: false)) }
        }
    }
}
