/// Walks the mappings of a configuration file and collects settings.
struct SettingsFileWalk {
    let folder: String
    let home: String?
    /// Whether the file is the `soma.yaml` of the folder that agents work in.
    let isWorkspace: Bool
    private(set) var layer: [String: Settings.Entry] = [:]

    init(folder: String, home: String?, isWorkspace: Bool) {
        self.folder = folder
        self.home = home
        self.isWorkspace = isWorkspace
    }

    /// Collects the settings in a mapping.
    /// - Parameter prefix: The dotted keys above, with a dot at the end.
    mutating func visit(_ cursor: YAMLCursor, prefix: String) {
        guard !cursor.node.isNull else { return }
        guard case .mapping(let entries) = cursor.node.content else {
            let keys = SettingsSchema.definitions.map(\.key).filter { $0.hasPrefix(prefix) }.map {
                $0.dropFirst(prefix.count)
            }
            let list =
                prefix.isEmpty ? "a mapping of settings" : "a mapping with \(keys.joined(separator: ", "))"
            cursor.reportMismatch(expected: list)
            return
        }
        for entry in entries {
            guard let name = entry.key.text else { continue }
            visit(entry, key: prefix + name, in: cursor)
        }
    }

    private mutating func visit(_ entry: YAMLEntry, key: String, in cursor: YAMLCursor) {
        let value = cursor.at(entry.value)
        if let definition = SettingsSchema.definition(key) {
            // A key without a value is a placeholder; the next layer decides.
            if !entry.value.isNull { read(definition, value) }
        } else if SettingsSchema.definitions.contains(where: { $0.key.hasPrefix(key + ".") }) {
            visit(value, prefix: key + ".")
        } else {
            let known = SettingsSchema.definitions.map(\.key)
            let sections = Set(
                known.compactMap { $0.split(separator: ".").dropLast().first.map(String.init) }
            ).sorted()
            let lastPart = key.split(separator: ".").last.map(String.init) ?? key
            let near =
                NearestName.of(key, among: known + sections)
                ?? known.first { $0.split(separator: ".").last.map(String.init) == lastPart }
            cursor.at(entry.key).report("unknown key \(Quoted.text(key))", suggestion: near)
        }
    }

    private mutating func read(_ definition: SettingDefinition, _ cursor: YAMLCursor) {
        do {
            let parsed = try SettingParser(definition: definition, folder: folder, home: home).parse(
                cursor.node
            )
            if isWorkspace, let refusal = definition.workspaceRefusal, !isDefault(parsed, of: definition) {
                let place =
                    "set it in the configuration in your home, by \(definition.environmentName) or \(definition.flagName)=…"
                cursor.report("\(definition.key): \(refusal); \(place)")
                return
            }
            let mark = cursor.node.mark
            let origin = SettingOrigin.file(path: cursor.issues.file, line: mark.line, column: mark.column)
            layer[definition.key] = Settings.Entry(definition: definition, value: parsed, origin: origin)
        } catch {
            cursor.report(error.message, suggestion: error.suggestion)
        }
    }

    private func isDefault(_ value: SettingValue, of definition: SettingDefinition) -> Bool {
        definition.defaultText == value.description
    }
}
