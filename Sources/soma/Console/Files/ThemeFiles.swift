import SomaSettings
import SomaTerminal

/// The themes at hand: those that come along, and the person's own.
enum ThemeFiles {
    /// The themes that need no file; those that come along under the same names are the same.
    static let builtIn: [Theme] = [.dark, .mono]

    /// Whether a theme needs no file.
    static func isBuiltIn(_ name: String?) -> Bool {
        name == "default" || builtIn.contains { $0.name == name }
    }

    /// Whether a folder has no themes.
    static func isEmpty(_ folder: String) -> Bool { KeptFiles<Theme>.files(in: folder).isEmpty }

    /// All themes at hand; of two with the same name the person's own.
    /// - Parameters:
    ///   - kept: What each file said when it last could be read.
    ///   - problem: Told of each thing that is wrong with a file.
    static func all(in folders: [String], kept: inout KeptFiles<Theme>, problem: (String) -> Void) -> [Theme]
    {
        var themes = builtIn
        let read = kept.read(folders.reversed(), bytesMax: ThemeFile.bytesMax, problem: problem) {
            try ThemeFile.read(String(decoding: $0, as: UTF8.self), file: $1)
        }
        for (_, theme) in read {
            themes.removeAll { $0.name == theme.name }
            themes.append(theme)
        }
        return themes
    }

    /// The name of the theme to begin with: that of the command line or of a variable, else that of the console's
    /// file, else that of the settings.
    static func wanted(_ name: String?, console: String? = nil, global: GlobalOptions) throws -> String {
        let settings = try global.settings()
        let isNear: Bool =
            switch settings.entry("theme").origin {
            case .flag, .environment: true
            case .file, .builtIn: false
            }
        return name ?? (isNear ? nil : console) ?? settings.theme
    }

    /// The themes with the wanted one first.
    static func choose(
        _ name: String?,
        of themes: [Theme],
        console: String? = nil,
        global: GlobalOptions
    ) throws -> [Theme] {
        let wanted = try wanted(name, console: console, global: global)
        guard wanted != "default" else { return themes }
        guard let index = themes.firstIndex(where: { $0.name == wanted }) else {
            let near = NearestName.find(wanted, in: themes.map(\.name)).map { " Did you mean \($0)?" } ?? ""
            let all = themes.map(\.name).sorted().joined(separator: ", ")
            throw CommandFailure(.usage, "There is no theme \"\(wanted)\".\(near)", hint: "Themes: \(all)")
        }
        var themes = themes
        themes.insert(themes.remove(at: index), at: 0)
        return themes
    }

    /// All themes, the wanted one first, with a word on standard error about each that can't be read.
    static func load(first name: String?, global: GlobalOptions) throws -> [Theme] {
        let folders = ConfigFolders.themes(environment: Environment.all, executable: WorkingFolder.executable)
        var kept = KeptFiles<Theme>()
        let themes = all(in: folders, kept: &kept) { Out.note("soma: \($0)") }
        return try choose(name, of: themes, global: global)
    }
}
