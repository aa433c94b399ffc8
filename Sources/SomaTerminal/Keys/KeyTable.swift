/// All bindings that have effect together; help is drawn from it and keys are looked up in it.
public struct KeyTable<Message: Sendable>: Sendable {
    /// The bindings in the order of help.
    public private(set) var bindings: [KeyBinding<Message>]

    /// Makes a table; of two bindings with the same key the earlier one wins.
    public init(_ bindings: [KeyBinding<Message>]) { self.bindings = bindings }

    /// The message of the first enabled binding with this key.
    public func message(for key: Key) -> Message? {
        bindings.first { $0.isEnabled && $0.keys.contains(key) }?.message
    }

    /// Pairs of binding names that claim the same key, with the key.
    public var conflicts: [(key: Key, first: String, second: String)] {
        var owners: [Key: String] = [:]
        var result: [(key: Key, first: String, second: String)] = []
        for binding in bindings {
            for key in binding.keys {
                if let owner = owners[key], owner != binding.name {
                    result.append((key, owner, binding.name))
                } else {
                    owners[key] = binding.name
                }
            }
        }
        return result
    }

    /// Gives a binding other keys.
    /// - Throws: `TerminalError` of kind `keys` for a name or a key that doesn't exist, or a key that is taken.
    public mutating func remap(_ name: String, to keys: [String]) throws(TerminalError) {
        guard let index = bindings.firstIndex(where: { $0.name == name }) else {
            let near = NearestName.find(name, in: bindings.map(\.name))
            throw TerminalError(
                .keys,
                "There is no key binding named \"\(SafeText.line(name))\".",
                hint: near.map { "Did you mean \"\($0)\"?" }
            )
        }
        var parsed: [Key] = []
        for text in keys {
            guard let key = Key(text) else {
                throw TerminalError(
                    .keys,
                    "\"\(SafeText.line(text))\" for the binding \"\(name)\" is not a key.",
                    hint: "Keys are written like g, G, ctrl+c, alt+x, shift+tab, f5, esc, space, pgdn."
                )
            }
            let owner = bindings.first { $0.name != name && $0.keys.contains(key) }
            if let owner {
                throw TerminalError(
                    .keys,
                    "The key \(key) of \"\(name)\" already belongs to \"\(owner.name)\".",
                    hint: "Give \"\(owner.name)\" another key first."
                )
            }
            parsed.append(key)
        }
        bindings[index].keys = parsed
    }

    /// Help as lines: groups as headings, keys and descriptions below, in order of first appearance.
    public func help(heading: Style = Style(attributes: .bold), key: Style = .plain, text: Style = .plain)
        -> [StyledLine]
    {
        var groups: [String] = []
        for binding in bindings where !groups.contains(binding.group) { groups.append(binding.group) }
        let names = bindings.map { binding in binding.keys.map(\.description).joined(separator: " ") }
        let width = names.map { SafeText.columns(of: $0) }.max() ?? 0
        var lines: [StyledLine] = []
        for group in groups {
            if !lines.isEmpty { lines.append(StyledLine("")) }
            lines.append(StyledLine(group, heading))
            for (binding, name) in zip(bindings, names) where binding.group == group {
                let gap = String(repeating: " ", count: width - SafeText.columns(of: name) + 2)
                lines.append(
                    StyledLine([.init("  " + name, key), .init(gap), .init(binding.description, text)])
                )
            }
        }
        return lines
    }

    /// The footer's hints: as many enabled bindings, in order, as fit.
    public func hints(columns: Int, key: Style = .plain, text: Style = .plain) -> StyledLine {
        var line = StyledLine([])
        var used = 0
        for binding in bindings where binding.isEnabled {
            guard let first = binding.keys.first else { continue }
            let gap = used == 0 ? "" : "   "
            let width = SafeText.columns(of: gap + first.description + " " + binding.title)
            guard used + width <= columns else { break }
            line.append(gap)
            line.append(first.description, key)
            line.append(" " + binding.title, text)
            used += width
        }
        return line
    }
}
