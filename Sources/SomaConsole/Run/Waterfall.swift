package import SomaCore

/// An index over a run's log that says from when to when something went on.
///
/// Like `Timeline` it keeps a few numbers for each stretch, and the next transition costs the same as the first.
package struct Waterfall: Sendable {
    /// What went on.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// A node of the graph was being visited.
        case visit
        case model, tool, child
        /// A person was waited for.
        case person
        /// The run was paused.
        case pause
    }

    /// A stretch.
    package struct Span: Sendable, Hashable {
        package var kind: Kind
        /// The place in the log where it began.
        package var start: Int32
        /// The place where it ended; -1 while it goes on.
        package var end: Int32 = -1
        /// What it is inside of; -1 for nothing.
        package var parent: Int32
        /// The first of the spans beside it that overlap without a break.
        package var cluster: Int32
        /// How many spans are inside.
        package var children: Int32 = 0
    }

    package private(set) var spans: [Span] = []
    /// The spans that are worth a row, in order: all but visits that only passed on.
    package private(set) var loud: [Int32] = []
    /// How long each kind took in microseconds, where several went on at once the one that did the work.
    private var totals: [Int64] = Array(repeating: 0, count: Kind.allCases.count)
    /// How many transitions went in.
    package private(set) var count = 0
    private var firstSeq: Int?
    private var lastSeq = 0
    private var lastAt: Timestamp?
    /// What is going on, by the seq that its end will name.
    private var open: [Int: Int32] = [:]
    private var going: [Int] = Array(repeating: 0, count: Kind.allCases.count)
    /// For each span that has any: how many inside it go on, and where the last cluster began. The key -1 is the run.
    private var inside: [Int32: (going: Int, cluster: Int32)] = [:]

    /// From how many microseconds on a visit is worth a row though nothing happened in it.
    package static let visitMin: Int64 = 100_000

    package init() {}

    /// Takes in what a log has beyond what was taken in before; begins anew where it is another log.
    package mutating func read(_ log: [Transition]) {
        if firstSeq != log.first?.seq || count > log.count || count > 0 && log[count - 1].seq != lastSeq {
            self = Waterfall()
        }
        for place in count..<log.count { append(log[place], place, log) }
    }

    /// How many rows there are for the first transitions of the log.
    package func rows(in count: Int) -> Int { loud.prefixCount { spans[Int($0)].start < count } }

    /// The row that began last, up to a place in the log.
    package func row(at place: Int) -> Int { max(0, rows(in: place + 1) - 1) }

    private mutating func append(_ transition: Transition, _ place: Int, _ log: [Transition]) {
        if firstSeq == nil { firstSeq = transition.seq }
        lastSeq = transition.seq
        count = place + 1
        if let lastAt {
            let kind = [Kind.model, .tool, .child, .person, .pause, .visit].first {
                going[Int($0.rawValue)] > 0
            }
            if let kind { totals[Int(kind.rawValue)] += max(0, (transition.at - lastAt).microseconds) }
        }
        lastAt = max(lastAt ?? transition.at, transition.at)
        let body = transition.body
        switch transition.kind {
        case .nodeEntered: begin(.visit, transition.seq, place, in: -1)
        case .nodeLeft: end(body["activation"]?.int, place, log)
        case .effectStarted:
            let request = Timeline.place(of: body["effect"]?.int, in: log).map { log[$0] }
            guard let request, request.kind == .effectRequested else { return }
            end(request.seq, place, log)
            let isModel = request.body["effect"]?.string == "model"
            begin(isModel ? .model : .tool, request.seq, place, in: visit(of: request))
        case .effectFinished, .effectInDoubt: end(body["effect"]?.int, place, log)
        case .interruptOpened: begin(.person, transition.seq, place, in: visit(of: transition))
        case .interruptClosed: end(body["interrupt"]?.int, place, log)
        case .childSpawned: begin(.child, transition.seq, place, in: visit(of: transition))
        case .childFinished: end(body["request"]?.int, place, log)
        case .runPaused: begin(.pause, Self.pauseKey, place, in: -1)
        case .runResumed: end(Self.pauseKey, place, log)
        case .runCompleted, .runFailed, .runCancelled:
            for key in open.keys.sorted() { end(key, place, log) }
        default: break
        }
    }

    /// What is going on, where several are the one that does the work.
    private var working: Kind? {
        [Kind.model, .tool, .child, .person, .pause, .visit].first { going[Int($0.rawValue)] > 0 }
    }

    /// How long each kind took up to a moment after the last transition, the longest first.
    package func shares(until now: Timestamp) -> [(kind: Kind, microseconds: Int64)] {
        var totals = totals
        if let working, let lastAt { totals[Int(working.rawValue)] += max(0, (now - lastAt).microseconds) }
        return Kind.allCases.map { ($0, totals[Int($0.rawValue)]) }.filter { $0.1 > 0 }
            .sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
    }

    /// Stands for the pause among what is open; no transition has this seq.
    private static let pauseKey = -1

    private func visit(of transition: Transition) -> Int32 {
        guard let activation = transition.body["activation"]?.int ?? transition.cause, activation >= 0 else {
            return -1
        }
        return open[activation] ?? -1
    }

    private mutating func begin(_ kind: Kind, _ key: Int, _ place: Int, in parent: Int32) {
        let index = Int32(spans.count)
        var around = inside[parent] ?? (0, index)
        if around.going == 0 { around.cluster = index }
        around.going += 1
        inside[parent] = around
        spans.append(Span(kind: kind, start: Int32(place), parent: parent, cluster: around.cluster))
        if parent >= 0 {
            spans[Int(parent)].children += 1
            if spans[Int(parent)].children == 1 { show(parent) }
        }
        if kind != .visit { show(index) }
        open[key] = index
        going[Int(kind.rawValue)] += 1
    }

    private mutating func end(_ key: Int?, _ place: Int, _ log: [Transition]) {
        guard let key, let index = open.removeValue(forKey: key) else { return }
        let span = spans[Int(index)]
        spans[Int(index)].end = Int32(place)
        going[Int(span.kind.rawValue)] -= 1
        inside[span.parent]?.going -= 1
        inside[index] = nil
        let took = log[place].at - log[Int(span.start)].at
        if span.kind == .visit, span.children == 0, took.microseconds >= Self.visitMin { show(index) }
    }

    /// Gives a span a row, in the order in which they began.
    private mutating func show(_ index: Int32) {
        var place = loud.count
        while place > 0, loud[place - 1] > index { place -= 1 }
        loud.insert(index, at: place)
    }

    // MARK: The critical path

    /// How a span counts for how long the whole took.
    package enum Weight: Sendable, Hashable {
        /// Nothing else went on beside it.
        case alone
        /// Others went on beside it, and it was what was waited for.
        case critical
        /// Something beside it took longer.
        case beside
    }

    /// How a span counts: of those that overlap, the one that ended last, and before it began the one that ended last
    /// until then, decide how long it took.
    package func weight(of index: Int, _ log: [Transition], count: Int) -> Weight {
        let span = spans[index]
        if span.parent >= 0, weight(of: Int(span.parent), log, count: count) == .beside { return .beside }
        let members = members(of: span)
        guard members.count > 1, members.contains(index) else { return .alone }
        func end(_ member: Int) -> Int32 {
            let end = spans[member].end
            return end < 0 || end >= count ? .max : end
        }
        var time = Int32.max
        var left = members
        while true {
            guard let last = left.filter({ end($0) <= time }).max(by: { end($0) < end($1) }) else {
                return .beside
            }
            if last == index { return .critical }
            time = spans[last].start
            left.removeAll { $0 >= last }
        }
    }

    private func members(of span: Span) -> [Int] {
        var members: [Int] = []
        var index = Int(span.cluster)
        let end = min(spans.count, index + Self.clusterMax)
        while index < end {
            if spans[index].parent == span.parent {
                guard spans[index].cluster == span.cluster else { break }
                members.append(index)
            }
            index += 1
        }
        return members
    }

    /// How many spans are looked at to find those that overlap.
    private static let clusterMax = 512
}
