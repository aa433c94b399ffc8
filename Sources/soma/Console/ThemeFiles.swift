import Glibc
import SomaSettings
import SomaTerminal

/// The themes at hand: those that come along, and the person's own.
enum ThemeFiles {
    /// All themes, the chosen one first.
    static func load(first name: String?, global: GlobalOptions) throws -> [Theme] {
        var themes: [Theme] = [.dark, .mono]
        for folder in ConfigFolders.themes(environment: Environment.all, executable: WorkingFolder.executable)
            .reversed()
        {
            for file in files(in: folder) {
                guard let bytes = try? InputFile.bytes(file) else { continue }
                do {
                    let theme = try ThemeFile.read(String(decoding: bytes, as: UTF8.self), file: file)
                    themes.removeAll { $0.name == theme.name }
                    themes.append(theme)
                } catch {
                    // One bad theme keeps nobody from working.
                    Out.note("soma: \(SafeText.lines("\(error)").joined(separator: "\n"))")
                }
            }
        }
        let wanted = try name ?? global.settings().theme
        guard wanted != "default" else { return themes }
        guard let index = themes.firstIndex(where: { $0.name == wanted }) else {
            let near = NearestName.find(wanted, in: themes.map(\.name)).map { " Did you mean \($0)?" } ?? ""
            let all = themes.map(\.name).sorted().joined(separator: ", ")
            throw CommandFailure(.usage, "There is no theme \"\(wanted)\".\(near)", hint: "Themes: \(all)")
        }
        themes.insert(themes.remove(at: index), at: 0)
        return themes
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
