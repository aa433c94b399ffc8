/// A complete CSI sequence of the input and what it means.
struct ControlSequence {
    enum Meaning: Equatable {
        case key(Key)
        case mouse(MouseEvent)
        case focus(Bool)
        case modeReport(mode: Int, state: Int)
        case answer
        case pasteBegins
        case nothing
    }

    let parameters: [UInt8]
    let final: UInt8

    var meaning: Meaning {
        let prefix = parameters.first ?? 0
        if prefix == 0x3C {
            guard final == 0x4D || final == 0x6D else { return .nothing }
            return MouseReport.sgr(numbers(parameters.dropFirst()), released: final == 0x6D).map(
                Meaning.mouse
            ) ?? .nothing
        }
        if prefix == 0x3F { return report }
        if prefix == 0x5B { return linuxConsole }
        guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }) else { return .nothing }
        let values = numbers(parameters[...])
        switch final {
        case 0x49 where parameters.isEmpty: return .focus(true)
        case 0x4F where parameters.isEmpty: return .focus(false)
        case 0x7E: return tilde(values)
        case 0x75: return kitty(values)
        case 0x6E where values == [0] || values == [3]: return .answer
        case 0x5A: return .key(Key(.tab, .shift))
        default:
            guard var key = ControlSequence.key(ss3: final), final != 0x4D, final < 0x61 else {
                return .nothing
            }
            // Two numbers of which the first isn't 1 are a report, such as that of the cursor's place.
            guard values.count < 2 || values[0] <= 1 else { return .nothing }
            key.modifiers.formUnion(modifiers(values.count > 1 ? values[1] : 1))
            return .key(key)
        }
    }

    /// The key of an SS3 sequence, which is also the key of a CSI sequence with that final letter.
    static func key(ss3 final: UInt8) -> Key? {
        switch final {
        case 0x41: Key(.up)
        case 0x42: Key(.down)
        case 0x43: Key(.right)
        case 0x44: Key(.left)
        case 0x45: Key("5")
        case 0x46: Key(.end)
        case 0x48: Key(.home)
        case 0x4D: Key(.enter)
        case 0x50...0x53: Key(.function(Int(final) - 0x4F))
        case 0x6A...0x79: Key(Character(Unicode.Scalar(final - 0x40)))
        default: nil
        }
    }

    private var report: Meaning {
        guard final == 0x79, parameters.last == 0x24 else { return .nothing }
        let values = numbers(parameters.dropFirst().dropLast())
        return values.count == 2 ? .modeReport(mode: values[0], state: values[1]) : .nothing
    }

    private var linuxConsole: Meaning {
        (0x41...0x45).contains(final) && parameters.count == 1
            ? .key(Key(.function(Int(final) - 0x40))) : .nothing
    }

    private func tilde(_ values: [Int]) -> Meaning {
        guard let number = values.first else { return .nothing }
        if number == 200 { return .pasteBegins }
        if number == 27, values.count == 3 { return kitty([values[2], values[1]]) }
        let functions = [
            11: 1, 12: 2, 13: 3, 14: 4, 15: 5, 17: 6, 18: 7, 19: 8, 20: 9, 21: 10, 23: 11, 24: 12, 25: 13,
            26: 14,
            28: 15, 29: 16, 31: 17, 32: 18, 33: 19, 34: 20,
        ]
        let code: Key.Code? =
            switch number {
            case 1, 7: .home
            case 2: .insert
            case 3: .delete
            case 4, 8: .end
            case 5: .pageUp
            case 6: .pageDown
            default: functions[number].map(Key.Code.function)
            }
        guard let code else { return .nothing }
        return .key(Key(code, modifiers(values.count > 1 ? values[1] : 1)))
    }

    /// `CSI scalar ; modifiers u`, which some terminals send for keys that have no old code.
    private func kitty(_ values: [Int]) -> Meaning {
        guard let value = values.first, value > 0, value < 0x11_0000,
            let scalar = Unicode.Scalar(UInt32(value))
        else {
            return .nothing
        }
        let held = modifiers(values.count > 1 ? values[1] : 1)
        switch value {
        case 9: return .key(Key(.tab, held))
        case 13: return .key(Key(.enter, held))
        case 27: return .key(Key(.escape, held))
        case 8, 127: return .key(Key(.backspace, held))
        case 0..<0x20, 0xE000...0xF8FF: return .nothing
        default:
            let bare = scalar.isASCII && held.contains(.shift) ? held.subtracting(.shift) : held
            let shifted =
                bare != held ? Character(scalar).uppercased().first ?? Character(scalar) : Character(scalar)
            return .key(Key(shifted, bare))
        }
    }

    private func modifiers(_ value: Int) -> KeyModifiers {
        guard value > 1, value <= 256 else { return [] }
        return KeyModifiers(rawValue: UInt8((value - 1) & 7))
    }

    /// The numbers between semicolons, with a missing one as 0; sub-parameters after a colon don't matter here.
    private func numbers(_ text: ArraySlice<UInt8>) -> [Int] {
        guard !text.isEmpty else { return [] }
        return text.split(separator: 0x3B, omittingEmptySubsequences: false).map { part in
            var value = 0
            for byte in part {
                guard (0x30...0x39).contains(byte) else { break }
                value = min(1_000_000, value * 10 + Int(byte - 0x30))
            }
            return value
        }
    }
}
