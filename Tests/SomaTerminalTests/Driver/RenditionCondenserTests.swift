import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Rendition condenser")
struct RenditionCondenserTests {
    private func condensed(_ frames: String...) -> [String] {
        var condenser = RenditionCondenser()
        return frames.map { String(decoding: condenser.condense(Array($0.utf8)), as: UTF8.self) }
    }

    @Test(
        "what curses writes is said in fewer bytes",
        arguments: [
            // Both colours are named at each change of one.
            (
                "\u{1B}[0m\u{1B}[38;5;1m\u{1B}[48;5;7ma\u{1B}[38;5;2m\u{1B}[48;5;7mb",
                "\u{1B}[0;38;5;1;48;5;7ma\u{1B}[38;5;2mb"
            ),
            // A reset names the colour before it.
            ("\u{1B}[m\u{1B}[34ma\u{1B}[39m\u{1B}(B\u{1B}[mb", "\u{1B}[0;34ma\u{1B}(B\u{1B}[mb"),
            // The second designation of the same character set says nothing.
            ("\u{1B}(B\u{1B}[ma\u{1B}(B\u{1B}[0;1mb", "\u{1B}(B\u{1B}[ma\u{1B}[1mb"),
            ("\u{1B}[m\u{0F}a\u{1B}[0;1m\u{0F}b", "\u{0F}\u{1B}[ma\u{1B}[1mb"),
            // Moving paints nothing.
            ("\u{1B}[m\u{1B}[31m\u{1B}[4;5H\u{1B}[m\r\u{8}a", "\u{1B}[4;5H\r\u{8}\u{1B}[ma"),
            // A blank shows its background only.
            ("\u{1B}[m\u{1B}[31ma\u{1B}[39m   \u{1B}[31mb", "\u{1B}[0;31ma   b"),
            ("\u{1B}[ma\u{1B}[31m\u{1B}[K", "\u{1B}[ma\u{1B}[K\u{1B}[31m"),
            ("\u{1B}[ma\u{1B}[41m \u{1B}[4X", "\u{1B}[ma\u{1B}[41m \u{1B}[4X"),
            ("\u{1B}[ma\u{1B}[4m ", "\u{1B}[ma\u{1B}[4m "),
            ("\u{1B}[0;4ma\u{1B}[31m b", "\u{1B}[0;4ma\u{1B}[31m b"),
            // Attributes end with a reset, and what stays is said again.
            ("\u{1B}[0;1;31ma\u{1B}[22mb", "\u{1B}[0;1;31ma\u{1B}[0;31mb"),
            // The console of Linux names its font, direct colours have colons.
            ("\u{1B}[0;10ma\u{1B}[0;10;1mb", "\u{1B}[ma\u{1B}[1mb"),
            (
                "\u{1B}[m\u{1B}[38:2::1:2:3ma\u{1B}[38:2::1:2:3m\u{1B}[48:2::4:5:6mb",
                "\u{1B}[0;38;2;1;2;3ma\u{1B}[48;2;4;5;6mb"
            ),
        ] as [(String, String)]
    )
    func shorter(frame: String, result: String) { #expect(condensed(frame) == [result]) }

    @Test(
        "what isn't understood passes, and so does what follows until the next reset",
        arguments: [
            "\u{1B}[31ma\u{1B}[32mb", "\u{1B}[21ma\u{1B}[1mb", "\u{1B}[38;9;1mx", "\u{1B}[4:3mx\u{1B}[1my",
            "\u{1B}[38:2:1mx",
            "\u{1B}[38;2;1mx",
            "\u{1B}]8;;https://a/\u{1B}\\\u{1B}[1ma", "\u{1B}Pq\u{1B}\\a", "\u{1B})0\u{0E}lqk\u{0F}",
            "\u{1B}",
            "\u{1B}[", "\u{1B}[3", "\u{1B}8\u{1B}[1mx", "é中\n\ta",
        ]
    )
    func unknown(frame: String) { #expect(condensed(frame) == [frame]) }

    @Test("what it knows lasts from frame to frame until somebody else writes")
    func frames() {
        var condenser = RenditionCondenser()
        let frame = Array("\u{1B}[m\u{1B}[31ma".utf8)
        #expect(condenser.condense(frame) == Array("\u{1B}[0;31ma".utf8))
        #expect(condenser.condense(frame) == Array("a".utf8))
        condenser.forget()
        #expect(condenser.condense(frame) == Array("\u{1B}[0;31ma".utf8))
    }

    /// What a frame paints: each cell with what can be seen of its rendition.
    private func painted(_ bytes: [UInt8]) -> [String] {
        var result: [String] = []
        var now: RenditionCondenser.Rendition? = .init()
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x1B else {
                let isBlank = bytes[index] == 0x20
                result.append(paint(bytes[index], isBlank, now))
                index += 1
                continue
            }
            let end = bytes[(index + 2)...].firstIndex { $0 >= 0x40 } ?? bytes.count - 1
            if bytes[end] == 0x6D {
                now = RenditionCondenser.apply(bytes[(index + 2)..<end], to: now)
            } else {
                result.append(paint(bytes[end], bytes[end] == 0x4B, now))
            }
            index = end + 1
        }
        return result
    }

    private func paint(_ byte: UInt8, _ isBlank: Bool, _ now: RenditionCondenser.Rendition?) -> String {
        guard byte != 0x48, var now else { return "\(byte)" }
        if isBlank {
            now.attributes &= ~0b1110
            if now.attributes == 0 { now.foreground = .own }
        }
        return "\(byte) \(now)"
    }

    @Test("any frames paint what they painted, and none gets longer where no attribute ends by itself")
    func anything() {
        var generator = SeededGenerator(41)
        let pieces = [
            "\u{1B}[m", "\u{1B}[0;1m", "\u{1B}[31m", "\u{1B}[38;5;200m", "\u{1B}[48;5;17m", "\u{1B}[39m",
            "\u{1B}[49m", "\u{1B}[7m", "\u{1B}[27m", "\u{1B}[4m", "\u{1B}[24m", "\u{1B}[22m", "\u{1B}[2;3m",
            "\u{1B}[38;2;1;2;3m", "\u{1B}[K", "\u{1B}[5;5H", "a", "b", " ", "   ", "x y", "  z",
        ]
        for _ in 0..<2_000 {
            var condenser = RenditionCondenser()
            var all: [UInt8] = Array("\u{1B}[m".utf8)
            var short = condenser.condense(all)
            for _ in 0..<3 {
                let frame = (0..<Int.random(in: 1...14, using: &generator)).flatMap { _ in
                    Array((pieces.randomElement(using: &generator) ?? "").utf8)
                }
                let shorter = condenser.condense(frame)
                all += frame
                short += shorter
            }
            #expect(painted(short) == painted(all))
            let endsAttributes = ["[22m", "[24m", "[27m"].contains {
                String(decoding: all, as: UTF8.self).contains($0)
            }
            #expect(endsAttributes || short.count <= all.count)
        }
    }
}
