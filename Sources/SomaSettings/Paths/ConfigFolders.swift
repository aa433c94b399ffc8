/// Where configuration, themes and roles are looked for. Nothing here touches the disk but ``agents``.
public enum ConfigFolders {
    /// `$XDG_CONFIG_HOME/soma`, else `~/.config/soma`; nil without a home.
    public static func userFolder(environment: [String: String]) -> String? {
        XDG.folder("XDG_CONFIG_HOME", orHome: ".config", environment: environment).map { $0 + "/soma" }
    }

    /// Folders of themes, strongest first: the person's, then the installed ones.
    /// - Parameter executable: The running program's path.
    public static func themes(environment: [String: String], executable: String) -> [String] {
        let own = userFolder(environment: environment).map { $0 + "/themes" }
        return (own.map { [$0] } ?? []) + installed("themes", executable: executable)
    }

    /// Folders of roles to try, strongest first.
    /// - Parameters:
    ///   - settings: Its `agents_dir`, when set, is the only candidate.
    ///   - workingFolder: Where the person stands.
    ///   - executable: The running program's path.
    public static func agents(settings: Settings, workingFolder: String, executable: String) -> [String] {
        if let chosen = settings.agentsFolder { return [chosen] }
        return [PathText.absolute("agents", from: workingFolder, home: nil)]
            + installed("agents", executable: executable)
    }

    /// The first folder of roles that exists.
    /// - Throws: `SettingsError.Kind.unusableFile`, naming every place that was tried.
    public static func findAgents(
        settings: Settings,
        workingFolder: String,
        executable: String
    ) throws(SettingsError) -> String {
        let candidates = agents(settings: settings, workingFolder: workingFolder, executable: executable)
        for candidate in candidates where FileSafety.isFolder(candidate) { return candidate }
        let tried = candidates.map(Quoted.visible).joined(separator: ", ")
        throw SettingsError(
            kind: .unusableFile,
            summary: "Could not find a folder of roles: tried \(tried).",
            hint: "Set SOMA_AGENTS, or pass --set agents_dir=DIR."
        )
    }

    /// `../share/soma/<name>` beside the program's folder, and `<name>` above a build folder of the project.
    private static func installed(_ name: String, executable: String) -> [String] {
        let shared = PathText.absolute("../share/soma/\(name)", from: PathText.parent(executable), home: nil)
        guard let build = executable.split(separator: "/").firstIndex(of: ".build") else { return [shared] }
        let root = executable.split(separator: "/")[..<build].joined(separator: "/")
        return [shared, "/\(root)/\(name)"]
    }
}

/// The folders of the XDG base directory specification.
enum XDG {
    /// The variable's folder, else one in the home. Relative paths in the variable are to be ignored, says the specification.
    static func folder(_ variable: String, orHome folder: String, environment: [String: String]) -> String? {
        if let path = environment[variable], path.hasPrefix("/") {
            return PathText.absolute(path, from: "/", home: nil)
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return PathText.absolute(folder, from: home, home: nil)
    }
}
