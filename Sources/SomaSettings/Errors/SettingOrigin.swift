/// Where a value, or a problem with one, comes from.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Nobody set it: the value of the table of settings.
    case builtIn
    /// A place in a YAML file; line and column count from 1, 0 where the place is the whole file.
    case file(path: String, line: Int, column: Int)
    /// An environment variable, by name.
    case environment(String)
    /// A command line option, with its dashes.
    case flag(String)

    /// The place as a person writes it: `soma.yaml:3:5`, `SOMA_LOG_LEVEL`, `--log-level`, `default`.
    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, 0, _): Quoted.visible(path)
        case .file(let path, let line, let column): "\(Quoted.visible(path)):\(line):\(column)"
        case .environment(let name): Quoted.visible(name)
        case .flag(let name): Quoted.visible(name)
        }
    }
}
