import SomaConsole
import SomaSettings

/// The person's own dashboards: `$XDG_CONFIG_HOME/soma/dashboards/*.yaml`.
enum DashboardFiles {
    /// Where they are; `nil` without a home.
    static func folder(environment: [String: String]) -> String? {
        ConfigFolders.userFolder(environment: environment).map { $0 + "/dashboards" }
    }

    /// All of a folder, in the order of the files' names; a folder that isn't there has none.
    /// - Parameters:
    ///   - kept: What each file said when it last could be read.
    ///   - problem: Told of each thing that is wrong with a file.
    static func all(
        in folder: String,
        kept: inout KeptFiles<Dashboard>,
        problem: (String) -> Void
    ) -> [Dashboard] {
        var dashboards: [Dashboard] = []
        let read = kept.read([folder], bytesMax: DashboardReader.bytesMax, problem: problem) {
            try DashboardReader.read($0, file: $1)
        }
        for (file, dashboard) in read {
            if dashboards.contains(where: { $0.name == dashboard.name }) {
                problem("\(file): there is another dashboard named \(dashboard.name).")
            } else if dashboards.count < Dashboard.countMax {
                dashboards.append(dashboard)
            }
        }
        return dashboards
    }
}
