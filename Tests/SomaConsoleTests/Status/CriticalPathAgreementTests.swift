import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

/// The hierarchy of agents looks at when runs began and ended, the waterfall at what a run's own log says of those it
/// delegated to.
@Suite("Critical paths of fleets and of runs")
struct CriticalPathAgreementTests {
    /// Runs that delegate, some of them still at work.
    private struct World {
        private(set) var runs: [RunBuilder] = []
        private var random: SeededGenerator

        init(_ seed: UInt64) {
            random = SeededGenerator(seed &+ 5)
            make(parent: nil, at: start, depth: 0, mayGoOn: true)
        }

        /// When nothing more has happened.
        var now: Timestamp { (runs.map(\.now).max() ?? start) + .seconds(1) }

        /// Writes the log of a run and of all below it; when it ended, or `nil`.
        @discardableResult
        private mutating func make(parent: String?, at moment: Timestamp, depth: Int, mayGoOn: Bool)
            -> Timestamp?
        {
            let place = runs.count
            let id = "run\(place)"
            var run = RunBuilder(id, role: "r", goal: id, at: moment, parent: parent)
            runs.append(run)
            var under: [(end: Timestamp?, request: Int, child: String)] = []
            let doesEnd = !mayGoOn || random.happens(60)
            for _ in 0..<(depth < 3 ? Int.random(in: 0...(7 - 2 * depth), using: &random) : 0) {
                let next = run.now + .microseconds(Int64.random(in: 1...3_000_000, using: &random))
                finish(&under, until: next, &run)
                if under.isEmpty, random.happens(30) { run.go("on", to: "Execute", after: .microseconds(7)) }
                if under.isEmpty, random.happens(30) { run.call("tool", "{}", result: "") }
                run.now = max(run.now, next)
                let child = "run\(runs.count)"
                let request = run.spawn(child, role: "r", goal: child)
                let end = make(parent: id, at: run.now, depth: depth + 1, mayGoOn: !doesEnd)
                under.append((end, request, child))
            }
            finish(&under, until: nil, &run)
            run.wait(.microseconds(Int64.random(in: 1...2_000_000, using: &random)))
            if doesEnd { run.complete("done") }
            runs[place] = run
            return doesEnd ? run.now : nil
        }

        /// Takes the results of those that ended by then.
        private func finish(
            _ under: inout [(end: Timestamp?, request: Int, child: String)],
            until moment: Timestamp?,
            _ run: inout RunBuilder
        ) {
            let ended = under.compactMap { child in child.end.map { ($0, child.request, child.child) } }
                .filter { end in moment.map { end.0 <= $0 } ?? true }
                .sorted { $0.0 < $1.0 }
            for (end, request, child) in ended {
                run.now = end
                run.finishChild(request, child, result: "")
                under.removeAll { $0.request == request }
            }
        }
    }

    private func byHierarchy(_ world: World) -> Set<String> {
        var fleet = Fleet()
        for transition in world.runs.merged { fleet.apply(transition) }
        var index = FleetIndex()
        index.reset(fleet)
        let tree = AgentTree(top: index.root(of: 0), fleet, index)
        return Set(tree.critical.map { fleet.runs[Int($0)].id.rawValue })
    }

    private func byWaterfalls(_ world: World) -> Set<String> {
        let logs = Dictionary(uniqueKeysWithValues: world.runs.map { ($0.id.rawValue, $0.transitions) })
        var path: Set<String> = ["run0"]
        var open = ["run0"]
        while let log = open.popLast().flatMap({ logs[$0] }) {
            var waterfall = Waterfall()
            waterfall.read(log)
            for (index, span) in waterfall.spans.enumerated() where span.kind == .child {
                let weight = waterfall.weight(of: index, count: log.count, now: world.now)
                guard weight.isOnPath, let child = log[Int(span.start)].body["child"]?.string else {
                    continue
                }
                path.insert(child)
                open.append(child)
            }
        }
        return path
    }

    @Test("name the same runs", arguments: 0..<400)
    func agree(seed: UInt64) {
        let world = World(seed)
        // A run that delegated nothing has no path in the hierarchy.
        let expected = world.runs.count == 1 ? [] : byWaterfalls(world)
        #expect(byHierarchy(world) == expected)
    }

    @Test("the fleets are of many shapes: alone, deep, at work, with runs that nobody waited for")
    func shapes() {
        let worlds = (0..<400).map { World($0) }
        #expect(worlds.contains { $0.runs.count == 1 } && worlds.contains { $0.runs.count > 25 })
        #expect(worlds.contains { $0.runs.contains { !$0.state.status.isTerminal } })
        let off = worlds.count { $0.runs.count > 1 && byHierarchy($0).count < $0.runs.count }
        #expect(off > 100, "\(off)")
    }
}
