package import SomaCore
import Synchronization
import SomaEngine

/// What was made durable and is still to become spans. Whoever commits never waits for it.
///
/// It has a bound. Of what doesn't fit, only the runs' names are kept: the log has the rest, and is read again once there is
/// time for it.
package final class TransitionInbox: Sendable {
    /// Transitions of one commit.
    package struct Commit: Sendable {
        package var transitions: [Transition]
        package var facts: CommitFacts

        package init(transitions: [Transition], facts: CommitFacts) {
            (self.transitions, self.facts) = (transitions, facts)
        }

        /// Each run's transitions, by the run's first place. A run's mostly stand together; where they don't, they are brought
        /// together.
        package var portions: [ArraySlice<Transition>] {
            var portions: [ArraySlice<Transition>] = []
            var places: [RunID: Int] = [:]
            var start = 0
            while start < transitions.count {
                let run = transitions[start].run
                var end = start + 1
                while end < transitions.count, transitions[end].run == run { end += 1 }
                if let place = places[run] {
                    portions[place] += transitions[start..<end]
                } else {
                    places[run] = portions.count
                    portions.append(transitions[start..<end])
                }
                start = end
            }
            return portions
        }
    }

    /// What has come.
    package struct News: Sendable {
        /// In the order in which it was made durable.
        package var commits: [Commit] = []
        /// Runs whose later transitions are in the log alone, with the last of them.
        package var missed: [RunID: Int] = [:]
        /// How many transitions are missing even there, because they were of too many runs.
        package var lost = 0
        /// Whether runs went to other processes.
        package var hasParted = false

        package var isEmpty: Bool { commits.isEmpty && missed.isEmpty && lost == 0 && !hasParted }

        fileprivate mutating func miss(_ run: RunID, _ seq: Int, atMost most: Int) {
            if missed[run] == nil, missed.count >= most { lost += 1 } else { missed[run] = seq }
        }
    }

    private struct State {
        var news = News()
        /// How many transitions are in the commits.
        var count = 0
        /// Whether one didn't fit.
        var isFull = false
    }

    private let most: Int
    private let missedMax: Int
    private let state = Mutex(State())
    private let bell = Bell()

    /// Creates an empty inbox.
    /// - Parameters:
    ///   - most: How many transitions it holds.
    ///   - missedMax: How many names of runs it holds.
    package init(most: Int = 32_768, missedMax: Int = 100_000) {
        (self.most, self.missedMax) = (most, missedMax)
    }

    /// Takes a commit in. Quick, and never waits for anybody who reads.
    package func add(_ commit: Commit) {
        let (isFirst, isHalf) = state.withLock { state in
            let wasEmpty = state.news.isEmpty
            let before = state.count
            // After one that didn't fit none does: what is missed of a run is later than all that is here of it.
            if !state.isFull, state.count + commit.transitions.count <= most {
                state.news.commits.append(commit)
                state.count += commit.transitions.count
            } else {
                state.isFull = true
                for transition in commit.transitions {
                    state.news.miss(transition.run, transition.seq, atMost: missedMax)
                }
            }
            return (wasEmpty, before * 2 < most && state.count * 2 >= most)
        }
        if isFirst || isHalf { bell.ring() }
    }

    /// A run is to be read from the log.
    /// - Parameter seq: Its last transition.
    package func read(_ run: RunID, through seq: Int) {
        state.withLock { $0.news.miss(run, seq, atMost: missedMax) }
        bell.ring()
    }

    /// Runs went to other processes.
    package func parted() {
        state.withLock { $0.news.hasParted = true }
        bell.ring()
    }

    /// What has come since the last time.
    package func take() -> News {
        state.withLock { state in
            defer { state = State() }
            return state.news
        }
    }

    /// Waits until it is half full.
    package func fill(atMost time: Duration) async {
        guard state.withLock({ $0.count * 2 < most }) else { return }
        await bell.wait(atMost: time)
    }

    /// Waits for news.
    package func wait(atMost time: Duration) async { await bell.wait(atMost: time) }
}
