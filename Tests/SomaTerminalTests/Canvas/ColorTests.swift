import Testing

@testable import SomaTerminal

@Suite("Colours")
struct ColorTests {
    @Test(
        "names and numbers are read and written",
        arguments: ["default", "red", "bright-blue", "color200", "#1a2b3c"]
    )
    func roundTrip(text: String) {
        #expect(Color(text)?.description == text)
    }

    @Test("other texts are refused", arguments: ["", "redd", "#12", "#12345g", "color256", "#+12345"])
    func refused(text: String) { #expect(Color(text) == nil) }

    @Test("conversion takes the nearest colour of each depth")
    func conversion() {
        let orange = Color.rgb(0xFF, 0x87, 0x00)
        #expect(ColorMath.convert(orange, to: .truecolor) == orange)
        #expect(ColorMath.convert(orange, to: .palette) == .indexed(208))
        #expect(ColorMath.convert(.rgb(0x12, 0x12, 0x12), to: .palette) == .indexed(233))
        #expect(ColorMath.convert(.rgb(250, 5, 5), to: .bright) == .indexed(9))
        #expect(ColorMath.convert(.rgb(200, 5, 5), to: .basic) == .indexed(1))
        #expect(ColorMath.convert(.indexed(208), to: .basic).index.map { $0 < 8 } == true)
        #expect(ColorMath.convert(orange, to: .mono) == .default)
        #expect(ColorMath.convert(.default, to: .basic) == .default)
    }

    @Test("contrast follows WCAG")
    func contrast() {
        #expect(abs(ColorMath.contrast((0, 0, 0), (255, 255, 255)) - 21) < 0.001)
        #expect(abs(ColorMath.contrast((0x77, 0x77, 0x77), (255, 255, 255)) - 4.478) < 0.001)
    }
}
