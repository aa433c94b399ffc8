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
        /// When it began and ended, in microseconds, by a clock that never goes back.
        var startedAt: Int64
        var endedAt: Int64 = .max
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
    /// How long the critical path waited for each kind up to `settled`, in microseconds.
    private var totals: [Kind?: Int64] = [:]
    /// The last moment at which nothing went on, and how many spans came before it.
    private var settled: (spans: Int, at: Int64) = (0, 0)
    /// The latest moment so far.
    private var clock: Int64 = 0
    /// How many transitions went in.
    package private(set) var count = 0
    private var firstSeq: Int?
    private var lastSeq = 0
    /// What is going on, by the seq that its end will name.
    private var open: [Int: Int32] = [:]
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

    /// How long each kind was waited for up to a moment after the last transition, the longest first; together as long
    /// as the run. No kind is what the run waited for between its visits.
    package func shares(until now: Timestamp) -> [(kind: Kind?, microseconds: Int64)] {
        var totals = totals
        if count > 0 { addTimes(to: &totals, until: max(clock, now.microseconds)) }
        return totals.filter { $0.value > 0 }.map { ($0.key, $0.value) }
            .sorted { ($1.1, $0.0?.rawValue ?? .max) < ($0.1, $1.0?.rawValue ?? .max) }
    }

    /// Adds what the critical path waited for since the last moment at which nothing went on.
    private func addTimes(to totals: inout [Kind?: Int64], until end: Int64) {
        let groups = Dictionary(grouping: settled.spans..<spans.count) { spans[$0].parent }
        var open: [(group: Int32, kind: Kind?, whole: CriticalPath.Stretch)] = [
            (-1, nil, .init(settled.at, end))
        ]
        while let (group, kind, whole) = open.popLast() {
            let members = groups[group] ?? []
            let stretches = members.map { stretch(of: $0, count: count, now: end) }
            for piece in CriticalPath(stretches, in: whole).pieces {
                if let member = piece.stretch.map({ members[$0] }) {
                    open.append((Int32(member), spans[member].kind, .init(piece.start, piece.end)))
                } else {
                    totals[kind, default: 0] += piece.end - piece.start
                }
            }
        }
    }

    private mutating func append(_ transition: Transition, _ place: Int, _ log: [Transition]) {
        if firstSeq == nil {
            firstSeq = transition.seq
            clock = transition.at.microseconds
            settled.at = clock
        }
        clock = max(clock, transition.at.microseconds)
        lastSeq = transition.seq
        count = place + 1
        let body = transition.body
        switch transition.kind {
        case .nodeEntered: begin(.visit, transition.seq, place, in: -1)
        case .nodeLeft: end(body["activation"]?.int, place)
        case .effectStarted:
            let request = Timeline.place(of: body["effect"]?.int, in: log).map { log[$0] }
            guard let request, request.kind == .effectRequested else { return }
            end(request.seq, place)
            let isModel = request.body["effect"]?.string == "model"
            begin(isModel ? .model : .tool, request.seq, place, in: visit(of: request))
        case .effectFinished, .effectInDoubt: end(body["effect"]?.int, place)
        case .interruptOpened: begin(.person, transition.seq, place, in: visit(of: transition))
        case .interruptClosed: end(body["interrupt"]?.int, place)
        case .childSpawned: begin(.child, transition.seq, place, in: visit(of: transition))
        case .childFinished: end(body["request"]?.int, place)
        case .runPaused:
            end(Self.pauseKey, place)
            begin(.pause, Self.pauseKey, place, in: openVisit)
        case .runResumed: end(Self.pauseKey, place)
        case .runCompleted, .runFailed, .runCancelled:
            for key in open.keys.sorted() { end(key, place) }
        default: break
        }
        if inside[-1]?.going == 0, settled.spans < spans.count {
            addTimes(to: &totals, until: clock)
            settled = (spans.count, clock)
        }
    }

    /// Stands for the pause among what is open; no transition has this seq.
    private static let pauseKey = -1

    private func visit(of transition: Transition) -> Int32 {
        guard let activation = transition.body["activation"]?.int ?? transition.cause, activation >= 0 else {
            return -1
        }
        return open[activation] ?? -1
    }

    /// The visit that began last of those that go on.
    private var openVisit: Int32 { open.values.filter { spans[Int($0)].kind == .visit }.max() ?? -1 }

    private mutating func begin(_ kind: Kind, _ key: Int, _ place: Int, in parent: Int32) {
        let index = Int32(spans.count)
        var around = inside[parent] ?? (0, index)
        if around.going == 0 { around.cluster = index }
        around.going += 1
        inside[parent] = around
        spans.append(
            Span(
                kind: kind,
                start: Int32(place),
                startedAt: clock,
                parent: parent,
                cluster: around.cluster
            )
        )
        if parent >= 0 {
            spans[Int(parent)].children += 1
            if spans[Int(parent)].children == 1 { show(parent) }
        }
        if kind != .visit { show(index) }
        open[key] = index
    }

    private mutating func end(_ key: Int?, _ place: Int) {
        guard let key, let index = open.removeValue(forKey: key) else { return }
        let span = spans[Int(index)]
        spans[Int(index)].end = Int32(place)
        spans[Int(index)].endedAt = clock
        inside[span.parent]?.going -= 1
        inside[index] = nil
        let took = clock - span.startedAt
        if span.kind == .visit, span.children == 0, took >= Self.visitMin { show(index) }
    }

    /// Gives a span a row, in the order in which they began.
    private mutating func show(_ index: Int32) {
        var place = loud.count
        while place > 0, loud[place - 1] > index { place -= 1 }
        loud.insert(index, at: place)
    }
}
