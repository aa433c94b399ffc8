@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

extension FleetRows {
    /// The runs and headings in order, as a person would read them.
    func ids(_ fleet: Fleet) -> [String] {
        (0..<count).compactMap { row($0, fleet) }.map { row in
            row.id?.short ?? "# " + (row.group?.text ?? "")
        }
    }
}

/// A fleet with its index and one table of it, fed with transitions.
private struct Sheet {
    var fleet = Fleet()
    var index = FleetIndex()
    var words = WordsCache()
    var rows = FleetRows()
    var wish: FleetRows.Wish

    init(_ wish: FleetRows.Wish = .init()) { self.wish = wish }

    var source: FleetRows.Source { .init(fleet: fleet, index: index, words: words, moment: start) }

    mutating func take(_ transitions: some Sequence<Transition>) {
        for transition in transitions {
            fleet.apply(transition)
            index.touch(fleet.place(of: transition.run))
        }
    }

    mutating func settle() {
        index.refresh(fleet)
        rows.update(wish, source)
    }

    /// What the rows would be were they made anew.
    var fresh: [String] {
        var index = FleetIndex()
        index.reset(fleet)
        var rows = FleetRows()
        rows.update(wish, .init(fleet: fleet, index: index, words: words, moment: start))
        return rows.ids(fleet)
    }
}

@Suite("Fleet rows")
struct FleetRowsTests {
    private static func wish(
        _ sort: FleetSort = .needs,
        _ grouping: FleetGrouping = .tree,
        _ filter: String = "",
        isReversed: Bool = false
    ) -> FleetRows.Wish {
        var wish = FleetRows.Wish()
        (wish.sort, wish.grouping, wish.isReversed) = (sort, grouping, isReversed)
        wish.filter = (try? Filter(filter, fields: RunSubject.fields)) ?? Filter()
        return wish
    }

    private func rows(_ wish: FleetRows.Wish) -> [String] {
        var table = Sheet(wish)
        for (id, text) in Stories.mix.words { table.words.put(WordsState(text), for: id) }
        table.take(Stories.mix.merged)
        table.settle()
        return table.rows.ids(table.fleet)
    }

    @Test("runs stand alone or in groups with headings, the groups by what matters or by name")
    func groupings() {
        #expect(
            rows(Self.wish(.needs, .none)) == [
                "b02c44", "7f3a91", "c9d1e1", "c9d1e2", "c9d1e0", "4410fe", "0a77c2",
            ]
        )
        #expect(
            rows(Self.wish(.needs, .role)) == [
                "# coder", "c9d1e2", "0a77c2", "# operator", "b02c44", "7f3a91", "# researcher", "c9d1e1",
                "c9d1e0", "4410fe",
            ]
        )
        #expect(
            rows(Self.wish(.run, .state)) == [
                "# needs", "7f3a91", "# doubt", "b02c44", "# run", "c9d1e1", "# child", "c9d1e0", "# tool",
                "c9d1e2", "# failed", "0a77c2", "# done", "4410fe",
            ]
        )
    }

    @Test("each column orders: texts from A, amounts from the greatest")
    func sorts() {
        #expect(rows(Self.wish(.run, .none)).first == "0a77c2")
        #expect(rows(Self.wish(.run, .none, isReversed: true)).first == "c9d1e2")
        #expect(rows(Self.wish(.tokens, .none)).prefix(3) == ["0a77c2", "7f3a91", "c9d1e0"])
        #expect(rows(Self.wish(.cost, .none)).prefix(2) == ["0a77c2", "7f3a91"])
        #expect(rows(Self.wish(.goal, .none)).prefix(2) == ["c9d1e2", "0a77c2"])
        #expect(rows(Self.wish(.role, .none)).first == "0a77c2")
        // Who waits stays before who works and who has ended, the longest first in each.
        #expect(
            rows(Self.wish(.time, .none)) == [
                "b02c44", "7f3a91", "c9d1e0", "c9d1e1", "c9d1e2", "0a77c2", "4410fe",
            ]
        )
    }

    @Test("a tree's children follow the order too, below their parent")
    func treeSort() {
        let ids = rows(Self.wish(.tokens))
        let place = ids.firstIndex(of: "c9d1e0") ?? 0
        #expect(ids[place...].prefix(3) == ["c9d1e0", "c9d1e2", "c9d1e1"])
        let turned = rows(Self.wish(.tokens, isReversed: true))
        let other = turned.firstIndex(of: "c9d1e0") ?? 0
        #expect(turned[other...].prefix(3) == ["c9d1e0", "c9d1e1", "c9d1e2"])
    }

    @Test("rows kept up by changes are those made anew, in any order of transitions", arguments: 1...12)
    func incremental(seed: UInt64) {
        for sort in FleetSort.allCases {
            for grouping in FleetGrouping.allCases {
                var random = SeededGenerator(seed)
                let filter = seed % 3 == 0 ? "role:researcher" : seed % 3 == 1 ? "deploy" : ""
                var table = Sheet(Self.wish(sort, grouping, filter, isReversed: seed % 2 == 0))
                let words = Stories.mix.words.sorted { "\($0.key)" < "\($1.key)" }
                var open = words.shuffled(using: &random)
                for transition in Stories.mix.flatMap(\.transitions).shuffled(using: &random) {
                    table.take([transition])
                    guard Int.random(in: 0..<7, using: &random) == 0 else { continue }
                    if let (id, text) = open.popLast() { table.words.put(WordsState(text), for: id) }
                    table.settle()
                }
                for (id, text) in open { table.words.put(WordsState(text), for: id) }
                table.settle()
                #expect(table.rows.ids(table.fleet) == table.fresh, "\(sort) \(grouping)")
                for number in 0..<table.rows.count {
                    guard let row = table.rows.row(number, table.fleet) else { continue }
                    if let place = row.place {
                        #expect(table.rows.number(ofRun: place, table.index) == number)
                    } else if let key = row.group {
                        #expect(table.rows.number(ofGroup: key) == number)
                    }
                }
            }
        }
    }

    @Test("a group's sums count each token once, although parents take over what their children used")
    func sums() {
        var stories = Stories.research()
        stories[1].complete("read")
        stories[0].wait(.seconds(60))
        // The parent's share of what the child used.
        stories[0].add(
            .childFinished,
            [
                "child": .string(stories[1].id.rawValue), "request": 0, "status": "completed",
                "usage": ["tokens": 2_100, "microdollars": 10_000, "steps": 5],
            ]
        )
        var table = Sheet(Self.wish(.needs, .role))
        table.take(stories.merged)
        table.settle()
        let parent = table.fleet[stories[0].id]?.budget.spent.tokens
        #expect(parent == 1_300 + 10_100 + 2_100)
        let sum = table.rows.sum(of: RunKey(text: "researcher"))
        #expect(sum.spent.tokens == 1_300 + 10_100 + 2_100)
        #expect((sum.runs, sum.running, sum.needing, sum.failed) == (2, 1, 0, 0))
        let top = table.fleet.place(known: stories[0].id) ?? 0
        #expect(table.index.treeUsage(of: top).tokens == 1_300 + 10_100 + 2_100 + 6_000)
    }

    @Test("trees and groups fold to one row, one or all, and unfold")
    func folds() {
        var table = Sheet()
        table.take(Stories.mix.merged)
        table.settle()
        let all = table.rows.ids(table.fleet)
        let row = all.firstIndex(of: "c9d1e0").flatMap { table.rows.row($0, table.fleet) }
        #expect(row?.fold == .open)
        if let row { table.rows.toggleFold(row, table.source) }
        #expect(table.rows.ids(table.fleet) == all.filter { $0 != "c9d1e1" && $0 != "c9d1e2" })
        let hidden = table.fleet.place(known: RunID("c9d1e2b7r4t2m6s")) ?? 0
        #expect(table.rows.number(ofRun: hidden, table.index) == nil)
        table.rows.reveal(hidden, table.source)
        #expect(table.rows.ids(table.fleet) == all)
        table.rows.toggleAll(table.source)
        #expect(table.rows.count == all.count - 2)
        table.rows.toggleAll(table.source)
        #expect(table.rows.ids(table.fleet) == all)
        table.wish = Self.wish(.needs, .role)
        table.settle()
        table.rows.toggleAll(table.source)
        #expect(table.rows.ids(table.fleet) == ["# coder", "# operator", "# researcher"])
    }

    @Test("a transition costs work for its run, or its tree, and not for the others")
    func countedWork() {
        let runs = (0..<2_000).map { number in
            RunBuilder("r\(number)", role: "coder", goal: "g", at: start + .seconds(number))
        }
        for wish in [Self.wish(), Self.wish(.tokens, .role), Self.wish(.needs, .none, "role:coder")] {
            var table = Sheet(wish)
            table.take(runs.merged)
            table.settle()
            #expect(table.rows.worked == 2_000)
            var run = runs[777]
            run.charge(tokens: 5, microdollars: 1)
            table.take(run.transitions)
            table.settle()
            #expect(table.rows.worked == 2_001)
            table.settle()
            #expect(table.rows.worked == 2_001)
        }
    }

    @Test("a table that was out of sight for long is made anew and right")
    func behind() {
        var table = Sheet()
        table.take(Stories.mix.merged)
        table.settle()
        var run = Stories.done()
        for _ in 0...FleetIndex.changesMax {
            run.charge(tokens: 1, microdollars: 1)
            table.take(run.transitions.suffix(1))
            table.index.refresh(table.fleet)
        }
        table.settle()
        #expect(table.rows.ids(table.fleet) == table.fresh)
    }

    @Test("an ordered list of runs keeps its rows whatever is put in and taken out", arguments: 1...20)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed)
        var order = RunOrder(isReversed: seed % 2 == 0)
        var model: [RunOrder.Entry] = []
        for step in 0..<3_000 {
            if Int.random(in: 0..<3, using: &random) == 0, let entry = model.randomElement(using: &random) {
                order.remove(entry)
                model.removeAll { $0 == entry }
            } else {
                let entry = RunOrder.Entry(
                    key: RunKey(
                        zone: Int.random(in: 0...2, using: &random),
                        number: Int64.random(in: 0...20, using: &random)
                    ),
                    name: "\(step % 40)",
                    place: Int32(step),
                    rows: Int32.random(in: 1...3, using: &random)
                )
                order.insert(entry)
                model.append(entry)
            }
        }
        model.sort { RunOrder.isLess($0, $1, order.isReversed) }
        let rows = model.flatMap { entry in (0..<Int(entry.rows)).map { (entry, $0) } }
        #expect(order.rows == rows.count)
        #expect(order.count == model.count)
        for (number, row) in rows.enumerated() {
            let found = order.entry(atRow: number)
            #expect(found?.entry == row.0 && found?.offset == row.1)
        }
        #expect(order.entry(atRow: rows.count) == nil)
        for entry in model { #expect(order.row(of: entry) == rows.firstIndex { $0.0 == entry }) }
    }
}
