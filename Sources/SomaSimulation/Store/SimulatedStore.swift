import SomaCore
import SomaEngine

/// What the disk holds: the log of each run as bytes, words, and the states that were stored.
struct SimulatedStore {
    struct Log {
        var entries: [(seq: Int, bytes: [UInt8])] = []
        var snapshot: RunState?
        /// The run's place in the order of starts.
        let number: Int
    }

    private(set) var logs: [RunID: Log] = [:]
    private(set) var order: [RunID] = []
    private(set) var content: [ContentID: Words] = [:]

    mutating func append(_ bytes: [UInt8], _ seq: Int, to run: RunID) {
        if logs[run] == nil {
            logs[run] = Log(number: order.count)
            order.append(run)
        }
        logs[run]?.entries.append((seq, bytes))
    }

    mutating func keep(_ content: [Content]) {
        for item in content where self.content[item.id] == nil { self.content[item.id] = item.words }
    }

    mutating func keep(_ snapshot: RunState) { logs[snapshot.id]?.snapshot = snapshot }

    mutating func loseLast(of run: RunID, _ count: Int) { logs[run]?.entries.removeLast(count) }

    /// A run's state as a store reads it: the last stored state and the log after it.
    func state(of run: RunID) -> RunState? {
        guard let log = logs[run] else { return nil }
        var state = log.snapshot ?? RunState(id: run)
        for entry in log.entries.reversed().prefix(while: { $0.seq > state.seq }).reversed() {
            guard let transition = try? Transition(cloudEvent: entry.bytes) else { continue }
            state.apply(transition)
        }
        return state
    }

    /// A run's state after one of its transitions, from the whole log.
    func state(of run: RunID, at seq: Int) -> RunState? {
        guard let log = logs[run] else { return nil }
        var state = RunState(id: run)
        for entry in log.entries where entry.seq <= seq {
            guard let transition = try? Transition(cloudEvent: entry.bytes) else { continue }
            state.apply(transition)
        }
        return state
    }

    /// Where a fork of a run begins.
    ///
    /// - Parameter isBlind: Leaves out what says whether a decision is complete there.
    func origin(_ run: RunID, at seq: Int, isBlind: Bool = false) -> EngineInput.ForkOrigin? {
        guard let state = state(of: run, at: seq), let log = logs[run] else { return nil }
        func more(_ entry: (seq: Int, bytes: [UInt8])) -> Int {
            (try? Transition(cloudEvent: entry.bytes))?.more ?? 0
        }
        return EngineInput.ForkOrigin(
            state: state,
            library: library(state.references),
            more: isBlind ? 0 : log.entries.last { $0.seq == seq }.map(more) ?? 0,
            endBefore: log.entries.last { $0.seq < seq && more($0) == 0 }?.seq
        )
    }

    func library(_ ids: Set<ContentID>) -> Library {
        var words: [ContentID: Words] = [:]
        for id in ids { words[id] = content[id] }
        return Library(words)
    }
}
