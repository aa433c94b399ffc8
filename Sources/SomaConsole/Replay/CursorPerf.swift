package import SomaCore
package import SomaTerminal

/// How long it takes from a wish to move the time cursor to the frame that shows it.
package struct CursorPerf: Sendable {
    /// Half of the moves took at most so long, in milliseconds.
    package var p50: Double
    /// 95 of 100 moves took at most so long, in milliseconds.
    package var p95: Double
    /// The longest move, in milliseconds.
    package var longest: Double

    /// The figures as `soma perf render` prints them.
    package var members: [(String, JSON)] {
        [("move_p50_ms", .double(p50)), ("move_p95_ms", .double(p95)), ("move_max_ms", .double(longest))]
    }

    /// Steps back and forth, jumps anywhere, goes to moments, and to what happened to a run, in turn.
    /// - Parameters:
    ///   - recording: The recording.
    ///   - size: The terminal's size.
    ///   - moves: How many moves are made.
    ///   - clock: What time is measured with.
    package static func measure(
        _ recording: RecordingReader,
        size: Size,
        moves: Int = 300,
        clock: ContinuousClock = ContinuousClock()
    ) -> CursorPerf {
        var player = RecordingPlayer(recording)
        var stage = Stage(ScreenFrame.Request(size: size), now: recording.index.lastAt) { player.answer($0) }
        for news in player.open(at: 0) { stage.feed(.source(news)) }
        let index = recording.index
        let length = (index.lastAt - index.firstAt).microseconds
        var seed: UInt64 = 1
        func random(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(max(1, limit)))
        }
        var times: [Double] = []
        for number in 0..<max(1, moves) {
            let here = stage.state.replay?.place.transition ?? 0
            let move: ReplayMove =
                switch number % 6 {
                case 0: .transition(random(index.transitions + 1))
                case 1, 2: .transition(max(0, here - 1))
                case 3: .transition(min(index.transitions, here + 1))
                case 4: .time(index.firstAt + .microseconds(Int64(random(Int(clamping: length) + 1))))
                default:
                    stage.state.fleet.runs.last.map { .event($0.id, forwards: false) } ?? .transition(0)
                }
            let start = clock.now
            for news in player.answer(move) { stage.feed(.source(news)) }
            _ = AppView.render(stage.state, theme: .dark, glyphs: .unicode)
            times.append((clock.now - start).seconds * 1_000)
        }
        times.sort()
        return CursorPerf(
            p50: times[times.count / 2],
            p95: times[min(times.count - 1, times.count * 95 / 100)],
            longest: times[times.count - 1]
        )
    }
}
