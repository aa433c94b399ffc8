import SomaCore
import SomaMetrics
import Testing

@Suite("Mutated expositions")
struct FuzzTests {
    @Test("Nothing crashes, and what is read is written to the same again", arguments: 0..<16)
    func mutations(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let seeds = OwnCases.all.filter { !$0.bytes.isEmpty }
        var taken = 0
        for _ in 0..<1_500 {
            guard let one = seeds.randomElement(using: &random) else { return }
            var bytes = one.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, seeds, &random) }
            for format in Exposition.Format.allCases {
                guard let exposition = try? Exposition.parse(bytes, as: format) else { continue }
                taken += 1
                let again = try? Exposition.parse(exposition.written(), as: format)
                let place: Comment =
                    "seed \(seed), \(format): \(SafeQuote.quote(bytes)) → \(SafeQuote.quote(exposition.written()))"
                #expect(again?.samplesAlone == exposition.samplesAlone, place)
                _ = exposition.json.text(.compact)
            }
        }
        #expect(taken > 100)
    }

    private func mutate(_ bytes: inout [UInt8], _ seeds: [VerdictCase], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let marks = Array("{}\",=\\\n #0123456789.eE+-NaInfle_tolcsumbkTYPEHLUNOF\t\r\u{0}".utf8)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.insert(marks.randomElement(using: &random) ?? 0, at: place)
        case 1: if place < bytes.count { bytes.remove(at: place) }
        case 2: if place < bytes.count { bytes[place] = UInt8.random(in: .min ... .max, using: &random) }
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...12, using: &random)))
        case 4: bytes.insert(contentsOf: seeds.randomElement(using: &random)?.bytes ?? [], at: place)
        default:
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).shuffled(
                using: &random
            )
            bytes = Array(lines.joined(separator: [0x0A]))
        }
    }
}

extension Exposition {
    /// Names, labels, values and times of the samples.
    var samplesAlone: [String] {
        samples.map { sample in
            "\(sample.name) \(sample.labels) \(sample.value) \(String(describing: sample.timestamp)) "
                + "\(String(describing: sample.exemplar))"
        }
    }
}
