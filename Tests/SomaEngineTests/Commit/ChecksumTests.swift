import SomaEngine
import SomaSimulation
import Testing

@Suite("Checksum")
struct ChecksumTests {
    @Test("stays what it is, as files hold it")
    func pinned() {
        #expect(Checksum.of([]) == 0)
        #expect(Checksum.of(Array("soma".utf8)) == Checksum.of(Array("soma".utf8)))
        #expect((0...0xFFFF_FFFF).contains(Checksum.of(Array("any text longer than eight".utf8))))
    }

    @Test("sees every changed byte, every cut and every swap of words")
    func changes() {
        var generator = SeededGenerator(seed: 1)
        for count in [1, 7, 8, 9, 64, 351] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let sum = Checksum.of(bytes)
            for index in bytes.indices {
                for bit in 0..<8 {
                    var other = bytes
                    other[index] ^= 1 << bit
                    #expect(Checksum.of(other) != sum)
                }
                #expect(Checksum.of(Array(bytes[..<index])) != sum)
            }
            if count >= 16 {
                #expect(Checksum.of(Array(bytes[8..<16] + bytes[..<8] + bytes[16...])) != sum)
            }
        }
    }
}
