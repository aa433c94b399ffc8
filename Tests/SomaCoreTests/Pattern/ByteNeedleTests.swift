import SomaTesting
import Testing

@testable import SomaCore

@Suite("Looking for bytes")
struct ByteNeedleTests {
    static func reference(_ needle: [UInt8], _ hay: [UInt8], _ start: Int, _ folds: Bool) -> Int? {
        func fold(_ bytes: some Sequence<UInt8>) -> [UInt8] {
            bytes.map { folds ? ByteNeedle.folded($0) : $0 }
        }
        guard !needle.isEmpty, hay.count >= needle.count else { return nil }
        return (start..<max(start, hay.count - needle.count + 1)).first {
            fold(hay[$0..<$0 + needle.count]) == fold(needle)
        }
    }

    @Test("finds the first place, as trying each place does", arguments: 0..<50)
    func equalsReference(_ part: Int) {
        var generator = SyntheticGenerator(seed: UInt64(part))
        let alphabet = Array("abAB01\"z\u{7F}`@[{".utf8) + [0, 0x80, 0xFF, 0x41 &- 1]
        for _ in 0..<200 {
            let size = Int.random(in: 0...40, using: &generator)
            let hay = (0..<size).map { _ in generator.pick(alphabet) }
            let needle = (0..<Int.random(in: 0...4, using: &generator)).map { _ in generator.pick(alphabet) }
            let start = Int.random(in: 0...size, using: &generator)
            let folds = generator.happens(50)
            let found = hay.withUnsafeBufferPointer {
                ByteNeedle(needle, foldsCase: folds).find(in: $0, from: start)
            }
            #expect(found == Self.reference(needle, hay, start, folds), "\(needle) in \(hay) from \(start)")
        }
    }

    @Test("characters in their order match, those that lie together better")
    func fuzzy() {
        func score(_ pattern: String, _ text: String) -> Int? {
            Array(text.utf8).withUnsafeBufferPointer { FuzzyPattern(pattern).score($0) }
        }
        #expect(score("efi", "effect.finished") != nil)
        #expect(score("EFI", "effect.finished") == nil)
        #expect(score("fie", "effect.started") == nil)
        #expect(score("", "anything") == 0)
        #expect(score("x", "") == nil)
        #expect(score("plan", "Plan") ?? 0 > score("plan", "p.l.a.n") ?? 0)
        #expect(score("ef", "effect.finished") ?? 0 > score("ef", "rename of") ?? 0)
        #expect(score("cd", "a coder does") ?? 0 > score("cd", "accidental") ?? 0)
        #expect(score("z", String(repeating: "a", count: FuzzyPattern.textBytesMax) + "z") == nil)
    }
}
