/// Conversions between colour depths and the contrast that the eye sees.
public enum ColorMath {
    /// The WCAG contrast ratio of two colours, from 1 to 21; 4.5 is the least for text (AA).
    public static func contrast(
        _ first: (red: UInt8, green: UInt8, blue: UInt8),
        _ second: (red: UInt8, green: UInt8, blue: UInt8)
    ) -> Double {
        let lights = [luminance(first), luminance(second)].sorted()
        return (lights[1] + 0.05) / (lights[0] + 0.05)
    }

    /// Converts a colour to the nearest one that a terminal of this depth shows.
    public static func convert(_ color: Color, to depth: ColorDepth) -> Color {
        if color.isDefault || depth == .truecolor { return color }
        if depth == .mono { return .default }
        if let index = color.index, Int(index) < depth.rawValue { return color }
        guard let wanted = color.components else { return .default }
        if depth == .palette { return .indexed(nearestInPalette(wanted)) }
        return .indexed(nearest(wanted, among: 0..<UInt8(depth.rawValue)))
    }

    /// The colours of xterm's palette.
    static func palette(_ index: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
        if index < 16 {
            let value = basic[Int(index)]
            return (UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF))
        }
        if index >= 232 {
            let grey = 8 + (index - 232) * 10
            return (grey, grey, grey)
        }
        let cube = Int(index) - 16
        return (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
    }

    private static let basic: [UInt32] = [
        0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
        0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ]

    private static func level(_ step: Int) -> UInt8 { step == 0 ? 0 : UInt8(55 + step * 40) }

    private static func nearestInPalette(_ wanted: (red: UInt8, green: UInt8, blue: UInt8)) -> UInt8 {
        func step(_ value: UInt8) -> UInt8 {
            value < 48 ? 0 : value < 115 ? 1 : UInt8((Int(value) - 35) / 40)
        }
        let cube = 16 + 36 * step(wanted.red) + 6 * step(wanted.green) + step(wanted.blue)
        let mean = (Int(wanted.red) + Int(wanted.green) + Int(wanted.blue)) / 3
        let grey = UInt8(232 + min(23, max(0, (mean - 3) / 10)))
        return distance(wanted, palette(cube)) <= distance(wanted, palette(grey)) ? cube : grey
    }

    private static func nearest(
        _ wanted: (red: UInt8, green: UInt8, blue: UInt8),
        among candidates: Range<UInt8>
    ) -> UInt8 {
        candidates.min { distance(wanted, palette($0)) < distance(wanted, palette($1)) } ?? 7
    }

    /// Squared distance weighted by how the eye sees the three lights at this redness.
    private static func distance(
        _ first: (red: UInt8, green: UInt8, blue: UInt8),
        _ second: (red: UInt8, green: UInt8, blue: UInt8)
    ) -> Int {
        let mean = (Int(first.red) + Int(second.red)) / 2
        let red = Int(first.red) - Int(second.red)
        let green = Int(first.green) - Int(second.green)
        let blue = Int(first.blue) - Int(second.blue)
        return (512 + mean) * red * red + 1024 * green * green + (767 - mean) * blue * blue
    }

    private static func luminance(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> Double {
        0.2126 * linear[Int(color.red)] + 0.7152 * linear[Int(color.green)] + 0.0722 * linear[Int(color.blue)]
    }

    /// Light of each channel value by the sRGB curve.
    private static let linear: [Double] = (0...255).map { value in
        let part = Double(value) / 255
        return part <= 0.04045 ? part / 12.92 : power24((part + 0.055) / 1.055)
    }

    /// x to the power 2.4 without the C library: x² times the fifth root of x².
    private static func power24(_ value: Double) -> Double {
        let square = value * value
        var root = 1.0
        for _ in 0..<40 {
            root -= (root * root * root * root * root - square) / (5 * root * root * root * root)
        }
        return square * root
    }
}
