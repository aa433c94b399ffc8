package import SomaTerminal

/// The keys that have effect together in one view, which is where two bindings can be in each other's way.
package struct KeyScope<Message: Sendable>: Sendable {
    /// The view's name, as plugins and messages name it.
    package var name: String
    /// The bindings, the first of two with the same key being the one that counts.
    package var bindings: [KeyBinding<Message>]

    package init(_ name: String, _ bindings: [KeyBinding<Message>]) {
        self.name = name
        self.bindings = bindings
    }
}

/// Other keys and more keys than the console's own, looked up quickly.
package struct KeyChanges: Sendable, Hashable {
    private let keys: [String: [Key]]

    /// No changes.
    package init() { keys = [:] }

    /// The changes of a configuration.
    package init(_ changes: [KeyChange]) {
        keys = Dictionary(changes.map { ($0.binding, $0.keys) }, uniquingKeysWith: { _, last in last })
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// The bindings with their keys as a person wants them.
    package func applied<Message>(to bindings: [KeyBinding<Message>]) -> [KeyBinding<Message>] {
        guard !keys.isEmpty else { return bindings }
        return bindings.map { binding in
            guard let wanted = keys[binding.name] else { return binding }
            var changed = binding
            changed.keys = wanted
            return changed
        }
    }
}

/// Two bindings that claim the same key in the same view.
package struct KeyConflict: Sendable, Hashable {
    /// The key.
    package var key: Key
    /// The binding that a configuration gave the key to.
    package var binding: String
    /// The other one, which has it too.
    package var other: String
    /// The view in which both have effect.
    package var scope: String

    /// What is wrong and what to do about it, as half a sentence.
    package var message: String {
        let isPlugin = other.hasPrefix(KeyConflict.pluginPrefix)
        let hint =
            isPlugin
            ? "give one of them another key"
            : "give \(other) another key too, or none with `\(other): []`"
        return "the key \(key) belongs to \(other) in the view \(scope); \(hint)"
    }

    /// What the bindings of plugins are called: this and the plugin's name.
    package static let pluginPrefix = "plugin."

    /// Every clash that changes and plugins would bring; what the console's own keys share on purpose is none.
    ///
    /// One clash of two bindings over a key is told once, for the first view that has it.
    package static func find<Message>(
        in scopes: [KeyScope<Message>],
        changes: [KeyChange],
        plugins: [Plugin]
    ) -> [KeyConflict] {
        let lookup = KeyChanges(changes)
        let changed = Set(changes.map(\.binding))
        var told: Set<[String]> = []
        var result: [KeyConflict] = []
        for scope in scopes {
            let intended = Set(pairs(scope.bindings.map { ($0.name, $0.keys) }).map(\.identity))
            var claims = lookup.applied(to: scope.bindings).map { ($0.name, $0.keys) }
            for plugin in plugins where plugin.isFor(view: scope.name) {
                claims.append((pluginPrefix + plugin.name, [plugin.key]))
            }
            for pair in pairs(claims) where !intended.contains(pair.identity) {
                guard told.insert(pair.identity).inserted else { continue }
                // The one that a person wrote down is to blame; of two, the later one.
                let isSecond = changed.contains(pair.second) || pair.second.hasPrefix(pluginPrefix)
                result.append(
                    KeyConflict(
                        key: pair.key,
                        binding: isSecond ? pair.second : pair.first,
                        other: isSecond ? pair.first : pair.second,
                        scope: scope.name
                    )
                )
            }
        }
        return result
    }

    /// The bindings by which a console can be left: by a key, or by a command.
    package static let exits = ["app.quit", "app.command"]

    /// Whether changes leave a view in which nothing ends the console.
    package static func locksIn<Message>(in scopes: [KeyScope<Message>], changes: [KeyChange]) -> Bool {
        let lookup = KeyChanges(changes)
        return scopes.contains { scope in
            lookup.applied(to: scope.bindings).allSatisfy { !exits.contains($0.name) || $0.keys.isEmpty }
        }
    }

    private struct Pair {
        let key: Key
        let first: String
        let second: String
        var identity: [String] { [key.description] + [first, second].sorted() }
    }

    /// Every two claims to the same key by different names.
    private static func pairs(_ claims: [(name: String, keys: [Key])]) -> [Pair] {
        var owners: [Key: [String]] = [:]
        var result: [Pair] = []
        for claim in claims {
            for key in claim.keys where owners[key]?.contains(claim.name) != true {
                for owner in owners[key] ?? [] {
                    result.append(Pair(key: key, first: owner, second: claim.name))
                }
                owners[key, default: []].append(claim.name)
            }
        }
        return result
    }
}
