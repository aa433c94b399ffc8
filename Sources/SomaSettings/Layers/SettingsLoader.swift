/// Reads the layers of configuration and lays them over each other.
///
/// Strongest first: flags, `SOMA_*` variables, `./soma.yaml`, `$XDG_CONFIG_HOME/soma/config.yaml`,
/// `/etc/soma/config.yaml`, the table's defaults.
public struct SettingsLoader: Sendable {
    /// A value given on the command line.
    public struct Flag: Sendable, Hashable {
        /// The key of the table, `log.level`.
        public let key: String
        /// The option as the person wrote it, with dashes.
        public let name: String
        /// The values; more than one only where a list is expected.
        public let values: [String]

        /// Names a value; the option is `--set KEY` when nil.
        public init(key: String, name: String? = nil, values: [String]) {
            self.key = key
            self.name = name ?? "--set \(key)"
            self.values = values
        }

        /// Reads `KEY=VALUE`; nil for anything else.
        public init?(assignment: String) {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                return nil
            }
            self.init(
                key: String(assignment[..<equals]),
                values: [String(assignment[assignment.index(after: equals)...])]
            )
        }
    }

    private let environment: [String: String]
    private let workingFolder: String
    private let systemFile: String
    private let explicitFile: String?

    /// A loader for a process.
    /// - Parameters:
    ///   - environment: The process's variables.
    ///   - workingFolder: Where the person stands; absolute.
    ///   - configFile: `--config FILE`: read in place of the three files, and must exist.
    ///   - systemFile: The weakest file.
    public init(
        environment: [String: String],
        workingFolder: String,
        configFile: String? = nil,
        systemFile: String = "/etc/soma/config.yaml"
    ) {
        self.environment = environment
        self.workingFolder = workingFolder
        self.systemFile = systemFile
        explicitFile = configFile.map {
            PathText.absolute($0, from: workingFolder, home: environment["HOME"])
        }
    }

    /// Reads every layer. Blocks on the disk.
    /// - Throws: `SettingsError`: `invalid` with the first problem of the flags, else of the variables, else with every
    ///   problem of the strongest file that has one; `unusableFile` where a file exists and can't be read.
    public func load(flags: [Flag] = []) throws(SettingsError) -> Settings {
        var warnings: [String] = []
        var layers = [try flagLayer(flags), try environmentLayer(warnings: &warnings)]
        layers += try fileLayers()
        layers.append(standardLayer(warnings: &warnings))
        let entries = SettingsSchema.definitions.map { definition in
            for layer in layers {
                if let found = layer[definition.key] { return found }
            }
            return defaultEntry(definition)
        }
        let settings = Settings(entries: entries, warnings: warnings, environment: environment)
        try checkKeyDestination(settings)
        return settings
    }

    private typealias Layer = [String: Settings.Entry]

    private func parser(_ definition: SettingDefinition, folder: String? = nil) -> SettingParser {
        SettingParser(definition: definition, folder: folder ?? workingFolder, home: environment["HOME"])
    }

    private func defaultEntry(_ definition: SettingDefinition) -> Settings.Entry {
        var value = SettingValue.absent
        if let text = definition.defaultText {
            guard let parsed = try? parser(definition).parse(text) else {
                preconditionFailure("the default of \(definition.key) is not valid")
            }
            value = parsed
        }
        return Settings.Entry(definition: definition, value: value, origin: .builtIn)
    }

    private func flagLayer(_ flags: [Flag]) throws(SettingsError) -> Layer {
        var layer: Layer = [:]
        for flag in flags where !flag.values.isEmpty {
            guard let definition = SettingsSchema.definition(flag.key) else {
                let near = NearestName.of(flag.key, among: SettingsSchema.definitions.map(\.key))
                let issue = SettingsIssue(
                    origin: .flag(flag.name),
                    message: "unknown setting",
                    suggestion: near
                )
                throw SettingsError(issues: [issue])
            }
            let text =
                definition.kind.isList ? flag.values.joined(separator: ",") : flag.values.last ?? ""
            layer[flag.key] = try entry(definition, text, .flag(flag.name))
        }
        return layer
    }

    private func environmentLayer(warnings: inout [String]) throws(SettingsError) -> Layer {
        var layer: Layer = [:]
        for name in environment.keys.sorted() where name.hasPrefix("SOMA_") {
            guard let definition = SettingsSchema.definition(environmentName: name) else {
                try EnvironmentNames.check(name, warnings: &warnings)
                continue
            }
            // An empty variable is how shells and container files unset one.
            guard let text = environment[name], !text.isEmpty else { continue }
            let isAlias = name != definition.environmentName
            guard !isAlias || environment[definition.environmentName, default: ""].isEmpty else { continue }
            layer[definition.key] = try environmentEntry(definition, name, text)
        }
        return layer
    }

    private func standardLayer(warnings: inout [String]) -> Layer {
        var layer: Layer = [:]
        for definition in SettingsSchema.definitions where !definition.standardVariables.isEmpty {
            for name in definition.standardVariables {
                guard let text = environment[name], !text.isEmpty else { continue }
                do throws(SettingsError) {
                    layer[definition.key] = try environmentEntry(definition, name, text)
                } catch {
                    warnings.append("\(error.description) It is not used.")
                }
            }
        }
        return layer
    }

    /// A secret's variable may hold the secret itself: then the variable is what is referred to.
    private func environmentEntry(
        _ definition: SettingDefinition,
        _ name: String,
        _ text: String
    ) throws(SettingsError) -> Settings.Entry {
        let schemes = ["file:", "env:", "vault:"]
        guard definition.kind == .secret, !schemes.contains(where: text.hasPrefix) else {
            return try entry(definition, text, .environment(name))
        }
        let value = SettingValue.secret(SecretReference(environment: name))
        return Settings.Entry(definition: definition, value: value, origin: .environment(name))
    }

    private func entry(
        _ definition: SettingDefinition,
        _ text: String,
        _ origin: SettingOrigin
    ) throws(SettingsError) -> Settings.Entry {
        do {
            let value = try parser(definition).parse(text)
            return Settings.Entry(definition: definition, value: value, origin: origin)
        } catch {
            // An option names what it sets already.
            let key = "\(definition.key): "
            let isNamed = if case .flag = origin { error.message.hasPrefix(key) } else { false }
            let message = isNamed ? String(error.message.dropFirst(key.count)) : error.message
            let issue = SettingsIssue(origin: origin, message: message, suggestion: error.suggestion)
            throw SettingsError(issues: [issue])
        }
    }

    private var workspaceFile: String { PathText.absolute("soma.yaml", from: workingFolder, home: nil) }

    private func fileLayers() throws(SettingsError) -> [Layer] {
        if let explicitFile {
            let bytes = try FileText.read(explicitFile, bytesMax: YAMLLimits().bytesMax)
            return [try fileLayer(bytes, path: explicitFile, isWorkspace: false)]
        }
        var result: [Layer] = []
        var paths = [workspaceFile]
        if let userFile = ConfigFolders.userFolder(environment: environment).map({ $0 + "/config.yaml" }) {
            paths.append(userFile)
        }
        paths.append(systemFile)
        for path in paths {
            guard let bytes = try FileText.readIfPresent(path, bytesMax: YAMLLimits().bytesMax) else {
                continue
            }
            result.append(try fileLayer(bytes, path: path, isWorkspace: path == workspaceFile))
        }
        return result
    }

    private func fileLayer(_ bytes: [UInt8], path: String, isWorkspace: Bool) throws(SettingsError) -> Layer {
        let document = try YAMLReader().document(bytes, file: path)
        return try document.decode(
            YAMLRule(expected: "a mapping of settings") { cursor in
                var walk = SettingsFileWalk(
                    folder: PathText.parent(path),
                    home: environment["HOME"],
                    isWorkspace: isWorkspace
                )
                walk.visit(cursor, prefix: "")
                return walk.layer
            }
        )
    }

    /// A downloaded folder must not be able to have a person's key sent to an address that it names.
    private func checkKeyDestination(_ settings: Settings) throws(SettingsError) {
        let address = settings.entry("model.url")
        guard case .file(workspaceFile, _, _) = address.origin, explicitFile == nil,
            case .secret = settings.entry("model.api_key").value
        else { return }
        let message = "model.url: a workspace may not choose where the key of model.api_key is sent"
        let place = "put it into the configuration in your home, a variable or an option"
        throw SettingsError(issues: [SettingsIssue(origin: address.origin, message: "\(message); \(place)")])
    }
}

/// Judges `SOMA_` variables that are no settings.
enum EnvironmentNames {
    /// What the console tells the plugins that it runs, and so the commands that they call.
    static let told: Set<String> = [
        "SOMA_RUN", "SOMA_PARENT", "SOMA_ROLE", "SOMA_STATUS", "SOMA_NODE", "SOMA_GOAL", "SOMA_SEQ",
        "SOMA_QUESTION", "SOMA_VIEW", "SOMA_CONTEXT", "SOMA_SOCKET", "SOMA_DAEMON", "SOMA_READ_ONLY",
    ]

    /// A typing mistake is an error, a stranger a warning.
    ///
    /// Kubernetes gives every container variables for each service, and a service is likely to be called soma.
    static func check(_ name: String, warnings: inout [String]) throws(SettingsError) {
        let serviceMarks = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"]
        guard name != "SOMA_PORT", !told.contains(name),
            !serviceMarks.contains(where: { name.hasSuffix($0) || name.contains($0 + "_") })
        else { return }
        let known = SettingsSchema.definitions.flatMap { [$0.environmentName] + $0.environmentAliases }
        let stem = Array(name.dropFirst(5).unicodeScalars)
        let near = known.first { NearestName.distance(stem, Array($0.dropFirst(5).unicodeScalars)) <= 2 }
        guard let near, stem.count > 3 else {
            warnings.append("The variable \(Quoted.visible(name)) is no setting of Soma and has no effect.")
            return
        }
        throw SettingsError(issues: [
            SettingsIssue(origin: .environment(name), message: "unknown setting", suggestion: near)
        ])
    }
}
