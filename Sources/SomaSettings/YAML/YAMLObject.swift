/// A mapping that is being read, key by key.
///
/// Every key that is asked for is a known key; ``finish()`` reports the others.
public final class YAMLObject {
    /// The mapping itself, to report problems of the whole.
    public let cursor: YAMLCursor
    private let entries: [YAMLEntry]
    private let index: [String: Int]
    private var asked: [String] = []

    init?(_ cursor: YAMLCursor) {
        guard case .mapping(let entries) = cursor.node.content else { return nil }
        self.cursor = cursor
        self.entries = entries
        index = Dictionary(
            entries.indices.compactMap { index in entries[index].key.text.map { ($0, index) } }
        ) { first, _ in first }
    }

    /// The keys in the order written.
    public var keys: [String] {
        entries.compactMap(\.key.text)
    }

    /// One key with its value, where the keys are names that a person chose.
    public struct Member {
        /// The key's text.
        public let name: String
        /// The key itself, to report problems with the name.
        public let key: YAMLCursor
        /// The value; null where nothing stands there.
        public let value: YAMLCursor
    }

    /// All keys with their values in the order written, each of them known from now on.
    public var members: [Member] {
        entries.compactMap { entry in
            guard let name = entry.key.text else { return nil }
            if !asked.contains(name) { asked.append(name) }
            return Member(name: name, key: cursor.at(entry.key), value: cursor.at(entry.value))
        }
    }

    /// A cursor on a key's value; nil where the key is missing or its value is null.
    public func value(_ key: String) -> YAMLCursor? {
        if !asked.contains(key) { asked.append(key) }
        guard let found = index[key], !entries[found].value.isNull else { return nil }
        return cursor.at(entries[found].value)
    }

    /// A cursor on a key itself, to report problems with its name.
    public func key(_ key: String) -> YAMLCursor? {
        index[key].map { cursor.at(entries[$0].key) }
    }

    /// A key's value; nil where it is missing, null, or wrong (then reported).
    public func optional<Value>(_ key: String, _ rule: YAMLRule<Value>) -> Value? {
        value(key).flatMap(rule.read)
    }

    /// A key's value, or `fallback` where it is missing, null, or wrong (then reported).
    public func value<Value>(_ key: String, _ rule: YAMLRule<Value>, default fallback: Value) -> Value {
        optional(key, rule) ?? fallback
    }

    /// A key's value; nil, and reported, where it is missing or wrong.
    public func required<Value>(_ key: String, _ rule: YAMLRule<Value>) -> Value? {
        if let value = value(key) { return rule.read(value) }
        let place = index[key].map { cursor.at(entries[$0].value) } ?? cursor
        let near = index[key] == nil ? NearestName.of(key, among: keys) : nil
        let hint = near.map { " (is \(Quoted.text($0)) meant to be it?)" } ?? ""
        place.report("expected the key \(Quoted.text(key)) with \(rule.expected), found nothing\(hint)")
        return nil
    }

    /// Reports the keys that nobody asked for.
    func finish() {
        for entry in entries {
            guard let name = entry.key.text else {
                cursor.at(entry.key).reportMismatch(expected: "a word as key")
                continue
            }
            guard !asked.contains(name) else { continue }
            let known = asked.sorted().joined(separator: ", ")
            let near = NearestName.of(name, among: asked)
            let list = near == nil ? " (known: \(known.isEmpty ? "none" : known))" : ""
            cursor.at(entry.key).report("unknown key \(Quoted.text(name))\(list)", suggestion: near)
        }
    }
}
