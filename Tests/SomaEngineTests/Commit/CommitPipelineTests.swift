import SomaCore
import SomaTesting
import Testing

@testable import SomaEngine

@Suite("Commits on their way")
struct CommitPipelineTests {
    /// A group of one run's first transition.
    private func group(_ name: String) -> CommitGroup {
        let run = RunID(name)
        let at = Timestamp(microseconds: 0)
        let transition = Transition(run: run, seq: 1, at: at, kind: .runStarted, node: nil, body: [:])
        return CommitGroup(run: run, transitions: [transition], content: [], snapshots: [])
    }

    private func pipeline(_ count: Int, isShared: Bool = true) -> CommitPipeline {
        var pipeline = CommitPipeline(isShared: isShared)
        for number in 0..<count { pipeline.add(group("\(number)")) }
        return pipeline
    }

    @Test("The first commit begins at once, however small it is")
    func first() throws {
        var pipeline = pipeline(1)
        let next = pipeline.next()
        let commit = try #require(next)
        #expect(commit.number == 1 && !commit.isAhead)
        #expect(pipeline.runsUnderWay == [RunID("0")])
        let second = pipeline.next()
        #expect(second == nil)
    }

    @Test(
        "A second one is formed ahead only when it is worth while",
        arguments: [(1, 15, false), (1, 16, true), (40, 39, false), (40, 40, true)]
    )
    func ahead(first: Int, then: Int, begins: Bool) {
        var pipeline = pipeline(first)
        let before = pipeline.next()
        #expect(before?.groups.count == first)
        for number in 0..<then { pipeline.add(group("later-\(number)")) }
        let second = pipeline.next()
        #expect((second != nil) == begins)
        #expect(second?.isAhead ?? true)
    }

    @Test("There are never three on their way")
    func two() {
        var pipeline = pipeline(16)
        var begun = [pipeline.next()]
        for round in 0..<2 {
            for number in 0..<100 { pipeline.add(group("\(round)-\(number)")) }
            begun.append(pipeline.next())
        }
        #expect(begun.map { $0 != nil } == [true, true, false])
    }

    @Test("What is more than a commit takes waits for the next")
    func limit() {
        var pipeline = pipeline(CommitPipeline.groupsPerCommitMax + 1)
        let first = pipeline.next()
        #expect(first?.groups.count == CommitPipeline.groupsPerCommitMax)
        #expect(pipeline.waiting.count == 1)
    }

    @Test("Losing everything counts for what was decided before it, and not for what comes after")
    func losses() throws {
        var pipeline = pipeline(1)
        let first = pipeline.next()
        let before = try #require(first).number
        pipeline.loseAll()
        #expect(pipeline.wasLost(before))
        pipeline.landed(before)
        #expect(!pipeline.wasLost(before) && pipeline.isIdle)
        pipeline.add(group("after"))
        let second = pipeline.next()
        #expect(!pipeline.wasLost(try #require(second).number))
    }

    @Test("Alone on its store it need not know whose commits are on their way")
    func alone() {
        var pipeline = pipeline(3, isShared: false)
        let first = pipeline.next()
        #expect(first?.groups.count == 3)
        #expect(pipeline.runsUnderWay.isEmpty && !pipeline.isIdle)
    }

    @Test(
        "Each group is written once and in order, and whose are under way is known",
        arguments: 0..<200 as Range<UInt64>
    )
    func anyOrder(seed: UInt64) {
        var generator = SeededGenerator(seed)
        var pipeline = CommitPipeline(isShared: true)
        var (added, written, dropped): ([RunID], [RunID], Set<RunID>) = ([], [], [])
        var underWay: [CommitPipeline.Commit] = []
        for step in 0..<300 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let group = group("\(step)")
                added.append(group.run)
                pipeline.add(group)
            case 6:
                guard let run = pipeline.waiting.randomElement(using: &generator)?.run else { continue }
                pipeline.drop([run])
                dropped.insert(run)
            case 7..<9:
                guard let commit = pipeline.next() else { continue }
                #expect(commit.isAhead == !underWay.isEmpty)
                underWay.append(commit)
                written += commit.groups.map(\.run)
            default:
                guard !underWay.isEmpty else { continue }
                pipeline.landed(underWay.removeFirst().number)
            }
            #expect(pipeline.runsUnderWay == Set(underWay.flatMap(\.groups).map(\.run)))
            #expect(pipeline.isIdle == (underWay.isEmpty && pipeline.waiting.isEmpty))
        }
        #expect(written + pipeline.waiting.map(\.run) == added.filter { !dropped.contains($0) })
    }

    @Test("A commit's turn has come when the one before is over, and not before that one's own has")
    func turns() {
        let first = CommitTurn()
        let second = CommitTurn(after: first)
        let third = CommitTurn(after: second)
        #expect([first, second, third].map(\.hasCome) == [true, false, false])
        first.pass()
        #expect([second, third].map(\.hasCome) == [true, false])
        second.pass()
        #expect(third.hasCome)
    }
}
