import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("Other keys")
struct KeyConflictTests {
    private func conflicts(_ changes: [KeyChange], _ plugins: [Plugin] = []) -> [String] {
        KeyConflict.find(in: KeyMap.scopes, changes: changes, plugins: plugins).map {
            "\($0.binding) \($0.key) \($0.other) \($0.scope)"
        }
    }

    @Test("are no trouble while there are none, whatever the console's own share on purpose")
    func own() { #expect(conflicts([]) == []) }

    @Test("that a binding of every view has clash in every view, and are told once")
    func everyView() {
        for scope in KeyMap.scopes {
            for binding in scope.bindings where binding.name != "app.quit" {
                guard let key = binding.keys.first else { continue }
                let found = KeyConflict.find(
                    in: KeyMap.scopes,
                    changes: [KeyChange("app.quit", keys: [key])],
                    plugins: []
                )
                #expect(
                    found.contains { $0.binding == "app.quit" && $0.other == binding.name && $0.key == key },
                    "\(binding.name) in \(scope.name)"
                )
                #expect(Set(found).count == found.count)
            }
        }
    }

    @Test("may be those of a binding that never has effect at the same time")
    func otherView() {
        #expect(conflicts([KeyChange("run.follow", keys: [Key("w")])]) == ["run.follow w run.waterfall run"])
        #expect(conflicts([KeyChange("plan.whole", keys: [Key("w")])]) == [])
    }

    @Test("may be swapped, and a key that was given away is free")
    func swapped() {
        let swap = [
            KeyChange("fleet.open", keys: [Key("g")]), KeyChange("fleet.plan", keys: [Key(.enter)]),
        ]
        #expect(conflicts(swap) == [])
        let cancel = Plugin("x", key: Key("x"), views: ["fleet"], command: "x")
        #expect(conflicts([KeyChange("steer.cancel", keys: [])], [cancel]) == [])
    }

    @Test("of plugins clash with the console's and with each other's where both have effect")
    func plugins() {
        let cancel = Plugin("kill", key: Key("x"), views: ["fleet"], command: "true")
        #expect(conflicts([], [cancel]) == ["plugin.kill x steer.cancel fleet"])
        let one = Plugin("one", key: Key("U"), views: ["fleet"], command: "true")
        let two = Plugin("two", key: Key("U"), views: ["run"], command: "true")
        let all = Plugin("all", key: Key("U"), command: "true")
        #expect(conflicts([], [one, two]) == [])
        #expect(
            conflicts([], [one, two, all]) == [
                "plugin.all U plugin.one fleet", "plugin.all U plugin.two run",
            ]
        )
    }

    @Test("say what to do")
    func message() {
        let conflict = KeyConflict(
            key: Key("x"),
            binding: "plugin.kill",
            other: "steer.cancel",
            scope: "fleet"
        )
        #expect(
            conflict.message
                == "the key x belongs to steer.cancel in the view fleet; give steer.cancel another key too, or none "
                + "with `steer.cancel: []`"
        )
    }

    @Test("replace those of the table and leave the others alone")
    func applied() {
        let changes = KeyChanges([KeyChange("fleet.open", keys: [Key("o")]), KeyChange("app.quit", keys: [])])
        let before = KeyMap.scopes[0].bindings
        let after = changes.applied(to: before)
        #expect(after.map(\.name) == before.map(\.name))
        for (old, new) in zip(before, after) {
            switch old.name {
            case "fleet.open": #expect(new.keys == [Key("o")])
            case "app.quit": #expect(new.keys == [])
            default: #expect(new.keys == old.keys)
            }
        }
    }
}
