import Synchronization

/// Measures how fast a recording is searched: what `soma perf search` prints.
package enum PerfSearch {
    /// Searches a recording several times.
    ///
    /// - Parameters:
    ///   - recording: The recording, open.
    ///   - filter: What is looked for.
    ///   - transition: After how many transitions to begin.
    ///   - threads: How many threads search.
    ///   - rounds: How often; the median round counts.
    /// - Returns: `matches`, `first_ms` (until the first match is told; `null` where nothing matches), `all_ms`,
    ///   `events`, `events_per_second`, `bytes`, `rss_anon_bytes`.
    package static func measure(
        _ recording: RecordingReader,
        _ filter: Filter,
        from transition: Int = 0,
        threads: Int = 2,
        rounds: Int = 5
    ) -> JSON {
        var times: [(first: Double?, all: Double)] = []
        let found = Mutex(SearchProgress())
        for _ in 0..<max(1, rounds) {
            let first = Mutex<Double?>(nil)
            let clock = ContinuousClock()
            let started = clock.now
            recording.search(filter, from: transition, threads: threads) { progress in
                if progress.matches.count > 0 {
                    first.withLock { $0 = $0 ?? (clock.now - started).seconds * 1_000 }
                }
                if progress.isDone { found.withLock { $0 = progress } }
            }
            times.append((first.withLock { $0 }, (clock.now - started).seconds * 1_000))
        }
        times.sort { $0.all < $1.all }
        let median = times[times.count / 2]
        let progress = found.withLock { $0 }
        return [
            "filter": .string(filter.text), "matches": JSON(progress.matches.count),
            "first_ms": median.first.map { .double($0) } ?? .null, "all_ms": .double(median.all),
            "events": JSON(progress.rows),
            "events_per_second": .double(Double(progress.rows) / max(median.all, 0.001) * 1_000),
            "bytes": JSON(recording.byteCount), "rss_anon_bytes": JSON(Memory.anonymousBytes),
        ]
    }
}
