import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Alignment")
struct AlignmentTests {
    private func random(_ count: Int, names: Int, _ generator: inout SeededGenerator) -> [Alignment.Key] {
        (0..<count).map { _ in
            let path = Int.random(in: 0..<names, using: &generator)
            return Alignment.Key(path: path, whole: path * 8 + Int.random(in: 0..<3, using: &generator))
        }
    }

    /// The same with some steps changed, gone or new.
    private func edited(_ keys: [Alignment.Key], _ generator: inout SeededGenerator) -> [Alignment.Key] {
        var result: [Alignment.Key] = []
        for key in keys {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: break
            case 1: result += [key, Alignment.Key(path: 900, whole: 9_000)]
            case 2: result.append(Alignment.Key(path: key.path, whole: key.whole + 7_000))
            default: result.append(key)
            }
        }
        return result
    }

    @Test("every step comes once, in order, and both ways round give the same", arguments: 0..<200)
    func properties(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let names = [2, 5, 40, 2_000][seed % 4]
        let left = random(Int.random(in: 0...600, using: &generator), names: names, &generator)
        let right =
            seed % 3 == 0
            ? random(Int.random(in: 0...600, using: &generator), names: names, &generator)
            : edited(left, &generator)
        let pairs = Alignment.pairs(left, right)
        #expect(pairs.compactMap(\.left) == Array(left.indices))
        #expect(pairs.compactMap(\.right) == Array(right.indices))
        #expect(pairs.allSatisfy { $0.left != nil || $0.right != nil })
        let mirrored = Alignment.pairs(right, left).map { Alignment.Pair(left: $0.right, right: $0.left) }
        #expect(mirrored == pairs)
    }

    @Test("what is the same is found to be the same", arguments: 0..<50)
    func equal(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let keys = random(1_000, names: 3 + seed, &generator)
        #expect(Alignment.pairs(keys, keys) == keys.indices.map { Alignment.Pair(left: $0, right: $0) })
    }

    @Test("as many steps belong together as the longest common way has, in pieces that are aligned best")
    func best() {
        var generator = SeededGenerator(3)
        for _ in 0..<40 {
            let left = random(60, names: 6, &generator)
            let right = random(50, names: 6, &generator)
            let found = Alignment.pairs(left, right).count { pair in
                guard let first = pair.left, let second = pair.right else { return false }
                return left[first].path == right[second].path
            }
            #expect(found >= common(left.map(\.path), right.map(\.path)))
        }
    }

    private func common(_ left: [Int], _ right: [Int]) -> Int {
        var lengths = [Int](repeating: 0, count: right.count + 1)
        for one in left {
            var diagonal = 0
            for (column, other) in right.enumerated() {
                let above = lengths[column + 1]
                lengths[column + 1] = one == other ? diagonal + 1 : max(above, lengths[column])
                diagonal = above
            }
        }
        return lengths[right.count]
    }

    @Test("among steps of the same way, those with the same arguments belong together")
    func prefers() {
        let left = [Alignment.Key(path: 1, whole: 10), Alignment.Key(path: 1, whole: 11)]
        let right = [Alignment.Key(path: 1, whole: 11)]
        #expect(Alignment.pairs(left, right) == [.init(left: 0, right: nil), .init(left: 1, right: 0)])
    }

    @Test("100,000 steps that have changed here and there are aligned in bounded work")
    func long() {
        var generator = SeededGenerator(11)
        let left = random(100_000, names: 7, &generator)
        let right = edited(left, &generator)
        let pairs = Alignment.pairs(left, right)
        #expect(pairs.compactMap(\.left).count == left.count)
        let same = pairs.count { pair in
            guard let first = pair.left, let second = pair.right else { return false }
            return left[first] == right[second]
        }
        #expect(same > left.count * 8 / 10)
    }

    @Test("a text's differences put together again give both texts", arguments: 0..<100)
    func words(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let words = ["git", " ", "good", "bad", "8aa", "\n", "東京", "=", "👩‍👩‍👧"]
        func text() -> String {
            (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                words[Int.random(in: 0..<words.count, using: &generator)]
            }.joined()
        }
        let (left, right) = (text(), text())
        let parts = WordDiff.parts(left, right)
        #expect(parts.filter { $0.place != .right }.map(\.text).joined() == left)
        #expect(parts.filter { $0.place != .left }.map(\.text).joined() == right)
    }

    @Test("only the words that differ are told apart")
    func wordParts() {
        #expect(
            WordDiff.parts("git bisect good 41f", "git bisect good 8aa --log") == [
                .init("git bisect good ", .both), .init("41f", .left), .init("8aa --log", .right),
            ]
        )
    }
}
