import Glibc
import SomaCore
import SomaSettings

/// A data folder, a workspace and a role of a measurement's own; removed when it is over.
struct PerfFolder: Sendable {
    /// Holds all of it.
    let path: String
    /// The role that the measurement's runs have.
    static let role = "worker"
    /// The runbook that they follow.
    static let runbook = "work"
    /// The most steps that a runbook has.
    static let stepsMax = 64

    var data: String { path + "/data" }
    var workspace: String { path + "/workspace" }
    var agents: String { path + "/agents" }
    var config: String { path + "/config.yaml" }
    var log: String { path + "/somad.log" }
    var store: String { data + "/soma.db" }
    var socket: String { (socketFolder ?? path) + "/s" }
    /// Where the socket is if its path would be too long here.
    private var socketFolder: String?

    /// What the runbook's steps do.
    enum Step {
        /// Appends a line that no other call appends, to the one file of all runs.
        case append
        /// Reads a file.
        case read

        static let file = "lines.txt"

        fileprivate var tool: String {
            switch self {
            case .append: "append_line"
            case .read: "read_file"
            }
        }

        fileprivate func arguments(_ number: Int) -> String {
            switch self {
            case .append: "{path: \(Self.file), line: \"{{ run.id }} \(number)\"}"
            // The same call again and again would be taken for a circle.
            case .read: "{path: \(Self.file), limit: \(number)}"
            }
        }
    }

    /// Makes the folder beneath another one, `/tmp` where none is named.
    init(beneath parent: String?) throws {
        path = try Self.make(in: WorkingFolder.absolute(parent ?? "/tmp"))
        if path.utf8.count + 2 > DataFolder.socketPathBytesMax { socketFolder = try Self.make(in: "/tmp") }
        for folder in [data, workspace] { mkdir(folder, 0o700) }
        try Self.write("", workspace + "/" + Step.file)
    }

    private static func make(in parent: String) throws -> String {
        var template = Array("\(parent)/soma-perf-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                .usage,
                "Could not make a folder in \(parent): \(String(cString: strerror(errno))).",
                hint: "Name another one with --folder."
            )
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes the role and the configuration of a daemon for so many runs.
    func prepare(_ step: Step, steps: Int, runs: Int) throws {
        let role = "\(agents)/\(Self.role)"
        for folder in [agents, role, role + "/prompts", role + "/runbooks"] { mkdir(folder, 0o700) }
        try Self.write(
            "description: Works for a measurement.\ntools: [\(step.tool)]\n",
            role + "/config.yaml"
        )
        try Self.write("You follow a runbook.\n", role + "/prompts/agent.system.main.md")
        var book = """
            name: \(Self.runbook)
            version: 1
            description: Does the same thing again and again.
            matches: [work]
            steps:

            """
        for number in 1...min(max(1, steps), Self.stepsMax) {
            book += """
                  - {id: s\(number), title: "Step \(number)", tool: \(step.tool), \
                arguments: \(step.arguments(number))}

                """
        }
        try Self.write(book + "report: Done.\n", role + "/runbooks/\(Self.runbook).yaml")
        try Self.write(
            "agents_dir: \(agents)\nlog: {level: notice}\nlimits: {runs_active_max: \(2 * runs + 100)}\n",
            config
        )
    }

    /// The configuration of a daemon that has what everybody has.
    func prepareAsShipped() throws { try Self.write("log: {level: notice}\n", config) }

    /// Removes all of it.
    func remove() {
        Self.remove(path)
        if let socketFolder { Self.remove(socketFolder) }
    }

    private static func write(_ text: String, _ path: String) throws {
        let bytes = Array(text.utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { if descriptor >= 0 { close(descriptor) } }
        let code = descriptor < 0 ? errno : WholeWrite.write(bytes, to: descriptor)
        guard code == 0 else {
            throw CommandFailure(.failed, "Could not write \(path): \(String(cString: strerror(code))).")
        }
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0, let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }

    /// The last words of the daemon's log.
    var lastWords: String {
        guard let file = fopen(log, "r") else { return "" }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        fseek(file, max(0, ftell(file) - 2000), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 2000)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
