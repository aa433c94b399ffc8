/// A key with its modifiers, as a person names it: `g`, `ctrl+c`, `shift+tab`, `f5`.
public struct Key: Sendable, Hashable, CustomStringConvertible {
    /// What is on the key.
    public enum Code: Sendable, Hashable {
        /// A key that writes a character; letters keep their case and have no shift modifier.
        case character(Character)
        /// Enter or Return.
        case enter
        /// Tab.
        case tab
        /// Backspace.
        case backspace
        /// Escape.
        case escape
        /// Arrow up.
        case up
        /// Arrow down.
        case down
        /// Arrow left.
        case left
        /// Arrow right.
        case right
        /// Home.
        case home
        /// End.
        case end
        /// Page up.
        case pageUp
        /// Page down.
        case pageDown
        /// Insert.
        case insert
        /// Delete.
        case delete
        /// A function key, 1 to 24.
        case function(Int)
    }

    /// What is on the key.
    public var code: Code
    /// What is held with it.
    public var modifiers: KeyModifiers

    /// Makes a key.
    public init(_ code: Code, _ modifiers: KeyModifiers = []) {
        self.code = code
        self.modifiers = modifiers
    }

    /// Makes a key that writes a character.
    public init(_ character: Character, _ modifiers: KeyModifiers = []) {
        self.init(.character(character), modifiers)
    }

    static let named: [(name: String, code: Code)] = [
        ("enter", .enter), ("tab", .tab), ("backspace", .backspace), ("esc", .escape), ("up", .up),
        ("down", .down),
        ("left", .left), ("right", .right), ("home", .home), ("end", .end), ("pgup", .pageUp),
        ("pgdn", .pageDown),
        ("ins", .insert), ("del", .delete), ("space", .character(" ")),
    ]

    /// Reads the form that `description` writes; nil for an unknown name.
    public init?(_ text: String) {
        var rest = Substring(text)
        var modifiers: KeyModifiers = []
        let prefixes: [(String, KeyModifiers)] = [("ctrl+", .control), ("alt+", .alt), ("shift+", .shift)]
        while let found = prefixes.first(where: { rest.hasPrefix($0.0) && rest.count > $0.0.count }) {
            modifiers.insert(found.1)
            rest = rest.dropFirst(found.0.count)
        }
        if let found = Key.named.first(where: { $0.name == rest }) {
            self.init(found.code, modifiers)
        } else if rest.count == 1, let character = rest.first {
            self.init(.character(character), modifiers)
        } else if rest.hasPrefix("f"), let number = Int(rest.dropFirst()), (1...24).contains(number) {
            self.init(.function(number), modifiers)
        } else {
            return nil
        }
    }

    /// The name that help shows and configuration uses.
    public var description: String {
        var result = ""
        if modifiers.contains(.control) { result += "ctrl+" }
        if modifiers.contains(.alt) { result += "alt+" }
        if modifiers.contains(.shift) { result += "shift+" }
        if let found = Key.named.first(where: { $0.code == code }) { return result + found.name }
        switch code {
        case .character(let character): return result + String(character)
        case .function(let number): return result + "f\(number)"
        default: return result
        }
    }
}
