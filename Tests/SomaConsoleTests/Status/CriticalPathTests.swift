import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Critical path")
struct CriticalPathTests {
    private func path(_ stretches: [(Int64, Int64)], _ start: Int64, _ end: Int64) -> CriticalPath {
        CriticalPath(stretches.map { .init($0.0, $0.1) }, in: .init(start, end))
    }

    @Test(
        "of what goes on at once the one that ends last is on it, and before that what ended last until then"
    )
    func chain() {
        let path = path([(1, 4), (1, 7), (5, 10), (7, 9)], 0, 12)
        #expect(
            path.pieces == [
                .init(stretch: nil, start: 0, end: 1), .init(stretch: 0, start: 1, end: 4),
                .init(stretch: nil, start: 4, end: 5), .init(stretch: 2, start: 5, end: 10),
                .init(stretch: nil, start: 10, end: 12),
            ]
        )
        #expect(path.slacks() == [0, 1, 0, 1])
    }

    @Test("nothing at all is waited for by nobody, and what ended after the whole held nothing up")
    func outside() {
        #expect(path([], 3, 5).pieces == [.init(stretch: nil, start: 3, end: 5)])
        let late = path([(0, 9), (1, 2)], 0, 5)
        #expect(late.stretchesOnIt == [1])
        #expect(late.slacks() == [nil, 0])
        #expect(path([(4, 4)], 4, 4).slacks() == [0])
    }

    @Test("what goes on counts as ending last, of several the one that began first")
    func open() {
        let path = path([(2, .max), (1, .max), (0, 1)], 0, .max)
        #expect(path.stretchesOnIt == [2, 1])
    }

    /// Stretches as they come about: each begins some time after one or more others have ended, or at the start.
    private func world(_ seed: UInt64) -> [CriticalPath.Stretch] {
        var random = SeededGenerator(seed &+ 3)
        var stretches: [CriticalPath.Stretch] = []
        for _ in 0..<Int.random(in: 1...14, using: &random) {
            let start = Int64.random(in: 0...40, using: &random)
            stretches.append(.init(start, start + .random(in: 1...20, using: &random)))
        }
        return stretches
    }

    /// When all would have ended had each waited for what ended before it began, as long as it did, and one of them had
    /// taken longer.
    private func end(_ stretches: [CriticalPath.Stretch], longer index: Int, by more: Int64) -> Int64 {
        var ends = stretches.map(\.end)
        for (place, stretch) in stretches.enumerated().sorted(by: { $0.element.start < $1.element.start }) {
            let before = stretches.indices.filter { stretches[$0].end <= stretch.start }
            let was = before.map { stretches[$0].end }.max() ?? 0
            let shift = (before.map { ends[$0] }.max() ?? 0) - was
            ends[place] = stretch.end + shift + (place == index ? more : 0)
        }
        return ends.max() ?? 0
    }

    @Test("its pieces are the whole, each inside of its stretch", arguments: 0..<300)
    func parts(seed: UInt64) {
        let stretches = world(seed)
        let whole = CriticalPath.Stretch(-3, 50)
        let path = CriticalPath(stretches, in: whole)
        #expect(path.pieces.first?.start == whole.start)
        #expect(path.pieces.last?.end == whole.end)
        for (piece, next) in zip(path.pieces, path.pieces.dropFirst()) { #expect(piece.end == next.start) }
        for piece in path.pieces {
            guard let stretch = piece.stretch.map({ stretches[$0] }) else { continue }
            #expect(piece.start == stretch.start && piece.end == stretch.end)
        }
        #expect(path.pieces.reduce(0) { $0 + $1.end - $1.start } == 53)
    }

    @Test("the whole ends later exactly where something takes longer than it has slack", arguments: 0..<300)
    func slack(seed: UInt64) {
        let stretches = world(seed)
        let whole = stretches.map(\.end).max() ?? 0
        let path = CriticalPath(stretches, in: .init(0, whole))
        for (index, slack) in path.slacks().enumerated() {
            guard let slack else {
                Issue.record("stretch \(index) is outside of the whole")
                continue
            }
            if path.stretchesOnIt.contains(index) { #expect(slack == 0) }
            #expect(end(stretches, longer: index, by: slack) == whole)
            #expect(end(stretches, longer: index, by: slack + 3) == whole + 3)
        }
    }
}
