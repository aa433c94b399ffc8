import SomaCore
import SomaEngine
import SomaSQLite

/// What became of everything that was acknowledged.
struct CrashResult {
    var ready: [Duration] = []
    var seconds = 0.0
    /// What must not be, a sentence each.
    var findings: [String] = []

    private var acknowledged = 0
    private var requests = 0
    private var runsStarted = 0
    private var recoveries = 0
    private(set) var lost = 0
    private(set) var changed = 0
    private(set) var unseen = 0
    private(set) var doubts = 0
    private(set) var doubtsMissing = 0
    /// How often each line is in the file.
    private var lines: [String: Int] = [:]
    private var doubled: Int { lines.values.reduce(0) { $0 + $1 - 1 } }

    /// Whether nothing was lost, changed, done twice or kept quiet.
    var holds: Bool { findings.isEmpty }

    /// Reads the file of the store, which nobody has open any more, and compares it with what was seen outside.
    mutating func compare(_ witness: Witness, _ folder: PerfFolder, _ file: LineFile) async throws {
        let store = try await SQLiteStore.open(readOnly: folder.store)
        var left: [RunID: Witness.Seen] = [:]
        for stored in try await store.transitions(after: .start, limit: .max) {
            var seen =
                left.removeValue(forKey: stored.transition.run)
                ?? Witness.Seen(ledger: CallLedger(tool: "append_line"))
            seen.ledger.take(stored.transition)
            seen.prints.append(stored.transition.hashValue)
            left[stored.transition.run] = seen
        }
        compareLogs(witness.runs, left)
        compareReceipts(witness.receipts, left)
        lines = try file.read()
        if file.isTorn { findings.append("the last line of the file is torn") }
        if doubled > 0 { findings.append("\(doubled) lines are in the file twice") }
        try await compareCalls(&left, store)
        let check = try await store.check(states: 1000)
        findings += check.problems
        try await store.close()
    }

    private mutating func compareLogs(_ seen: [RunID: Witness.Seen], _ left: [RunID: Witness.Seen]) {
        runsStarted = left.count
        for (run, outside) in seen {
            let stored = left[run]?.prints ?? []
            acknowledged += outside.prints.count
            lost += max(0, outside.prints.count - stored.count)
            changed += zip(outside.prints, stored).count { $0 != $1 }
            findings += outside.ledger.findings.map { "shown: \($0)" }
        }
        for (run, inside) in left { unseen += max(0, inside.prints.count - (seen[run]?.prints.count ?? 0)) }
        if lost > 0 { findings.append("\(lost) transitions that were shown are not in the log") }
        if changed > 0 { findings.append("\(changed) transitions are others than those that were shown") }
        if unseen > 0 { findings.append("\(unseen) transitions of the log were never shown") }
    }

    private mutating func compareReceipts(_ receipts: [ReceiptDocument], _ left: [RunID: Witness.Seen]) {
        requests = receipts.count
        let broken = receipts.count { (left[$0.run]?.prints.count ?? 0) < $0.seq }
        lost += broken
        if broken > 0 { findings.append("\(broken) answers speak of transitions that are not in the log") }
    }

    private mutating func compareCalls(_ left: inout [RunID: Witness.Seen], _ store: SQLiteStore) async throws
    {
        let names = left.values.flatMap { $0.ledger.calls.values.compactMap(\.arguments) }
        let words = try await store.content(Array(Set(names)))
        var announced: Set<String> = []
        func line(_ arguments: ContentID?) -> String? {
            guard let line = LineFile.line(arguments.flatMap { words[$0]?.bytes }) else { return nil }
            announced.insert(line)
            return line
        }
        for run in left.keys.sorted() {
            guard var ledger = left[run]?.ledger else { continue }
            ledger.compare(line: line, count: { lines[$0, default: 0] })
            doubts += ledger.doubts
            doubtsMissing += ledger.doubtsMissing
            recoveries += ledger.recoveries
            findings += ledger.findings.map { "\(run.short): \($0)" }
            if !ledger.hasEnded { findings.append("run \(run.short) has not ended") }
        }
        if doubtsMissing > 0 {
            findings.append("\(doubtsMissing) calls whose outcome nobody knew were not shown so")
        }
        let unannounced = lines.keys.count { !announced.contains($0) }
        if unannounced > 0 {
            findings.append("\(unannounced) lines are in the file that no call of the log appends")
        }
    }

    /// Each request to start a run had a key of its own, so that there may be no more runs than requests.
    mutating func findUnaskedRuns(asked: Int) {
        if runsStarted > asked { findings.append("\(runsStarted) runs were started by \(asked) requests") }
    }

    func report(_ perf: CrashPerf) -> JSON {
        let times = ready.map { $0.seconds * 1000 }.sorted()
        func time(_ share: Double) -> JSON {
            .double(times.isEmpty ? 0 : times[min(times.count - 1, Int(share * Double(times.count)))])
        }
        return [
            "kills": JSON(perf.kills),
            "runs": JSON(perf.runs),
            "seed": .string("\(perf.seed)"),
            "runs_started": JSON(runsStarted),
            "recoveries": JSON(recoveries),
            "transitions_acknowledged": JSON(acknowledged),
            "requests_acknowledged": JSON(requests),
            "lost": JSON(lost),
            "changed": JSON(changed),
            "never_shown": JSON(unseen),
            "lines": JSON(lines.values.reduce(0, +)),
            "doubled_lines": JSON(doubled),
            "doubts": JSON(doubts),
            "doubts_missing": JSON(doubtsMissing),
            "findings": JSON(Array(findings.prefix(20))),
            "restart_to_ready_ms": ["p50": time(0.5), "p99": time(0.99), "max": time(1)],
            "seconds": .double(seconds),
        ]
    }
}
