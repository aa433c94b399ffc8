import Glibc
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
    static func isEmpty(_ folder: String) -> Bool { files(in: folder).isEmpty }

    /// All themes at hand; of two with the same name the person's own.
    /// - Parameters:
    ///   - last: What each file said when it last could be read, and says as long as it can't.
    ///   - problem: Told of each thing that is wrong with a file; one bad theme keeps nobody from working.
    static func all(in folders: [String], last: inout [String: Theme], problem: (String) -> Void) -> [Theme] {
        var themes = builtIn
        var read: [String: Theme] = [:]
        for folder in folders.reversed() {
            for file in files(in: folder) {
                guard let theme = theme(in: file, problem) ?? last[file] else { continue }
                read[file] = theme
                themes.removeAll { $0.name == theme.name }
                themes.append(theme)
            }
        }
        last = read
        return themes
    }

    private static func theme(in file: String, _ problem: (String) -> Void) -> Theme? {
        do {
            let bytes = try FileText.readIfPresent(file, bytesMax: ThemeFile.bytesMax)
            return try bytes.map { try ThemeFile.read(String(decoding: $0, as: UTF8.self), file: file) }
        } catch {
            for line in "\(error)".split(separator: "\n") { problem(String(line)) }
            return nil
        }
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
        var last: [String: Theme] = [:]
        let themes = all(in: folders, last: &last) { Out.note("soma: \($0)") }
        return try choose(name, of: themes, global: global)
    }

    private static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { files.append("\(folder)/\(name)") }
        }
        return files.sorted()
    }
}
