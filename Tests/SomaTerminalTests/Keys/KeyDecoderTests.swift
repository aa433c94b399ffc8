import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Key decoder")
struct KeyDecoderTests {
    @Test(
        "sequences become keys",
        arguments: [
            ("a", [Key("a")]), ("é中", [Key("é"), Key("中")]),
            ("\r\t\u{7F}", [Key(.enter), Key(.tab), Key(.backspace)]),
            ("\u{1}\u{1A}\0", [Key("a", .control), Key("z", .control), Key(" ", .control)]),
            ("\u{1B}[A\u{1B}OB", [Key(.up), Key(.down)]), ("\u{1B}[1;5C", [Key(.right, .control)]),
            ("\u{1B}[5~\u{1B}[6;3~", [Key(.pageUp), Key(.pageDown, .alt)]),
            ("\u{1B}[3~\u{1B}[H\u{1B}[4~", [Key(.delete), Key(.home), Key(.end)]),
            (
                "\u{1B}OP\u{1B}[15~\u{1B}[24;2~",
                [Key(.function(1)), Key(.function(5)), Key(.function(12), .shift)]
            ),
            ("\u{1B}[[A", [Key(.function(1))]), ("\u{1B}[Z", [Key(.tab, .shift)]),
            ("\u{1B}x\u{1B}\r", [Key("x", .alt), Key(.enter, .alt)]),
            ("\u{1B}\u{1B}[A", [Key(.up, .alt)]), ("\u{1B}[97;5u", [Key("a", .control)]),
            ("\u{1B}[27;5;13~", [Key(.enter, .control)]),
            ("\u{1B}[97;2u", [Key("A")]),
            ("\u{1B}[?62;22c\u{1B}]11;rgb:0/0/0\u{7}\u{1B}P1$r\u{1B}\\x", [Key("x")]),
            ("\u{1B}[999zx", [Key("x")]),
            ("\u{1B}[12;40Rx\u{1B}[1;2R", [Key("x"), Key(.function(3), .shift)]),
        ] as [(String, [Key])]
    )
    func keys(bytes: String, keys: [Key]) {
        var decoder = KeyDecoder()
        #expect(decoder.feed(bytes.utf8) == keys.map(TerminalEvent.key))
        #expect(!decoder.isPending)
    }

    @Test("a lone escape is the key once nothing follows")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]).isEmpty)
        #expect(decoder.isPending)
        #expect(decoder.timeout() == [.key(Key(.escape))])
        #expect(decoder.timeout().isEmpty)
        for (bytes, key) in [
            ("\u{1B}[", Key("[", .alt)), ("\u{1B}O", Key("O", .alt)), ("\u{1B}]", Key("]", .alt)),
        ] {
            #expect(decoder.feed(bytes.utf8).isEmpty)
            #expect(decoder.timeout() == [.key(key)])
        }
    }

    @Test(
        "the mouse, focus and pastes are told",
        arguments: [
            (
                "\u{1B}[<0;3;4M",
                .mouse(MouseEvent(action: .press, button: .left, point: Point(column: 2, row: 3)))
            ),
            (
                "\u{1B}[<2;1;1m",
                .mouse(MouseEvent(action: .release, button: .right, point: Point(column: 0, row: 0)))
            ),
            (
                "\u{1B}[<32;9;9M",
                .mouse(MouseEvent(action: .drag, button: .left, point: Point(column: 8, row: 8)))
            ),
            (
                "\u{1B}[<80;5;5M",
                .mouse(MouseEvent(action: .scrollUp, point: Point(column: 4, row: 4), modifiers: .control))
            ),
            (
                "\u{1B}[M !!",
                .mouse(MouseEvent(action: .press, button: .left, point: Point(column: 0, row: 0)))
            ),
            ("\u{1B}[I", .focus(true)), ("\u{1B}[O", .focus(false)),
            ("\u{1B}[200~a\u{1B}[Ab\n\u{1B}[201~", .paste("a\u{1B}[Ab\n")),
        ] as [(String, TerminalEvent)]
    )
    func others(bytes: String, event: TerminalEvent) {
        var decoder = KeyDecoder()
        #expect(decoder.feed(bytes.utf8) == [event])
    }

    @Test("a mode report is kept from the program")
    func modeReport() {
        var decoder = KeyDecoder()
        #expect(decoder.feedAll("\u{1B}[?2026;2$y".utf8) == [.modeReport(mode: 2026, state: 2)])
    }

    @Test(
        "an escape right before what the terminal says by itself is a key",
        arguments: [
            ("\u{1B}[0n", .answer), ("\u{1B}[?2026;2$y", .modeReport(mode: 2026, state: 2)),
            ("\u{1B}[I", .event(.focus(true))), ("\u{1B}P>|kitty\u{1B}\\", .name("kitty")),
            (
                "\u{1B}[<0;3;4M",
                .event(
                    .mouse(MouseEvent(action: .press, button: .left, point: Point(column: 2, row: 3)))
                )
            ), ("\u{1B}[?62;22c", nil),
        ] as [(String, KeyDecoder.Output?)]
    )
    func escapeBefore(said: String, output: KeyDecoder.Output?) {
        var decoder = KeyDecoder()
        var expected = [KeyDecoder.Output.event(.key(Key(.escape)))]
        if let output { expected.append(output) }
        expected.append(.event(.key(Key("q"))))
        #expect(decoder.feedAll("\u{1B}\(said)q".utf8) == expected)
    }

    @Test("an answer of the terminal is kept from the program, in one piece or many")
    func answer() {
        var decoder = KeyDecoder()
        #expect(decoder.feedAll("\u{1B}[0n\u{1B}[3n".utf8) == [.answer, .answer])
        #expect("\u{1B}[0nq".utf8.flatMap { decoder.feedAll([$0]) } == [.answer, .event(.key(Key("q")))])
        #expect(decoder.feedAll("\u{1B}[7n".utf8).isEmpty)
    }

    @Test("invalid UTF-8 becomes a replacement character and eats nothing else")
    func invalid() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0xC3, 0x61]) == [.key(Key("\u{FFFD}")), .key(Key("a"))])
        #expect(decoder.feed([0xFF]) == [.key(Key("\u{FFFD}"))])
        #expect(decoder.feed([0xED, 0xA0, 0x80]) == [.key(Key("\u{FFFD}"))])
    }

    @Test("any bytes in any pieces give the same events, and a key afterwards still works")
    func fuzz() {
        var generator = SeededGenerator(17)
        let favourites: [UInt8] = [
            0x1B, 0x5B, 0x4F, 0x3B, 0x31, 0x32, 0x30, 0x7E, 0x4D, 0x3C, 0x6D, 0x3F, 0x24, 0x5D, 0x07, 0xC3,
        ]
        for _ in 0..<1_500 {
            let bytes = (0..<Int.random(in: 1...60, using: &generator)).map { _ -> UInt8 in
                Bool.random(using: &generator)
                    ? favourites.randomElement(using: &generator) ?? 0
                    : .random(in: 0...255, using: &generator)
            }
            var whole = KeyDecoder()
            var pieces = KeyDecoder()
            let expected = whole.feed(bytes)
            #expect(bytes.flatMap { pieces.feed([$0]) } == expected)
            for place in bytes.indices {
                var halves = KeyDecoder()
                #expect(halves.feed(bytes[..<place]) + halves.feed(bytes[place...]) == expected)
            }
            _ = whole.timeout()
            // Whatever string, paste or sequence is open, its end brings the decoder back.
            _ = whole.feed("\u{1B}[201~\u{7}".utf8)
            _ = whole.timeout()
            #expect(whole.feed("q".utf8).last == .key(Key("q")))
        }
    }

    @Test("memory is bounded by the limits")
    func bounded() {
        var decoder = KeyDecoder()
        #expect(decoder.feed("\u{1B}[".utf8).isEmpty)
        #expect(decoder.feed(Array(repeating: 0x31, count: 300)).count < 100)
        let paste =
            Array("\u{1B}[200~".utf8) + Array(repeating: 0x61, count: KeyDecoder.pasteBytesMax + 5)
            + Array("\u{1B}[201~".utf8)
        var fresh = KeyDecoder()
        #expect(fresh.feed(paste) == [.paste(String(repeating: "a", count: KeyDecoder.pasteBytesMax))])
    }
}
