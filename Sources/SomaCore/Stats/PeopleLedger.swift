/// How often, and for how long, runs waited for people: questions, approvals, and calls in doubt.
package struct PeopleLedger: Sendable {
    /// How often a person was asked.
    package private(set) var asked = 0
    /// How often a person answered.
    package private(set) var answered = 0
    /// Questions that nobody answered before their run ended.
    package private(set) var abandoned = 0
    /// How long the answers took, in microseconds, in the order of the answers.
    package private(set) var waits: [Int64] = []

    private struct Question: Hashable {
        var run: RunID
        var seq: Int
        var isDoubt: Bool
    }

    private struct Open {
        var since: Timestamp
        /// Whether it was asked within the time that counts.
        var counts: Bool
    }

    private let since: Timestamp?
    private var open: [RunID: [Question: Open]] = [:]

    package init(since: Timestamp? = nil) { self.since = since }

    /// How many questions are open.
    package var waiting: Int { open.values.reduce(0) { $0 + $1.count } }

    /// Folds one transition that wasn't folded before.
    package mutating func apply(_ transition: Transition) {
        let body = transition.body
        switch transition.kind {
        case .interruptOpened: ask(transition.seq, isDoubt: false, transition)
        case .effectInDoubt:
            if let effect = body["effect"]?.int { ask(effect, isDoubt: true, transition) }
        case .interruptClosed:
            if let seq = body["interrupt"]?.int { answer(seq, isDoubt: false, transition) }
        case .effectSettled, .effectFinished:
            // A result that came after all answers a doubt too.
            if let effect = body["effect"]?.int { answer(effect, isDoubt: true, transition) }
        case .runCompleted, .runFailed, .runCancelled:
            abandoned.increase(by: open.removeValue(forKey: transition.run)?.values.count { $0.counts } ?? 0)
        default: break
        }
    }

    private mutating func ask(_ seq: Int, isDoubt: Bool, _ transition: Transition) {
        let counts = since.map { transition.at >= $0 } ?? true
        let question = Question(run: transition.run, seq: seq, isDoubt: isDoubt)
        guard open[transition.run]?[question] == nil else { return }
        open[transition.run, default: [:]][question] = Open(since: transition.at, counts: counts)
        if counts { asked.increase() }
    }

    private mutating func answer(_ seq: Int, isDoubt: Bool, _ transition: Transition) {
        let question = Question(run: transition.run, seq: seq, isDoubt: isDoubt)
        guard let asked = open[transition.run]?.removeValue(forKey: question), asked.counts else { return }
        answered.increase()
        waits.append(max(0, transition.at.microseconds &- asked.since.microseconds))
    }
}
