/// What one run itself did and used, counted from its own log.
package struct RunTally: Sendable, Hashable {
    /// A call to a tool or a model, as far as later transitions refer to it.
    package struct Call: Sendable, Hashable {
        /// What is called.
        package var source: Charge.Source
        /// The tool or model.
        package var name: String
    }

    /// The run.
    package var run: RunID
    /// The run that delegated it.
    package var parent: RunID?
    /// The role.
    package var role = ""
    /// The customer or team.
    package var tenant = ""
    /// The conversation that it answers a message of; empty where there is none.
    package var conversation = ""
    /// How many of its transitions count.
    package var transitions = 0
    /// What it was charged itself, and the nodes that it entered.
    package var own = Usage.zero
    /// What children used, as its own log tells.
    package var delegated = Usage.zero
    /// What was spent before the log that was read: by the run that it was forked from, or before a recording.
    package var carried = Usage.zero
    /// Calls to models.
    package var models = CallCounts()
    /// Calls to tools, and such as the log doesn't name.
    package var tools = CallCounts()

    /// The seq of the last transition that was read.
    var seq = 0
    var isOver = false
    /// Calls that a later transition may refer to, by the seq of their request.
    var calls: [Int: Call] = [:]
    /// Calls that were started and have no answer yet: what may still be charged once the run is over.
    var underWay: Set<Int> = []
    /// The groups that the run has a part in.
    var groups: Set<Int> = []

    init(_ run: RunID) { self.run = run }

    /// What the run's budget says was spent, if every child is counted that its log tells of.
    package var spent: Usage { carried + own + delegated }

    /// Forgets calls of a run that is over, but for those that may be charged yet.
    mutating func end() {
        isOver = true
        calls = calls.filter { underWay.contains($0.key) }
    }
}

/// How calls ended.
package struct CallCounts: Sendable, Hashable {
    /// Calls that were asked for.
    package var requested = 0
    /// Calls that ended well.
    package var succeeded = 0
    /// Calls that ended badly, all tries included.
    package var failed = 0
    /// Tries beyond the first.
    package var retried = 0
    /// Calls to models that no price is known for: their cost is counted as nothing.
    package var unpriced = 0

    /// Creates counts of 0.
    package init() {}

    /// Calls that have ended.
    package var ended: Int { succeeded.addingClamped(failed) }

    /// The part of the calls that ended which failed, from 0 to 1; `nil` where none has ended.
    package var failureRate: Double? { ended == 0 ? nil : Double(failed) / Double(ended) }

    package static func + (left: CallCounts, right: CallCounts) -> CallCounts {
        var sum = left
        sum.requested.increase(by: right.requested)
        sum.succeeded.increase(by: right.succeeded)
        sum.failed.increase(by: right.failed)
        sum.retried.increase(by: right.retried)
        sum.unpriced.increase(by: right.unpriced)
        return sum
    }
}
