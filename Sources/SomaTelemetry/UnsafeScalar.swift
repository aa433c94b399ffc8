/// Characters that can do something to a terminal, a line or the reader's eye.
enum UnsafeScalar {
    /// Controls (C0, DEL, C1), line and paragraph separators, and those that turn or hide text.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0..<0x20, 0x7F...0x9F: true
        case 0xAD, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
        case 0xE0000...0xE007F: true
        default: false
        }
    }
}
