import SomaClient
import SomaConsole
import SomaSettings
import SomaTerminal

/// Reads `console.yaml`: every problem at once, each with its line, its column and what was probably meant.
struct ConsoleConfigReader {
    /// What names in the file may stand for.
    struct Vocabulary {
        /// The themes at hand.
        var themes: [String]
        /// The keys of each view.
        var scopes: [KeyScope<KeyMeaning>]
        /// The commands after `:`.
        var commands: [String]
    }

    /// Largest file in bytes.
    static let bytesMax = 262_144

    let vocabulary: Vocabulary
    /// What relative paths and `~/` in the file start from.
    let folder: String
    let home: String?

    /// The configuration that a text stands for.
    /// - Parameters:
    ///   - bytes: The file, UTF-8.
    ///   - file: Its name for messages.
    /// - Throws: `SettingsError.Kind.invalid` with every problem found.
    func read(_ bytes: [UInt8], file: String) throws(SettingsError) -> ConsoleConfig {
        let reader = YAMLReader(limits: YAMLLimits(bytesMax: Self.bytesMax, depthMax: 16, nodesMax: 10_000))
        let document = try reader.document(bytes, file: file)
        guard !document.root.isNull else { return ConsoleConfig() }
        return try document.decode { (object: YAMLObject) in config(object) }
    }

    private func config(_ object: YAMLObject) -> ConsoleConfig {
        var config = ConsoleConfig()
        config.theme = object.optional("theme", .oneOf(["default"] + vocabulary.themes))
        config.ascii = object.optional("ascii", .boolean)
        config.mouse = object.value("mouse", .boolean, default: true)
        let keys = Section(object, "keys")
        let plugins = Section(object, "plugins")
        config.keys = keys.read(keyChange)
        config.plugins = plugins.read(plugin)
        let aliases = Section(object, "aliases")
        config.aliases = Dictionary(aliases.read(alias)) { first, _ in first }
        checkAliases(config.aliases, aliases)
        config.contexts = contexts(Section(object, "contexts"))
        let names = config.contexts.map(\.name)
        config.context = object.value("context", .oneOf(names), default: ConsoleContext.local.name)
        if let notify = object.optional("notify", YAMLRule.object("a mapping", notify)) {
            config.notify = notify
        }
        for conflict in KeyConflict.find(in: vocabulary.scopes, changes: config.keys, plugins: config.plugins)
        {
            let name = conflict.binding.dropFirst(KeyConflict.pluginPrefix.count)
            let isPlugin = conflict.binding.hasPrefix(KeyConflict.pluginPrefix)
            let place = isPlugin ? plugins.value(String(name)) : keys.value(conflict.binding)
            (place ?? object.cursor).report(conflict.message)
        }
        if KeyConflict.locksIn(in: vocabulary.scopes, changes: config.keys),
            let last = config.keys.last(where: { KeyConflict.exits.contains($0.binding) })
        {
            keys.value(last.binding)?.report(
                "nothing would end the console: app.quit and app.command are both without a key; give one of "
                    + "them a key, such as `\(last.binding): \(last.binding == "app.quit" ? "ctrl+q" : "f10")`"
            )
        }
        return config
    }

    // MARK: Keys

    private var bindings: [String] {
        var seen: Set<String> = []
        return vocabulary.scopes.flatMap(\.bindings).map(\.name).filter { seen.insert($0).inserted }
    }

    private func keyChange(_ entry: YAMLObject.Member) -> KeyChange? {
        guard bindings.contains(entry.name) else {
            entry.key.report(
                "there is no key binding named \"\(SafeText.line(entry.name))\"",
                suggestion: nearest(entry.name, among: bindings)
            )
            return nil
        }
        guard let keys = Self.keys.read(entry.value) else { return nil }
        return KeyChange(entry.name, keys: keys)
    }

    /// A key, or a list of keys.
    private static var keys: YAMLRule<[Key]> {
        YAMLRule(expected: "a key or a list of keys") { (cursor: YAMLCursor) in
            if case .sequence = cursor.node.content {
                return YAMLRule.list(of: key, count: 0...8).read(cursor)
            }
            return key.read(cursor).map { [$0] }
        }
    }

    private static var key: YAMLRule<Key> {
        YAMLRule(expected: "a key such as g, ctrl+q or f5") { (cursor: YAMLCursor) in
            // A digit is a key, too, and needs no quotes.
            guard let text = cursor.node.text, !text.isEmpty else {
                cursor.reportMismatch(expected: "a key such as g, ctrl+q or f5")
                return nil
            }
            do throws(KeyName.Problem) {
                return try KeyName.read(text)
            } catch {
                cursor.report(error.message, suggestion: error.suggestion)
                return nil
            }
        }
    }

    // MARK: Plugins and aliases

    private func plugin(_ entry: YAMLObject.Member) -> Plugin? {
        guard Self.isName(entry.name) else {
            entry.key.report(Self.nameRule)
            return nil
        }
        var seen: Set<String> = []
        let views = vocabulary.scopes.map(\.name).filter { seen.insert($0).inserted }
        return YAMLRule.object("a mapping with key and command") { object in
            let key = object.required("key", Self.key)
            let command = object.required("command", .text(scalarsMax: 8192))
            var plugin = Plugin(
                entry.name,
                key: key ?? Key(.escape),
                title: object.optional("title", .text(scalarsMax: 40)),
                command: command ?? ""
            )
            plugin.views = object.value("views", .list(of: .oneOf(views), count: 1...64), default: [])
            plugin.isBackground = object.value("background", .boolean, default: false)
            plugin.asks = object.value("confirm", .boolean, default: false)
            plugin.needsRun = object.value("needs_run", .boolean, default: true)
            plugin.isReadOnly = object.value("read_only", .boolean, default: false)
            plugin.waits = object.value("wait", .boolean, default: !plugin.isBackground)
            if plugin.isBackground, plugin.waits {
                object.value("wait")?.report("expected no wait where background is true")
            }
            return key == nil || command == nil ? nil : plugin
        }.read(entry.value)
    }

    private func alias(_ entry: YAMLObject.Member) -> (String, String)? {
        guard !entry.name.isEmpty, entry.name.utf8.count <= 32, !entry.name.contains(where: \.isWhitespace)
        else {
            entry.key.report("expected a word of at most 32 bytes as the name of an alias")
            return nil
        }
        guard !vocabulary.commands.contains(entry.name) else {
            entry.key.report("\"\(entry.name)\" is a command; an alias needs a name of its own")
            return nil
        }
        return YAMLRule.text(scalarsMax: 1024).read(entry.value).map { (entry.name, $0) }
    }

    /// What an alias stands for begins with a command, or with an alias that in the end does.
    private func checkAliases(_ aliases: [String: String], _ section: Section) {
        for name in aliases.keys {
            var word = name
            var steps = 0
            while let line = aliases[word], steps <= aliases.count {
                word = line.split(separator: " ").first.map(String.init) ?? ""
                steps += 1
            }
            guard !vocabulary.commands.contains(word) else { continue }
            guard steps <= aliases.count else {
                section.value(name)?.report("the alias \"\(SafeText.line(name))\" stands for itself")
                continue
            }
            section.value(name)?.report(
                "there is no command \"\(SafeText.line(word))\"",
                suggestion: nearest(word, among: vocabulary.commands + aliases.keys.sorted())
            )
        }
    }

    // MARK: Contexts

    /// The contexts of the file; `local` is there in any case.
    private func contexts(_ section: Section) -> [ConsoleContext] {
        let written = section.read(context)
        return written.contains { $0.name == ConsoleContext.local.name } ? written : [.local] + written
    }

    private func context(_ entry: YAMLObject.Member) -> ConsoleContext? {
        guard Self.isName(entry.name) else {
            entry.key.report(Self.nameRule)
            return nil
        }
        // `local:` with nothing behind it is the context as it is.
        guard !entry.value.node.isNull else { return ConsoleContext(entry.name) }
        return YAMLRule.object("a mapping with socket, daemon or data_dir") { object in
            let places = [
                object.optional("socket", path).map {
                    ("socket", ConsoleContext.Place.address("unix:" + $0))
                },
                object.optional("daemon", Self.address).map { ("daemon", ConsoleContext.Place.address($0)) },
                object.optional("data_dir", path).map { ("data_dir", ConsoleContext.Place.dataFolder($0)) },
            ].compactMap(\.self)
            if places.count > 1 {
                object.key(places[1].0)?.report(
                    "expected one of socket, daemon and data_dir, found \(places[0].0) and \(places[1].0)"
                )
            }
            return ConsoleContext(
                entry.name,
                place: places.first?.1 ?? .standard,
                isReadOnly: object.value("read_only", .boolean, default: false),
                label: object.optional("label", .text(scalarsMax: 40)),
                color: object.optional("color", Self.color)
            )
        }.read(entry.value)
    }

    private static var address: YAMLRule<String> {
        YAMLRule(expected: "unix:PATH, absolute, or http://HOST:PORT") { node in
            node.text.flatMap { DaemonAddress($0) == nil ? nil : $0 }
        }
    }

    private static var color: YAMLRule<Color> {
        YAMLRule(expected: "a colour") { (cursor: YAMLCursor) in
            guard let text = cursor.node.text, let color = Color(text) else {
                cursor.reportMismatch(
                    expected: "a colour such as red, bright-blue or \"#ff8800\"",
                    suggestion: cursor.node.text.flatMap { NearestName.find($0, in: Color.names) }
                )
                return nil
            }
            return color
        }
    }

    /// A path, made absolute: relative ones start in the file's folder.
    private var path: YAMLRule<String> {
        YAMLRule<String>.text(scalarsMax: 4096).map { text in
            if let home, text == "~" || text.hasPrefix("~/") { return home + text.dropFirst() }
            return text.hasPrefix("/") ? text : folder + "/" + text
        }
    }

    // MARK: Notifications

    private func notify(_ object: YAMLObject) -> NotifySettings {
        var notify = NotifySettings()
        notify.bell = object.value("bell", .boolean, default: notify.bell)
        notify.osc9 = object.value("osc9", .boolean, default: notify.osc9)
        notify.command = object.optional("command", .text(scalarsMax: 8192))
        notify.quiet = object.value("quiet", Self.quiet, default: [])
        notify.after = object.value("after", .duration(in: .zero ... .seconds(86_400)), default: .zero)
        return notify
    }

    /// A part of the day, or a list of them.
    private static var quiet: YAMLRule<[QuietHours]> {
        let expected = "a part of the day such as 22:00-07:30"
        let hours = YAMLRule<QuietHours>(expected: expected) { node in node.text.flatMap { QuietHours($0) } }
        return YAMLRule(expected: expected) { (cursor: YAMLCursor) in
            if case .sequence = cursor.node.content {
                return YAMLRule.list(of: hours, count: 0...16).read(cursor)
            }
            return hours.read(cursor).map { [$0] }
        }
    }

    // MARK: Names

    private static let nameRule = "expected a name of at most 32 letters, digits, - and _"

    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    private func nearest(_ name: String, among names: [String]) -> String? {
        NearestName.find(name, in: names)
    }
}

/// A part of the file whose keys are names that a person chose.
private struct Section {
    private let members: [YAMLObject.Member]

    init(_ object: YAMLObject, _ name: String) {
        members = object.optional(name, YAMLRule.object("a mapping") { $0.members }) ?? []
    }

    func read<Value>(_ body: (YAMLObject.Member) -> Value?) -> [Value] { members.compactMap(body) }

    func value(_ name: String) -> YAMLCursor? { members.first { $0.name == name }?.value }
}
