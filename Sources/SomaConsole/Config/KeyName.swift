package import SomaTerminal

/// Reads keys as people write them into a file, and refuses those that no terminal can send.
package enum KeyName {
    /// Why a text is no key.
    package struct Problem: Error, Sendable, Hashable {
        /// What is wrong, as half a sentence.
        package let message: String
        /// What was probably meant.
        package let suggestion: String?
    }

    /// What others call keys.
    private static let otherNames = [
        "escape": "esc", "return": "enter", "pageup": "pgup", "pagedown": "pgdn", "page-up": "pgup",
        "page-down": "pgdn", "delete": "del", "insert": "ins", "bs": "backspace", "spacebar": "space",
    ]

    /// What arrives in a key's place, because terminals send the same byte for both.
    private static let twins: [Key: String] = [
        Key("i", .control): "tab", Key("m", .control): "enter", Key("h", .control): "backspace",
        Key("[", .control): "esc",
    ]

    /// Names to find the nearest among.
    private static let names =
        [
            "enter", "tab", "backspace", "esc", "up", "down", "left", "right", "home", "end", "pgup", "pgdn",
            "ins",
        ]
        + ["del", "space"] + (1...24).map { "f\($0)" }

    /// The key of that name; `shift+l` is `L`, and `ctrl+L` is `ctrl+l`.
    /// - Throws: What is wrong with it.
    package static func read(_ text: String) throws(Problem) -> Key {
        let folded = text.lowercased()
        let body =
            folded.split(separator: "+", omittingEmptySubsequences: true).last.map(String.init) ?? folded
        guard var key = Key(text) ?? modified(text, folded) else {
            let near = otherNames[body] ?? NearestName.find(body, in: names)
            let start = folded.dropLast(body.count)
            throw Problem(
                message:
                    "\"\(SafeText.line(text))\" is not a key; keys are written like g, G, ctrl+c, alt+x, "
                    + "shift+tab, f5, esc, space, pgdn",
                suggestion: near.map { start + $0 }
            )
        }
        guard case .character(let character) = key.code else { return key }
        if key.modifiers.contains(.shift) {
            guard character.isLetter, !key.modifiers.contains(.control) else {
                throw Problem(
                    message: "no terminal sends \(key): name what the key writes with shift",
                    suggestion: nil
                )
            }
            key.modifiers.remove(.shift)
            key.code = .character(character.uppercased().first ?? character)
        }
        guard key.modifiers.contains(.control) else { return key }
        key.code = .character(character.lowercased().first ?? character)
        let plain = Key(key.code, .control)
        if let twin = twins[plain] {
            throw Problem(message: "terminals send \(twin) for \(plain)", suggestion: twin)
        }
        guard character.isASCII, character.isLetter || " \\]^_".contains(character) else {
            throw Problem(message: "no terminal sends \(plain)", suggestion: nil)
        }
        return key
    }

    /// A key whose modifiers or name were written with capitals.
    private static func modified(_ text: String, _ folded: String) -> Key? {
        guard let plus = text.lastIndex(of: "+"), text.index(after: plus) < text.endIndex else {
            return Key(folded)
        }
        let name = text[text.index(after: plus)...]
        return Key(text[...plus].lowercased() + (name.count == 1 ? String(name) : name.lowercased()))
    }
}
