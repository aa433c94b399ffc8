import Glibc

/// Measures how fast a recording is read: what `soma perf replay` prints.
public enum PerfReplay {
    /// Opens a recording, folds all of it, and seeks in it.
    ///
    /// - Parameters:
    ///   - path: The recording.
    ///   - threads: How many threads fold.
    ///   - seeks: How many places are sought.
    /// - Returns: `events`, `seconds`, `events_per_second`, `rss_peak_bytes`, `rss_anon_bytes`, `open_ms`,
    ///   `first_fleet_ms` and `seek_p50_ms`, `seek_p95_ms`, `seek_max_ms`.
    /// - Throws: `RecordingError` when it can't be read.
    public static func measure(_ path: String, threads: Int = 2, seeks: Int = 200) throws(RecordingError)
        -> JSON
    {
        let clock = ContinuousClock()
        let opened = clock.now
        let recording = try RecordingReader(path: path)
        let open = clock.now - opened
        _ = recording.fleet(at: .end)
        let first = clock.now - opened
        var anonymous = Memory.anonymousBytes
        let started = clock.now
        let (events, fleet) = recording.fold(threads: threads)
        let whole = clock.now - started
        anonymous = max(anonymous, Memory.anonymousBytes)
        var generator = SyntheticGenerator(seed: 7)
        var times: [Double] = []
        for _ in 0..<max(1, seeks) {
            let target = Int.random(in: 0...max(1, events), using: &generator)
            let before = clock.now
            _ = recording.fleet(at: .transition(target))
            times.append((clock.now - before).seconds * 1000)
            anonymous = max(anonymous, Memory.anonymousBytes)
        }
        times.sort()
        return [
            "events": JSON(events), "runs": JSON(fleet.runs.count), "bytes": JSON(recording.byteCount),
            "seconds": .double(whole.seconds), "events_per_second": .double(Double(events) / whole.seconds),
            "open_ms": .double(open.seconds * 1000), "first_fleet_ms": .double(first.seconds * 1000),
            "seek_p50_ms": .double(times[times.count / 2]),
            "seek_p95_ms": .double(times[times.count * 95 / 100]),
            "seek_max_ms": .double(times[times.count - 1]),
            "keyframes": JSON(recording.index.keyframes.count), "problems": JSON(recording.problems.count),
            "rss_peak_bytes": JSON(Memory.peakBytes), "rss_anon_bytes": JSON(anonymous),
        ]
    }
}

/// What the process holds in memory, as the kernel counts it.
enum Memory {
    static var anonymousBytes: Int { value("RssAnon:") }
    static var peakBytes: Int { value("VmHWM:") }

    private static func value(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name) else { continue }
            return (Int(text.filter(\.isNumber)) ?? 0) * 1024
        }
        return 0
    }
}
