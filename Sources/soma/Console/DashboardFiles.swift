import Glibc
import SomaConsole
import SomaSettings

/// The person's own dashboards: `$XDG_CONFIG_HOME/soma/dashboards/*.yaml`.
enum DashboardFiles {
    /// Where they are; `nil` without a home.
    static func folder(environment: [String: String]) -> String? {
        ConfigFolders.userFolder(environment: environment).map { $0 + "/dashboards" }
    }

    /// All of a folder, in the order of the files' names; a folder that isn't there has none.
    /// - Parameter problem: Told of each thing that is wrong with a file; one bad dashboard keeps nobody from the others.
    static func all(in folder: String, problem: (String) -> Void) -> [Dashboard] {
        var dashboards: [Dashboard] = []
        for file in files(in: folder) {
            do throws(SettingsError) {
                guard let bytes = try FileText.readIfPresent(file, bytesMax: DashboardReader.bytesMax) else {
                    continue
                }
                let dashboard = try DashboardReader.read(bytes, file: file)
                if dashboards.contains(where: { $0.name == dashboard.name }) {
                    problem("\(file): there is another dashboard named \(dashboard.name).")
                } else if dashboards.count < Dashboard.countMax {
                    dashboards.append(dashboard)
                }
            } catch {
                for line in error.description.split(separator: "\n") { problem(String(line)) }
            }
        }
        return dashboards
    }

    private static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { files.append("\(folder)/\(name)") }
        }
        return files.sorted()
    }
}
