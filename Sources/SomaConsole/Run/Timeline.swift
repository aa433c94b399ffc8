package import SomaCore

/// An index over a run's log that says which transitions a person reads as one event.
///
/// A call is one entry from its request to its result, and so are a question and a child run. Nodes that only pass on,
/// charges and the like are quiet: they are counted. A few numbers a transition and nothing else are kept, so that a
/// log of a hundred thousand steps costs a few megabytes and the next transition costs the same as the first; an entry
/// becomes words (`TimelineEntry`) when it is looked at, as of any place in the log.
package struct Timeline: Sendable {
    /// What is kept of a transition.
    private struct Slot {
        /// The first and the last transition that tell more about this entry; -1 without any.
        var first: Int32 = -1
        var last: Int32 = -1
        /// The next transition after this one about the same entry.
        var next: Int32 = -1
        /// For an entered node: its last entry so far.
        var told: Int32 = -1
        /// How many transitions up to here are quiet.
        var quiet: Int32 = 0
    }

    /// A stretch in which nothing happened.
    package struct Gap: Sendable, Hashable {
        /// The place of the transition that ended it.
        package var place: Int
        package var length: Duration
        /// Whether a person was waited for.
        package var waitedForPerson: Bool
    }

    private var slots: [Slot] = []
    /// The places of the transitions that begin an entry, in order.
    private var heads: [Int32] = []
    /// The long gaps, in order.
    package private(set) var gaps: [Gap] = []
    /// The first transition's seq.
    package private(set) var firstSeq: Int?
    /// The last one's.
    package private(set) var lastSeq = 0
    /// Calls and children at work, and questions that are open: while there are any, quiet is not idleness.
    private var working: Set<Int> = []
    private var asking: Set<Int> = []
    private var lastAt: Timestamp?

    /// How long nothing may happen before it is said in a row of its own.
    package static let quietMin = Duration.seconds(60)

    package init() {}

    /// How many transitions went in.
    package var count: Int { slots.count }

    /// Takes in what a log has beyond what was taken in before; begins anew where it is another log.
    /// - Returns: How many transitions were read.
    @discardableResult
    package mutating func read(_ log: [Transition]) -> Int {
        if firstSeq != log.first?.seq || count > log.count || count > 0 && log[count - 1].seq != lastSeq {
            self = Timeline()
        }
        let before = count
        for place in before..<log.count { append(log[place], log) }
        return log.count - before
    }

    // MARK: Asking

    /// How many entries begin among the first transitions.
    package func entries(in count: Int) -> Int { heads.prefixCount { $0 < count } }

    /// The place of an entry's first transition.
    package func place(of entry: Int) -> Int { Int(heads[entry]) }

    /// The entry that begins at a place, or the last before it; `nil` before the first.
    package func entry(at place: Int) -> Int? {
        let found = heads.prefixCount { $0 <= place }
        return found > 0 ? found - 1 : nil
    }

    /// Whether an entry begins at a place.
    package func isEntry(_ place: Int) -> Bool { entry(at: place).map { heads[$0] == place } ?? false }

    /// How many quiet transitions lie in a range of places.
    package func quiet(in range: Range<Int>) -> Int {
        guard let last = range.last else { return 0 }
        return Int(slots[last].quiet) - (range.lowerBound > 0 ? Int(slots[range.lowerBound - 1].quiet) : 0)
    }

    /// The gaps that ended in a range of places.
    package func gaps(in range: Range<Int>) -> ArraySlice<Gap> {
        let start = gaps.prefixCount { $0.place < range.lowerBound }
        let end = gaps.prefixCount { $0.place < range.upperBound }
        return gaps[start..<end]
    }

    /// The places of the transitions that tell more about an entry, of the first `count` of the log.
    package func more(about place: Int, in count: Int) -> [Int] {
        var places: [Int] = []
        var next = slots[place].first
        while next >= 0, next < count, places.count < Self.moreMax {
            places.append(Int(next))
            next = slots[Int(next)].next
        }
        return places
    }

    /// The most transitions that are read for one entry.
    private static let moreMax = 1_000

    /// The place of a seq in a log; `nil` where it isn't there.
    static func place(of seq: Int?, in log: [Transition]) -> Int? {
        guard let seq, let first = log.first?.seq, seq >= first else { return nil }
        let (guess, isTooFar) = seq.subtractingReportingOverflow(first)
        if !isTooFar, guess < log.count, log[guess].seq == seq { return guess }
        let place = log.prefixCount { $0.seq < seq }
        return place < log.count && log[place].seq == seq ? place : nil
    }

    // MARK: Taking in

    private mutating func append(_ transition: Transition, _ log: [Transition]) {
        let place = slots.count
        if firstSeq == nil { firstSeq = transition.seq }
        lastSeq = transition.seq
        slots.append(Slot(quiet: slots.last?.quiet ?? 0))
        noteGap(before: transition, place)
        let body = transition.body
        var isQuiet = false
        switch transition.kind {
        case .nodeEntered: isQuiet = true
        case .nodeLeft:
            // Where a verdict or an answer leads to is part of it.
            let visit = Self.place(of: body["activation"]?.int, in: log)
            let told = visit.map { Int(slots[$0].told) } ?? -1
            if told >= 0, log[told].kind == .verifyJudged { link(place, to: told) } else { isQuiet = true }
        case .effectStarted, .effectFinished, .effectInDoubt: isQuiet = !link(place, body["effect"]?.int, log)
        case .budgetCharged: isQuiet = !link(place, body["effect"]?.int, log)
        case .childFinished: isQuiet = !link(place, body["request"]?.int, log)
        case .effectSettled:
            link(place, body["effect"]?.int, log)
            begin(place, in: nil, log)
        case .interruptOpened:
            link(place, body["effect"]?.int, log)
            begin(place, in: body["activation"]?.int ?? transition.cause, log)
        case .interruptClosed:
            link(place, body["interrupt"]?.int, log)
            begin(place, in: nil, log)
        case .planRevised, .factObserved, .verifyJudged, .effectRequested, .childSpawned:
            begin(place, in: body["activation"]?.int ?? transition.cause, log)
        case .runStarted, .runForked, .runResumed, .runPaused, .runCompleted, .runFailed, .runCancelled,
            .budgetChanged, .unknown:
            begin(place, in: nil, log)
        }
        if isQuiet { slots[place].quiet += 1 }
    }

    /// Begins an entry, and notes that a visit has it.
    private mutating func begin(_ place: Int, in activation: Int?, _ log: [Transition]) {
        heads.append(Int32(place))
        if let visit = Self.place(of: activation, in: log), visit < place { slots[visit].told = Int32(place) }
    }

    /// Lets a transition tell more about the entry that a seq began; false where there is none.
    @discardableResult
    private mutating func link(_ place: Int, _ seq: Int?, _ log: [Transition]) -> Bool {
        guard let head = Self.place(of: seq, in: log), head < place, isEntry(head) else { return false }
        link(place, to: head)
        return true
    }

    private mutating func link(_ place: Int, to head: Int) {
        let last = Int(slots[head].last)
        if last < 0 { slots[head].first = Int32(place) } else { slots[last].next = Int32(place) }
        slots[head].last = Int32(place)
    }

    /// Notices when nothing has happened for long, and who was waited for.
    private mutating func noteGap(before transition: Transition, _ place: Int) {
        if let lastAt, working.isEmpty, transition.at - lastAt >= Self.quietMin {
            gaps.append(
                Gap(place: place, length: transition.at - lastAt, waitedForPerson: !asking.isEmpty)
            )
        }
        lastAt = max(lastAt ?? transition.at, transition.at)
        let body = transition.body
        switch transition.kind {
        case .effectStarted: if let effect = body["effect"]?.int { working.insert(effect) }
        case .effectFinished, .effectInDoubt: if let effect = body["effect"]?.int { working.remove(effect) }
        case .childSpawned: working.insert(transition.seq)
        case .childFinished: if let request = body["request"]?.int { working.remove(request) }
        case .interruptOpened: asking.insert(transition.seq)
        case .interruptClosed: if let question = body["interrupt"]?.int { asking.remove(question) }
        default: break
        }
    }
}

extension RandomAccessCollection where Index == Int {
    /// How many elements at the start hold; those that do come first.
    func prefixCount(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - startIndex
    }
}
