import SomaCore
import SomaTerminal

/// What a run has done in a graph up to a moment: how each node and each link is to be shown.
struct PlanMarks {
    /// How far a node is.
    enum Stage: Hashable {
        case future, done
        /// There is no run: only the graph is shown.
        case plain
        /// The run is in it, and stands like this.
        case current(RunMark)
        /// The run ended in it, not well.
        case ended(RunMark)
    }

    struct Node {
        var stage = Stage.future
        /// How often it was entered.
        var visits = 0
        /// How long all visits took that ended, in microseconds.
        var microseconds: Int64 = 0
        /// When the visits under way began, the oldest first.
        var since: [Timestamp] = []
        /// Tries beyond the first in the visits under way.
        var retries = 0
        /// What it asked for last.
        var calls: [String] = []
    }

    struct Link {
        /// How often it was taken.
        var passes = 0
        /// How many of these were a way back from a verification that rejected.
        var rejections = 0
        /// Whether it was taken last.
        var isLatest = false
        /// Whether it was among those taken just before.
        var isRecent = false
    }

    private(set) var nodes: [Node]
    private(set) var links: [Link]
    /// The node that the run is in, or was in last.
    private(set) var focus: Int?
    /// The moment that visits under way are counted to.
    let moment: Timestamp
    /// Whether times of visits under way are told in minutes, because nothing goes on but waiting.
    private let isSlow: Bool

    /// Whether there is no run: only the graph is shown.
    let isSketch: Bool

    /// How many links of the way taken are shown brighter while a person walks it.
    static let recentMax = 6

    /// - Parameters:
    ///   - run: The run as it was.
    ///   - shape: What is drawn.
    ///   - trail: The way that it took, also after that.
    ///   - mark: How it stood.
    ///   - moment: When.
    ///   - isWalking: Whether a person walks the way it took.
    init(
        _ run: RunState,
        _ shape: PlanShape,
        _ trail: PlanTrail,
        mark: RunMark,
        moment: Timestamp,
        isWalking: Bool
    ) {
        nodes = shape.nodes.map { _ in Node() }
        links = shape.links.map { _ in Link() }
        self.moment = moment
        isSketch = false
        isSlow = mark == .needsPerson || mark == .inDoubt
        for visit in run.visits {
            guard let place = shape.places[visit.node] else { continue }
            nodes[place].visits = visit.count
            nodes[place].microseconds = visit.microseconds
            if visit.count > 0 { nodes[place].stage = .done }
            for pass in visit.passes {
                guard let link = shape.link(from: visit.node, to: pass.to) else { continue }
                links[link].passes += pass.count
                links[link].rejections = trail.rejections(from: visit.node, to: pass.to, upTo: run.seq)
            }
        }
        for (place, node) in shape.nodes.enumerated() {
            nodes[place].calls = trail.visits(to: node.name, upTo: run.seq, count: 1).first?.calls ?? []
        }
        for activation in run.activations {
            guard let place = shape.places[activation.node] else { continue }
            nodes[place].stage = .current(Self.mark(of: activation, run: mark))
            nodes[place].since.append(activation.enteredAt)
            nodes[place].retries += activation.requests.reduce(0) { $0 + max(0, $1.attempt - 1) }
            nodes[place].calls = activation.requests.suffix(PlanTrail.callsMax).map(\.name)
            focus = place
        }
        for entry in run.entries {
            guard let place = shape.places[entry.node] else { continue }
            if nodes[place].since.isEmpty { nodes[place].stage = .current(mark) }
            focus = focus ?? place
        }
        markWay(run, shape, trail, isWalking)
    }

    /// A graph without a run.
    init(sketch shape: PlanShape) {
        nodes = shape.nodes.map { _ in Node(stage: .plain) }
        links = shape.links.map { _ in Link() }
        moment = Timestamp(microseconds: 0)
        isSketch = true
        isSlow = false
    }

    /// How a branch stands: like the run, unless it goes on while another waits, or waits while another goes on.
    private static func mark(of activation: Activation, run mark: RunMark) -> RunMark {
        guard mark == .running || mark == .waiting || mark == .needsPerson else { return mark }
        let open = activation.requests.filter { !$0.state.isAnswered }
        if open.contains(where: { $0.state == .inDoubt }) { return .inDoubt }
        if open.contains(where: { $0.state == .awaitingApproval || $0.kind == .question }) {
            return .needsPerson
        }
        return open.isEmpty ? (mark == .needsPerson ? .running : mark) : .waiting
    }

    private mutating func markWay(_ run: RunState, _ shape: PlanShape, _ trail: PlanTrail, _ isWalking: Bool)
    {
        let count = trail.visitCount(upTo: run.seq)
        let recent = trail.visits[max(0, count - (isWalking ? Self.recentMax : 1))..<count]
        for (age, visit) in recent.reversed().enumerated() {
            guard let from = visit.from, let link = shape.link(from: from, to: visit.node) else { continue }
            links[link].isRecent = true
            if age == 0 { links[link].isLatest = true }
        }
        if let entry = run.entries.last, let from = entry.from,
            let link = shape.link(from: from, to: entry.node)
        {
            for index in links.indices { links[index].isLatest = false }
            links[link].isLatest = true
        }
        guard let last = recent.last, let place = shape.places[last.node] else {
            focus = focus ?? nodes.lastIndex { $0.visits > 0 }
            return
        }
        focus = focus ?? place
        switch run.status {
        case .failed: nodes[place].stage = .ended(.failed)
        case .cancelled: nodes[place].stage = .ended(.cancelled)
        default: break
        }
    }

    // MARK: Words

    /// How long a node took: this visit while there is one, all visits after; empty for less than a tenth of a second.
    func time(_ place: Int) -> String {
        let node = nodes[place]
        if let since = node.since.first {
            let length = moment - since
            return isSlow ? Amounts.wait(length) : Amounts.time(length)
        }
        return node.microseconds >= 100_000 ? Amounts.span(node.microseconds) : ""
    }

    /// How often a node was entered, where that is more than once.
    func count(_ place: Int, _ look: Look) -> String {
        let node = nodes[place]
        if node.since.count > 1 { return "\(node.since.count) at once" }
        return node.visits > 1 ? look.times(node.visits) : ""
    }

    /// How often what it asked for was tried again, where that happened.
    func retries(_ place: Int, _ look: Look) -> String {
        nodes[place].retries > 0 ? "\(look.again)\(nodes[place].retries)" : ""
    }

    /// How often and how long, in so many columns.
    func stat(_ place: Int, columns: Int, _ look: Look) -> String {
        let parts = [count(place, look), retries(place, look), time(place)]
        for kept in [parts, [parts[0], parts[2]], [parts[1], parts[2]], [parts[0]], [parts[2]]] {
            let text = kept.filter { !$0.isEmpty }.joined(separator: " ")
            if text.count <= columns { return text }
        }
        return ""
    }

    /// A link's count, where it says something: more than once, or not on the usual way.
    func count(_ link: PlanShape.Link, _ place: Int, _ look: Look) -> String {
        let passes = links[place].passes
        return passes > 1 || passes == 1 && !link.isMain ? look.times(passes) : ""
    }
}

extension PlanMarks.Stage {
    func sign(_ look: Look) -> StyledLine.Span {
        switch self {
        case .future: .init(String(look.glyphs.pick("·", "_")), look[.border])
        case .done: look.sign(.done)
        case .plain: .init(" ")
        case .current(let mark), .ended(let mark): look.sign(mark)
        }
    }

    /// The strokes of its box.
    var box: BoxStyle {
        switch self {
        case .future: .dashed
        case .done, .plain: .rounded
        case .current: .double
        case .ended: .heavy
        }
    }

    func border(_ look: Look) -> Style {
        switch self {
        case .future: look[.border]
        case .done, .plain: look[.dim]
        case .current(let mark), .ended(let mark): look[mark.role]
        }
    }

    func text(_ look: Look) -> Style {
        switch self {
        case .future: look[.dim]
        case .done, .plain: Style.plain
        case .current(let mark), .ended(let mark): look[mark.role].adding(.bold)
        }
    }

    /// The stroke beside a node of one row.
    func bar(_ look: Look) -> Character {
        switch self {
        case .future: look.glyphs.pick("┊", ":")
        case .done, .plain: look.glyphs.pick("│", "|")
        case .current: look.glyphs.pick("║", "#")
        case .ended: look.glyphs.pick("┃", "!")
        }
    }
}

extension Look {
    /// Another try.
    var again: String { String(glyphs.pick("↻", "~")) }
}
