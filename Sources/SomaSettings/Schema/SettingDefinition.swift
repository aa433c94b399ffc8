/// One row of the table of settings.
public struct SettingDefinition: Sendable, Hashable {
    /// The dotted key, `log.level`: in YAML, `level` inside `log`.
    public let key: String
    /// What its value must be.
    public let kind: SettingKind
    /// The default as text, nil where there is none or it is worked out.
    public let defaultText: String?
    /// What it is for, one sentence.
    public let summary: String
    /// Further environment variables, older or shorter than ``environmentName``, which goes first.
    public let environmentAliases: [String]
    /// Variables of a standard that other programs obey as well. They count where nothing else says it, the last of them that
    /// is set first; what they hold and isn't valid here is a warning, because it may be meant for others.
    public let standardVariables: [String]
    /// Why a `soma.yaml` in the working folder may not set it, or may only set it to `default`; nil where it may.
    ///
    /// That folder is what agents write to and what people download, so its file may not widen what they can do.
    public let workspaceRefusal: String?

    init(
        _ key: String,
        _ kind: SettingKind,
        default defaultText: String? = nil,
        _ summary: String,
        environmentAliases: [String] = [],
        standardVariables: [String] = [],
        workspaceRefusal: String? = nil
    ) {
        self.key = key
        self.kind = kind
        self.defaultText = defaultText
        self.summary = summary
        self.environmentAliases = environmentAliases
        self.standardVariables = standardVariables
        self.workspaceRefusal = workspaceRefusal
    }

    /// The environment variable: `SOMA_LOG_LEVEL`.
    public var environmentName: String {
        "SOMA_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// The option of both programs that sets it, without its value: `--set log.level`.
    public var flagName: String { "--set \(key)" }
}
