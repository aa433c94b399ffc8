import SomaCore
import SomaEngine

/// Calls to tools in memory.
struct ToolCallTable: Sendable {
    private struct Row {
        let wanted: ContinuousClock.Instant
        let seq: Int
        var executor: String?
        var expires: ContinuousClock.Instant?
        var isWithdrawn = false
        var result: EffectResult?
    }

    private var rows: [ToolCall: Row] = [:]

    mutating func want(_ call: ToolCall, seq: Int) {
        if rows[call] == nil { rows[call] = Row(wanted: .now, seq: seq) }
    }

    mutating func take(_ call: ToolCall, by executor: String, for time: Duration) -> Int? {
        guard let row = rows[call], !row.isWithdrawn, row.result == nil else { return nil }
        guard row.executor == nil || row.executor == executor && row.expires ?? .now > .now else {
            return nil
        }
        rows[call]?.executor = executor
        rows[call]?.expires = .now + time
        return row.seq
    }

    mutating func giveBack(_ calls: [ToolCall], by executor: String) {
        for call in calls {
            guard let row = rows[call], row.executor == executor, !row.isWithdrawn, row.result == nil,
                row.expires.map({ $0 > .now }) ?? false
            else { continue }
            rows[call]?.executor = nil
            rows[call]?.expires = nil
        }
    }

    func untaken(for time: Duration, limit: Int) -> [ToolCall] {
        let now = ContinuousClock.now
        return rows.filter { row in
            row.value.executor == nil && !row.value.isWithdrawn && row.value.result == nil
                && now - row.value.wanted >= time
        }.sorted { $0.value.wanted < $1.value.wanted }.prefix(max(0, limit)).map(\.key)
    }

    mutating func hold(_ calls: [ToolCall], by executor: String, for time: Duration) -> [ToolCall] {
        calls.filter { call in
            guard let row = rows[call], row.executor == executor, !row.isWithdrawn,
                row.expires.map({ $0 > .now }) ?? false
            else { return true }
            rows[call]?.expires = .now + time
            return false
        }
    }

    mutating func finish(_ call: ToolCall, _ result: EffectResult) {
        if rows[call]?.result == nil { rows[call]?.result = result }
    }

    func standings(of calls: [ToolCall]) -> [ToolCall: ToolCallStanding] {
        var standings: [ToolCall: ToolCallStanding] = [:]
        for call in calls {
            guard let row = rows[call] else { continue }
            if let result = row.result {
                standings[call] = .finished(result)
            } else if let expires = row.expires {
                standings[call] = expires > .now ? .taken : .lost
            } else {
                standings[call] = .wanted(.now - row.wanted)
            }
        }
        return standings
    }

    mutating func withdraw(_ call: ToolCall) -> Bool {
        rows[call]?.isWithdrawn = true
        return rows[call]?.executor != nil
    }

    mutating func forget(olderThan time: Duration) {
        let now = ContinuousClock.now
        rows = rows.filter { now - $0.value.wanted <= time }
    }
}
