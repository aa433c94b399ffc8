package import SomaCore
import SomaTerminal

/// What `soma perf ingest` measures of the whole console: while it reads something to its end, somebody lets the newest line
/// be followed, and no more.
package struct IngestPerf: Sendable {
    /// How many events were looked at.
    package var read: Int
    /// From the beginning to the last event.
    package var seconds: Double
    /// The processor's time meanwhile, of this process.
    package var cpuSeconds: Double
    /// From a key to the frame that shows what it did, in milliseconds, sorted.
    package var keys: [Double]

    /// The figures as `soma perf ingest` prints them.
    package var json: JSONObject {
        func share(_ share: Double) -> Double {
            keys.isEmpty ? 0 : keys[min(keys.count - 1, Int(share * Double(keys.count)))]
        }
        return [
            "events": JSON(read), "seconds": .double(seconds),
            "events_per_second": .double(Double(read) / seconds), "cpu_seconds": .double(cpuSeconds),
            "keys": JSON(keys.count), "p50_ms": .double(share(0.5)), "p95_ms": .double(share(0.95)),
        ]
    }

    /// The least time between two keys.
    private static let keyPause = Duration.milliseconds(40)

    /// Runs the console.
    /// - Parameters:
    ///   - source: Where its runs come from.
    ///   - prepare: What happens before it is measured.
    ///   - begin: Begins what is measured, with keys.
    ///   - wait: Waits for the end, and says how many events there were; `nil` where it can't be read.
    static func measure(
        _ source: any ConsoleSource,
        _ options: ConsoleProgram.Options,
        size: Size,
        prepare: (FloodScreen) async -> Void = { _ in },
        begin: (FloodScreen) -> Void = { _ in },
        wait: () async -> Int?
    ) async -> IngestPerf? {
        let screen = FloodScreen(size: size)
        let program = Task {
            await ConsoleProgram.observed(screen: screen, source: source, options: options, timing: .system)
        }
        await prepare(screen)
        let clock = ContinuousClock()
        let (begun, used) = (clock.now, FloodSource.processSeconds)
        begin(screen)
        let typist = Task { await type(on: screen) }
        let read = await wait()
        let (took, cpu) = ((clock.now - begun).seconds, FloodSource.processSeconds - used)
        typist.cancel()
        // Where nothing is shown any more, no key shows what it does.
        if read == nil { screen.close() }
        let keys = await typist.value
        screen.press("q")
        _ = await program.value
        return read.map { IngestPerf(read: $0, seconds: took, cpuSeconds: cpu, keys: keys) }
    }

    private static func type(on screen: FloodScreen) async -> [Double] {
        let clock = ContinuousClock()
        var keys: [Double] = []
        while !Task.isCancelled {
            for words in ["f follows", "following"] {
                let pressed = clock.now
                await screen.press("f") { $0.text.contains(words) }
                keys.append((clock.now - pressed).seconds * 1_000)
                try? await clock.sleep(for: keyPause)
            }
        }
        return keys.sorted()
    }
}
