/// Reads the button codes of xterm's mouse reports.
enum MouseReport {
    /// An SGR report: `CSI < code ; column ; row M` (or `m` for a release).
    static func sgr(_ numbers: [Int], released: Bool) -> MouseEvent? {
        guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return nil }
        return event(
            code: numbers[0],
            point: Point(column: numbers[1] - 1, row: numbers[2] - 1),
            released: released
        )
    }

    /// An X10 report: three bytes, each 32 too high.
    static func old(_ bytes: [UInt8]) -> MouseEvent? {
        guard bytes.count == 3, bytes.allSatisfy({ $0 >= 32 }), bytes[1] > 32, bytes[2] > 32 else {
            return nil
        }
        let code = Int(bytes[0]) - 32
        return event(
            code: code,
            point: Point(column: Int(bytes[1]) - 33, row: Int(bytes[2]) - 33),
            released: code & 3 == 3 && code & 0x60 == 0
        )
    }

    private static func event(code: Int, point: Point, released: Bool) -> MouseEvent? {
        guard (0..<256).contains(code) else { return nil }
        var modifiers: KeyModifiers = []
        if code & 4 != 0 { modifiers.insert(.shift) }
        if code & 8 != 0 { modifiers.insert(.alt) }
        if code & 16 != 0 { modifiers.insert(.control) }
        if code & 64 != 0 {
            guard code & 128 == 0, code & 2 == 0 else { return nil }
            let action: MouseEvent.Action = code & 1 == 0 ? .scrollUp : .scrollDown
            return MouseEvent(action: action, point: point, modifiers: modifiers)
        }
        let buttons: [MouseEvent.Button] = [.left, .middle, .right, .none]
        let button = buttons[code & 3]
        let action: MouseEvent.Action =
            released ? .release : code & 32 == 0 ? .press : button == .none ? .move : .drag
        return MouseEvent(action: action, button: button, point: point, modifiers: modifiers)
    }
}
