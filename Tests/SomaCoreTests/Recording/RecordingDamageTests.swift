import FoundationEssentials
import SomaTesting
import Testing

@testable import SomaCore

/// HAZARDS: torn and flipped bytes.
@Suite("A damaged recording")
struct RecordingDamageTests {
    static let events = RecordingSample.events(transitions: 60, runs: 4)
    static let whole = RecordingSample.bytes(events, keyframeBytesMin: 2048)
    /// Every how many bytes a cut or flip is made: 1 where `SOMA_DAMAGE=all` asks for all, which takes minutes.
    static let step = ProcessInfo.processInfo.environment["SOMA_DAMAGE"] == "all" ? 1 : 101
    static let fleet = RecordingSample.transitions(events).reduce(into: Fleet()) { $0.apply($1) }

    @Test("cut anywhere, it keeps all whole lines", arguments: 0..<4)
    func cuts(_ part: Int) throws {
        // The state after each whole line, to compare with.
        var ends: [(offset: Int, fleet: Fleet)] = []
        var fleet = Fleet()
        var reader = try RecordingReader(bytes: Self.whole).lines()
        let all = try RecordingReader(bytes: Self.whole)
        while let line = reader.next() {
            if line.kind == .transition { fleet.apply(try Transition(cloudEvent: all.bytes(of: line))) }
            ends.append((line.bytes.upperBound, fleet))
        }
        var known = 0
        for cut in stride(from: part, to: Self.whole.count, by: 4 * Self.step) {
            while known < ends.count, ends[known].offset <= cut { known += 1 }
            guard known > 0 else {
                #expect(throws: RecordingError.self) { try RecordingReader(bytes: Array(Self.whole[..<cut])) }
                continue
            }
            let recording = try RecordingReader(bytes: Array(Self.whole[..<cut]))
            let expected = ends[known - 1].fleet
            let found = recording.fleet(at: .end)
            if found.transitions != expected.transitions || cut % 97 == 0 {
                #expect(difference(found, expected) == "")
            }
        }
    }

    @Test(
        "with a byte flipped anywhere it opens, and what it shows is true or called damaged",
        arguments: 0..<4
    )
    func flips(_ part: Int) {
        let expected = Self.fleet.summarised
        for offset in stride(from: part, to: Self.whole.count, by: 4 * Self.step) {
            var bytes = Self.whole
            bytes[offset] ^= offset % 3 == 0 ? 0x01 : offset % 3 == 1 ? 0x10 : 0xFF
            guard let recording = try? RecordingReader(bytes: bytes) else {
                #expect(offset < 100, "only the header's version can keep it from opening")
                continue
            }
            let shown = recording.fleet(at: .end).summarised
            if shown != expected { #expect(!recording.verify().isEmpty, "flipped at \(offset)") }
        }
    }

    @Test("a changed line is called damaged by a seek that passes it")
    func seeking() throws {
        let recording = try RecordingReader(bytes: Self.whole)
        let line = try #require(recording.lines().first { $0.kind == .transition })
        var bytes = Self.whole
        let text = recording.bytes(of: line)
        let at = try #require(text.lastIndex(of: UInt8(ascii: "1")))
        bytes[line.bytes.lowerBound + at] = UInt8(ascii: "2")
        let damaged = try RecordingReader(bytes: bytes)
        _ = damaged.fleet(at: .transition(2))
        #expect(damaged.problems.map(\.kind) == [.damaged])
    }

    @Test("a damaged keyframe is passed over")
    func keyframes() throws {
        let recording = try RecordingReader(bytes: Self.whole)
        let keyframe = try #require(recording.index.keyframes.last)
        var bytes = Self.whole
        bytes[keyframe.offset + 60] ^= 1
        let damaged = try RecordingReader(bytes: bytes)
        #expect(damaged.hasIndex)
        #expect(difference(damaged.fleet(at: .end), Self.fleet) == "")
        #expect(damaged.problems.contains { $0.kind == .damaged })
    }

    @Test("garbage between lines is left out and pointed at")
    func garbage() throws {
        var generator = SeededGenerator(8)
        var bytes: [UInt8] = []
        for line in Self.whole.split(separator: 0x0A) {
            bytes += line + [0x0A]
            if generator.happens(20) {
                bytes += (0..<30).map { _ in UInt8.random(in: 11...255, using: &generator) } + [0x0A]
            }
        }
        let recording = try RecordingReader(bytes: bytes)
        #expect(difference(recording.fleet(at: .end), Self.fleet) == "")
        #expect(recording.problems.contains { $0.kind == .unreadable })
        #expect(recording.problems.allSatisfy { !$0.description.isEmpty })
    }

    @Test("random bytes never crash it")
    func noise() {
        var generator = SeededGenerator(9)
        for _ in 0..<500 {
            let count = Int.random(in: 0...300, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if generator.happens(50) { bytes = Array("{\"soma\":\"keyframe\",".utf8) + bytes }
            _ = try? RecordingReader(bytes: bytes).fleet(at: .end)
        }
    }
}
