package import SomaCore
package import SomaTerminal
import Synchronization

/// What `soma perf console` measures: the whole console with a source that floods it, while somebody types.
package struct ConsolePerf: Sendable {
    /// How many runs there are.
    package var runs: Int
    /// How many transitions came after the first fleet.
    package var transitions: Int
    /// How many of them a second.
    package var rate: Double
    /// From a key to the frame that shows what it did, in milliseconds.
    package var keys: [Double]
    /// Settling, drawing and comparing of a frame, in milliseconds.
    package var frames: [Double]
    /// What a terminal would be sent for a frame, on average, in bytes.
    package var bytesPerFrame: Double
    /// The most memory that belonged to no file while it ran, in bytes.
    package var memory: Int
    /// The processor's time without that of making up transitions, as a share of one core.
    package var share: Double
    /// Whether fleet and counts are those of a fold of the same transitions.
    package var isExact: Bool

    /// The figures as `soma perf console` prints them.
    package var json: JSON {
        [
            "runs": JSON(runs), "transitions": JSON(transitions), "transitions_per_second": .double(rate),
            "keys": JSON(keys.count), "key_p50_ms": .double(Self.share(0.5, of: keys)),
            "key_p95_ms": .double(Self.share(0.95, of: keys)), "frames": JSON(frames.count),
            "frame_p50_ms": .double(Self.share(0.5, of: frames)),
            "frame_p95_ms": .double(Self.share(0.95, of: frames)),
            "bytes_per_frame": .double(bytesPerFrame), "cpu_share": .double(share),
            "rss_anon_bytes": JSON(memory), "counts_exact": .bool(isExact),
        ]
    }

    /// The least time between two keys.
    private static let keyPause = Duration.milliseconds(40)

    /// Runs the console.
    /// - Parameters:
    ///   - runs: How many runs there are.
    ///   - rate: How many transitions a second.
    ///   - length: For how long.
    ///   - size: The terminal's size.
    ///   - types: Whether keys are pressed, some 25 a second; without them only what arrives is drawn.
    ///   - memory: Says how much memory is in use that belongs to no file, in bytes.
    package static func measure(
        runs: Int,
        rate: Int,
        for length: Duration,
        size: Size,
        types: Bool = true,
        memory: @escaping @Sendable () -> Int
    ) async -> ConsolePerf {
        let timing = ConsoleProgram.Timing.system
        let start = timing.now()
        let pace = Duration.microseconds(1_000_000 / max(1, rate))
        var story = FloodStory(runs: runs, start: start, pace: pace)
        let source = FloodSource()
        let screen = FloodScreen(size: size)
        let frames = Mutex<[Double]>([])
        let program = Task {
            await ConsoleProgram.observed(screen: screen, source: source, options: .init(), timing: timing) {
                took in frames.withLock { $0.append(took.seconds * 1_000) }
            }
        }
        await source.open(Self.opening(&story))
        await screen.scroll("l", isScrolled: true)
        await screen.scroll("h", isScrolled: false)
        frames.withLock { $0 = [] }
        let (bytes, shown) = (screen.bytes, screen.frames)
        let used = FloodSource.processSeconds
        let typist = Task { types ? await Self.type(on: screen, memory) : ([], memory()) }
        let clock = ContinuousClock()
        let begun = clock.now
        await source.flood(&story, rate: rate, for: length)
        let took = (clock.now - begun).seconds
        typist.cancel()
        let (keys, most) = await typist.value
        let share = (FloodSource.processSeconds - used - source.seconds) / took
        let told = source.count
        // The console is done when it has shown a key that came after everything.
        await screen.scroll("l", isScrolled: true)
        screen.press("q")
        let state = await program.value
        let drawn = max(1, screen.frames - shown)
        return ConsolePerf(
            runs: runs,
            transitions: told,
            rate: Double(told) / took,
            keys: keys.sorted(),
            frames: frames.withLock { $0.sorted() },
            bytesPerFrame: Double(screen.bytes - bytes) / Double(drawn),
            memory: most,
            share: share,
            isExact: isExact(state, FloodStory(runs: runs, start: start, pace: pace), told)
        )
    }

    private static func opening(_ story: inout FloodStory) -> Fleet {
        var fleet = Fleet()
        story.openings { fleet.apply($0) }
        return fleet
    }

    /// Scrolls to and fro and moves the selection until it is told to stop.
    private static func type(on screen: FloodScreen, _ memory: @Sendable () -> Int) async -> ([Double], Int) {
        let clock = ContinuousClock()
        var keys: [Double] = []
        var most = memory()
        while !Task.isCancelled {
            for (key, isScrolled) in [(Character("l"), true), ("h", false)] {
                let pressed = clock.now
                await screen.scroll(key, isScrolled: isScrolled)
                keys.append((clock.now - pressed).seconds * 1_000)
                try? await clock.sleep(for: keyPause)
                screen.press("j")
                try? await clock.sleep(for: keyPause)
            }
            most = max(most, memory())
        }
        return (keys, most)
    }

    /// Folds the same transitions again and compares.
    private static func isExact(_ state: AppState, _ story: FloodStory, _ told: Int) -> Bool {
        var story = story
        var fleet = opening(&story)
        for _ in 0..<told {
            guard let transition = story.next() else { break }
            fleet.apply(transition)
        }
        var state = state
        state.index.refresh(state.fleet)
        let needing = fleet.runs.count { $0.waiting?.reason.needsPerson == true }
        let failed = fleet.runs.count { $0.status == .failed }
        let running = fleet.runs.count { run in
            run.status == .running && run.waiting?.reason.needsPerson != true
        }
        return state.fleet == fleet && state.index.needing == needing && state.index.failed == failed
            && state.index.running == running && state.fleetView.rows.count == fleet.runs.count
    }

    private static func share(_ part: Double, of sorted: [Double]) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }
}
