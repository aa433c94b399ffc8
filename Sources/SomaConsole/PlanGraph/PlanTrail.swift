package import SomaCore

/// The way that a run took: its visits in order, folded from its log as it arrives.
package struct PlanTrail: Sendable {
    /// One visit to a node.
    package struct Visit: Sendable, Hashable {
        /// The seq of its `node.entered`.
        package var id: Int
        package var node: String
        package var enteredAt: Timestamp
        /// The node that it came from.
        package var from: String?
        /// The seq of its `node.left`; `nil` while it goes on.
        package var leftSeq: Int?
        package var leftAt: Timestamp?
        /// What came of it: the label that the run left by.
        package var outcome = ""
        /// Where the run went from there; several where it forked.
        package var next: [String] = []
        /// Whether a verification rejected in it.
        package var isRejected = false
        /// Tries beyond the first of what it asked for.
        package var retries = 0
        /// What it asked for, by name; the latest few.
        package var calls: [String] = []
    }

    /// The visits in order of their beginning.
    package private(set) var visits: [Visit] = []
    /// The places of each node's visits.
    package private(set) var byNode: [String: [Int]] = [:]
    /// How many transitions were taken in.
    package private(set) var count = 0
    /// The first of them.
    package private(set) var first: Int?

    /// When rejected visits went back from one node to another, by the seqs at which they left.
    private var rejections: [Way: [Int]] = [:]
    private var open: [Int: Int] = [:]
    /// The visit that each effect under way belongs to.
    private var effects: [Int: Int] = [:]

    private struct Way: Hashable {
        var from: String
        var to: String
    }

    /// The most calls of one visit that are remembered.
    package static let callsMax = 3

    package init() {}

    /// Takes the next transition in.
    package mutating func append(_ transition: Transition) {
        if first == nil { first = transition.seq }
        count += 1
        let body = transition.body
        switch transition.kind {
        case .nodeEntered:
            guard let node = transition.node else { return }
            open[transition.seq] = visits.count
            byNode[node, default: []].append(visits.count)
            visits.append(
                Visit(
                    id: transition.seq,
                    node: node,
                    enteredAt: transition.at,
                    from: body["from"]?.string
                )
            )
        case .nodeLeft:
            guard let id = body["activation"]?.int, let place = open.removeValue(forKey: id) else { return }
            visits[place].leftSeq = transition.seq
            visits[place].leftAt = transition.at
            visits[place].outcome = body["outcome"]?.string ?? ""
            visits[place].next = (body["next"]?.array ?? []).compactMap { $0["node"]?.string }
            guard visits[place].isRejected else { return }
            for next in visits[place].next {
                rejections[Way(from: visits[place].node, to: next), default: []].append(transition.seq)
            }
        case .verifyJudged:
            guard body["accepted"]?.bool != true else { return }
            let place =
                body["activation"]?.int.flatMap { open[$0] } ?? transition.cause.flatMap { open[$0] }
                ?? visits.lastIndex { $0.node == transition.node && $0.leftSeq == nil }
            if let place { visits[place].isRejected = true }
        case .effectRequested:
            guard let place = body["activation"]?.int.flatMap({ open[$0] }) else { return }
            effects[transition.seq] = place
            visits[place].calls.append(body["name"]?.string ?? "")
            if visits[place].calls.count > Self.callsMax { visits[place].calls.removeFirst() }
        case .effectStarted:
            guard transition.attempt > 1, let place = body["effect"]?.int.flatMap({ effects[$0] }) else {
                return
            }
            visits[place].retries += 1
        case .effectFinished:
            guard body["retry"] == nil, let effect = body["effect"]?.int else { return }
            effects[effect] = nil
        default: break
        }
    }

    /// How many visits had begun at a seq.
    package func visitCount(upTo seq: Int) -> Int { visits.count(upTo: seq) { $0.id } }

    /// How often a verification that rejected went back from one node to another, up to a seq.
    package func rejections(from: String, to: String, upTo seq: Int) -> Int {
        guard let seqs = rejections[Way(from: from, to: to)] else { return 0 }
        return seqs.count(upTo: seq) { $0 }
    }

    /// The visit that began at a seq.
    package func visit(_ id: Int) -> Visit? {
        let place = visitCount(upTo: id) - 1
        return visits.indices.contains(place) && visits[place].id == id ? visits[place] : nil
    }

    /// The newest visits to a node that had begun at a seq, the newest first.
    package func visits(to node: String, upTo seq: Int, count: Int) -> [Visit] {
        guard let places = byNode[node] else { return [] }
        let known = places.count(upTo: seq) { visits[$0].id }
        return places[..<known].suffix(count).reversed().map { visits[$0] }
    }
}

extension Array {
    /// How many of the elements, which are in order, have a seq of at most this one.
    fileprivate func count(upTo seq: Int, _ value: (Element) -> Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if value(self[middle]) <= seq { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
