/// One line of a list of costs.
package struct CostGroup: Sendable, Hashable {
    /// The role, model, tool, conversation, tenant or day; empty where there is none.
    package var name: String
    /// How many runs have a part in it.
    package var runs: Int
    /// Calls and amounts.
    package var sum: CostSum
}

extension CostLedger {
    /// The sums by one dimension: the dearest first, then by tokens, then by name; days in their order.
    package func groups(by dimension: CostDimension) -> [CostGroup] {
        let groups = self.groups
        let values = groups.map { dimension.value(of: $0.key) }
        var sums: [String: CostSum] = [:]
        for (value, group) in zip(values, groups) {
            guard let value else { continue }
            sums[value] = (sums[value] ?? CostSum()) + group.sum
        }
        var runs: [String: Int] = [:]
        for tally in self.runs where tally.transitions > 0 {
            var names = Set(tally.groups.compactMap { values[$0] })
            switch dimension {
            case .role: names.insert(tally.role)
            case .tenant: names.insert(tally.tenant)
            case .conversation: names.insert(tally.conversation)
            case .model, .tool, .day: break
            }
            for name in names { runs[name, default: 0] += 1 }
        }
        let names = Set(sums.keys).union(runs.keys)
        let unsorted = names.map { CostGroup(name: $0, runs: runs[$0] ?? 0, sum: sums[$0] ?? CostSum()) }
        guard dimension != .day else { return unsorted.sorted { $0.name < $1.name } }
        return unsorted.sorted { left, right in
            let (one, other) = (left.sum.usage, right.sum.usage)
            if one.microdollars != other.microdollars { return one.microdollars > other.microdollars }
            if one.tokens != other.tokens { return one.tokens > other.tokens }
            return left.name < right.name
        }
    }

    /// What each run and all below it used themselves, by run.
    ///
    /// Whatever a log says about who delegated whom: a run that is its own ancestor counts once in each sum, and depth is
    /// no limit.
    package func subtrees() -> [RunID: Usage] {
        var below: [RunID: [Int]] = [:]
        for (place, tally) in runs.enumerated() {
            if let parent = tally.parent, parent != tally.run { below[parent, default: []].append(place) }
        }
        var sums: [RunID: Usage] = [:]
        var state = [UInt8](repeating: 0, count: runs.count)
        for root in runs.indices where state[root] == 0 {
            var stack = [root]
            while let place = stack.last {
                let tally = runs[place]
                let children = below[tally.run] ?? []
                if state[place] == 0 {
                    state[place] = 1
                    stack += children.filter { state[$0] == 0 }
                } else {
                    stack.removeLast()
                    guard state[place] == 1 else { continue }
                    state[place] = 2
                    sums[tally.run] = children.reduce(tally.own) { $0 + (sums[runs[$1].run] ?? .zero) }
                }
            }
        }
        return sums
    }
}
