@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Cost table")
struct CostTableTests {
    private func table(
        _ axis: CostAxis,
        _ stories: [RunBuilder],
        parts: [CostPart] = [],
        isTree: Bool = false,
        reads: Bool = true,
        at now: Timestamp = CostStories.now
    ) -> CostTable {
        let fleet = Fleet(runs: stories.map(\.state))
        var logs = CostLogs()
        if reads { for transition in stories.merged { logs.note(transition) } }
        return table(axis, fleet, logs, parts: parts, isTree: isTree, at: now)
    }

    private func table(
        _ axis: CostAxis,
        _ fleet: Fleet,
        _ logs: CostLogs,
        parts: [CostPart] = [],
        isTree: Bool = false,
        at now: Timestamp = CostStories.now
    ) -> CostTable {
        var index = FleetIndex()
        index.reset(fleet)
        var wish = CostTable.Wish()
        (wish.axis, wish.parts, wish.isTree) = (axis, parts, isTree)
        wish.moment = CostMoment(now, ClockFace())
        var table = CostTable()
        table.update(wish, fleet, index, logs)
        return table
    }

    private func sum(_ table: CostTable) -> CostAmounts {
        table.all.reduce(CostAmounts()) { $0 + $1.amounts }
    }

    @Test("groups say who used what, and what it leads to")
    func groups() throws {
        let table = table(.model, CostStories.day)
        #expect(
            (0..<table.count).compactMap { table.line($0)?.name } == [
                .named("large-b"), .named("small-a"), .other,
            ]
        )
        let small = try #require(table.line(named: .named("small-a")))
        #expect(small.amounts.microdollars == 295_000)
        #expect(small.amounts.recent.microdollars == 210_000)
        #expect(small.amounts.today.microdollars == 295_000)
        #expect(small.amounts.asks == 4 && small.runs == 2)
        let yesterday = try #require(table.line(named: .named("large-b")))
        #expect(yesterday.amounts.microdollars == 1_880_000)
        #expect(yesterday.amounts.today.microdollars == 950_000)
    }

    @Test("the sums of the groups are the total, by every axis, with subtrees and without", arguments: 0..<16)
    func sums(seed: UInt64) throws {
        let stories = CostStories.random(seed)
        let charged = stories.flatMap(\.transitions).filter { $0.kind == .budgetCharged }
            .reduce(0) { $0 + ($1.body["microdollars"]?.int ?? 0) }
        for axis in CostAxis.allCases {
            for isTree in [false, true] {
                let table = table(axis, stories, isTree: isTree)
                #expect(sum(table) == table.total.amounts)
                #expect(table.total.amounts.microdollars == charged)
                let parts = table.all.map {
                    self.table(.run, stories, parts: [CostPart(axis, $0.name)], isTree: isTree)
                }
                #expect(parts.map(\.total.amounts).reduce(CostAmounts(), +) == table.total.amounts)
            }
        }
    }

    @Test("a list within two groups is what the one has of the other", arguments: 0..<8)
    func nested(seed: UInt64) {
        let stories = CostStories.random(seed)
        var generator = SeededGenerator(seed)
        for _ in 0..<12 {
            let (outer, inner) = (generator.pick(CostAxis.allCases), generator.pick(CostAxis.allCases))
            let isTree = generator.happens(50)
            for group in table(outer, stories, isTree: isTree).all {
                let part = CostPart(outer, group.name)
                for line in table(inner, stories, parts: [part], isTree: isTree).all {
                    let parts = [part, CostPart(inner, line.name)]
                    #expect(table(.run, stories, parts: parts, isTree: isTree).total.amounts == line.amounts)
                }
            }
        }
    }

    @Test("what was not read is in the total all the same, and in a group of its own", arguments: 0..<10)
    func unread(seed: UInt64) {
        let stories = CostStories.random(seed)
        let read = table(.role, stories)
        for axis in CostAxis.allCases {
            let table = table(axis, stories, reads: false)
            #expect(sum(table) == table.total.amounts)
            #expect(table.total.amounts.microdollars == read.total.amounts.microdollars)
            #expect(table.total.amounts.unreadMicrodollars == read.total.amounts.microdollars)
            guard axis == .model || axis == .tool else { continue }
            #expect(table.all.allSatisfy { $0.name == .unread })
        }
    }

    @Test("what a run comes to with its subtree is what it and its children come to", arguments: 0..<16)
    func subtrees(seed: UInt64) {
        let stories = CostStories.random(seed)
        let own = table(.run, stories)
        let trees = table(.run, stories, isTree: true)
        let parents = Dictionary(uniqueKeysWithValues: stories.map { ($0.id, $0.state.parent) })
        func top(_ run: RunID) -> RunID { parents[run].flatMap { $0 }.map(top) ?? run }
        var expected: [RunID: Int] = [:]
        for story in stories {
            let line = own.line(named: .named(story.id.rawValue))
            expected[top(story.id), default: 0] += line?.amounts.microdollars ?? 0
        }
        for (run, amount) in expected {
            #expect(trees.line(named: .named(run.rawValue))?.amounts.microdollars == amount)
        }
    }

    @Test("kept up as news comes, a list is what it would be if it were made anew", arguments: 0..<24)
    func keptUp(seed: UInt64) {
        let stories = CostStories.random(seed)
        var generator = SeededGenerator(seed)
        var (fleet, index, logs, kept) = (Fleet(), FleetIndex(), CostLogs(), CostTable())
        var wish = CostTable.Wish()
        wish.axis = generator.pick(CostAxis.allCases)
        wish.isTree = generator.happens(50)
        wish.moment = CostMoment(CostStories.now, ClockFace())
        // Some runs were there before anybody looked on.
        let known = Set(stories.filter { _ in generator.happens(70) }.map(\.id))
        for (number, transition) in stories.merged.enumerated() {
            fleet.apply(transition)
            index.touch(fleet.place(of: transition.run))
            if known.contains(transition.run) { logs.note(transition) }
            guard generator.happens(30) || number == stories.merged.count - 1 else { continue }
            index.refresh(fleet)
            kept.update(wish, fleet, index, logs)
            for (run, after) in logs.next(behind: kept.behind, unread: kept.unread, fleet, isRecorded: false)
            {
                let log = stories.first { $0.id == run }?.transitions ?? []
                logs.take(run, generator.happens(80) ? log.filter { $0.seq > after } : nil)
            }
        }
        index.refresh(fleet)
        kept.update(wish, fleet, index, logs)
        let anew = table(wish.axis, fleet, logs, isTree: wish.isTree)
        #expect(Set(kept.all) == Set(anew.all))
        #expect(kept.total == anew.total)
        #expect(kept.hours == anew.hours)
        #expect(kept.budget == anew.budget)
        #expect(kept.unread == anew.unread && kept.behind == anew.behind)
        #expect((0..<kept.count).map { kept.line($0) } == (0..<anew.count).map { anew.line($0) })
        // Time goes on while nothing happens, past midnight too.
        for minutes in [1, 31, 59, 200, 700] {
            let now = CostStories.now + .seconds(60 * minutes)
            wish.moment = CostMoment(now, ClockFace())
            kept.update(wish, fleet, index, logs)
            let anew = table(wish.axis, fleet, logs, isTree: wish.isTree, at: now)
            #expect(Set(kept.all) == Set(anew.all) && kept.total == anew.total && kept.hours == anew.hours)
        }
    }

    @Test("one change of one run works out one run")
    func incremental() {
        var stories = (0..<200).map { number in
            CostStories.run("r\(number)aaaaaaaaaa", role: "coder", goal: "g", at: start, calls: [("a", 10)])
        }
        var fleet = Fleet(runs: stories.map(\.state))
        var index = FleetIndex()
        index.reset(fleet)
        var logs = CostLogs()
        for transition in stories.merged { logs.note(transition) }
        var table = CostTable()
        var wish = CostTable.Wish()
        wish.moment = CostMoment(CostStories.now, ClockFace())
        table.update(wish, fleet, index, logs)
        let before = table.worked
        stories[7].charge(tokens: 1, microdollars: 5)
        guard let last = stories[7].transitions.last else { return }
        fleet.apply(last)
        logs.note(last)
        index.touch(7)
        index.refresh(fleet)
        table.update(wish, fleet, index, logs)
        #expect(table.worked == before + 1)
        #expect(table.total.amounts.microdollars == 200 * 10 + 5)
        table.update(wish, fleet, index, logs)
        #expect(table.worked == before + 1)
    }

    @Test("budgets: a child's grant lies within its parent's, and what is left is for the tree")
    func budgets() throws {
        let table = table(.role, CostStories.day)
        #expect(table.budget.limit == 2_000_000)
        #expect(table.budget.used == 850_000 + 310_000)
        let researcher = try #require(table.line(named: .named("researcher")))
        #expect(researcher.left == 840_000 && researcher.open == 1 && researcher.boundless == 0)
        let coder = try #require(table.line(named: .named("coder")))
        #expect(coder.left == 0 && coder.open == 1 && coder.boundless == 0)
    }

    @Test("a forecast is the day so far and the last hour for the hours that are left")
    func forecast() {
        var amounts = CostAmounts()
        amounts.today.microdollars = 1_000
        amounts.recent.microdollars = 100
        let forecast = CostForecast(amounts, .money, hoursLeft: 2.5)
        #expect(forecast.dayEnd == 1_250)
        #expect(forecast.lasts(50) == .seconds(1_800))
        #expect(CostForecast(CostAmounts(), .money, hoursLeft: 9).lasts(50) == nil)
        #expect(CostMoment(start, ClockFace()).hoursLeft == 10)
        #expect(CostMoment(start, ClockFace(offsetSeconds: 19_800)).hoursLeft == 4.5)
    }
}
