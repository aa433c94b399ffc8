import SomaCore

/// Corrects, or only tells, that the clocks of two machines differ.
///
/// A child on another machine that isn't within its parent can't be so in truth. As Jaeger's adjuster does: a child that
/// fits is put into the middle of its parent, as if the way there took as long as the way back; one that is longer is
/// moved only if it begins before its parent; and all that the other machine did below it moves along. Like Jaeger by
/// default nothing is moved, and the span carries a warning with the difference, unless a larger `most` allows it.
/// Spans that know neither machine are compared where their services differ. What only follows its parent, or whose
/// parent isn't there, has nothing to be compared with.
struct ClockSkew {
    /// When each span begins, corrected.
    private(set) var starts: [Int64]
    /// By how much each span was moved, in nanoseconds.
    private(set) var moved: [Int32: Int64] = [:]
    /// By how much each span would have to be moved, where that is more than allowed.
    private(set) var refused: [Int32: Int64] = [:]

    init(_ trace: Trace, starts: [Int64], tree: SpanTree, most: Int64) {
        self.starts = starts
        let hosts = trace.set.resources.map { resource in
            let host = resource.host
            return host.isEmpty ? "service " + resource.service : "host " + host
        }
        // A number for each machine, so that a hundred thousand comparisons compare numbers.
        var numbers: [String: Int32] = [:]
        let machines = hosts.map { host -> Int32 in
            let number = numbers[host] ?? Int32(numbers.count)
            numbers[host] = number
            return number
        }
        guard numbers.count > 1 else { return }
        var deltas = Array(repeating: Int64(0), count: starts.count)
        for index in tree.order {
            let span = trace.set.spans[Int(index)]
            let place = Int(tree.parents[Int(index)])
            guard place >= 0, tree.remarks[index] == nil || tree.remarks[index] == .duplicate else {
                continue
            }
            let parent = trace.set.spans[place]
            func machine(_ resource: Int32) -> Int32 {
                machines.indices.contains(Int(resource)) ? machines[Int(resource)] : -1
            }
            var delta = deltas[place]
            if machine(span.resource) != machine(parent.resource) {
                delta =
                    span.follows
                    ? 0 : Self.delta(starts[Int(index)], span.duration, self.starts[place], parent.duration)
                if delta.magnitude > most.magnitude {
                    refused[index] = delta
                    delta = 0
                }
            }
            guard delta != 0 else { continue }
            deltas[Int(index)] = delta
            moved[index] = delta
            self.starts[Int(index)] = starts[Int(index)].addingClamped(delta)
        }
    }

    /// By how much a child must be moved to be within its parent.
    static func delta(_ child: Int64, _ duration: Int64, _ parent: Int64, _ whole: Int64) -> Int64 {
        if duration > whole { return child < parent ? parent.subtractingClamped(child) : 0 }
        if child >= parent, child.addingClamped(duration) <= parent.addingClamped(whole) { return 0 }
        return parent.addingClamped((whole - duration) / 2).subtractingClamped(child)
    }
}
