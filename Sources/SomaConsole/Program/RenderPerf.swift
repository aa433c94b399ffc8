package import SomaCore
package import SomaTerminal

/// What `soma perf render` measures: a recording played frame by frame, drawn in full, compared with the frame
/// before.
package struct RenderPerf: Sendable {
    /// How many frames were drawn.
    package var frames: Int
    /// Half of the frames took at most so long, in milliseconds.
    package var p50: Double
    /// 95 of 100 frames took at most so long, in milliseconds.
    package var p95: Double
    /// What a terminal would be sent for a frame, on average, in bytes.
    package var bytesPerFrame: Double

    /// How quickly the time cursor moves.
    package var cursor: CursorPerf

    /// The figures as `soma perf render` prints them.
    package var json: JSON {
        var object: JSONObject = [
            "frames": JSON(frames), "frame_p50_ms": .double(p50), "frame_p95_ms": .double(p95),
            "bytes_per_frame": .double(bytesPerFrame),
        ]
        for (name, value) in cursor.members { object[name] = value }
        return .object(object)
    }

    /// The most frames that are drawn.
    package static let framesMax = 600

    /// Plays a recording and measures update, settling, drawing and comparing of each frame.
    /// - Parameters:
    ///   - recording: The recording.
    ///   - size: The terminal's size.
    ///   - clock: What time is measured with.
    package static func measure(
        _ recording: RecordingReader,
        size: Size,
        clock: ContinuousClock = ContinuousClock()
    ) -> RenderPerf {
        var player = RecordingPlayer(recording)
        var stage = Stage(ScreenFrame.Request(size: size), now: recording.index.lastAt) { player.answer($0) }
        for news in player.open(at: 0) { stage.feed(.source(news)) }
        let total = recording.index.transitions
        let frames = max(1, min(framesMax, total))
        var last = AppView.render(stage.state, theme: .dark, glyphs: .unicode)
        var times: [Double] = []
        var bytes = 0
        for frame in 1...frames {
            let news = player.answer(.replay(.transition(total * frame / frames)))
            let start = clock.now
            for item in news { stage.feed(.source(item)) }
            let canvas = AppView.render(stage.state, theme: .dark, glyphs: .unicode)
            let runs = canvas.damage(from: last)
            let end = clock.now
            times.append((end - start).seconds * 1_000)
            bytes += runs.reduce(0) { $0 + Self.bytes(of: $1, canvas) }
            last = canvas
        }
        times.sort()
        return RenderPerf(
            frames: frames,
            p50: times[times.count / 2],
            p95: times[min(times.count - 1, times.count * 95 / 100)],
            bytesPerFrame: Double(bytes) / Double(frames),
            cursor: CursorPerf.measure(recording, size: size, clock: clock)
        )
    }

    /// What a stretch costs: a cursor movement, its text, and a style where that changes.
    static func bytes(of run: DamageRun, _ canvas: Canvas) -> Int {
        var count = 8
        var style: Style?
        for column in run.columns {
            guard let cell = canvas[Point(column: column, row: run.row)] else { continue }
            count += cell.text.utf8.count
            if cell.style != style {
                count += 12
                style = cell.style
            }
        }
        return count
    }
}
