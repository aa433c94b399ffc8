import Glibc
import SomaCore

/// What the host is.
package struct HostInfoTool: HostTool {
    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_info",
        "Says what the host is: name, kernel, distribution, processors, whether it is a container.",
        methods: ["uname", "proc"]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        var facts: JSONObject = [:]
        if arguments["method"]?.string == "proc" {
            facts["host"] = .string(try line(of: "/proc/sys/kernel/hostname"))
            facts["kernel"] = .string(try line(of: "/proc/sys/kernel/osrelease"))
        } else {
            var name = utsname()
            guard uname(&name) == 0 else { throw ToolError(.failed, "uname failed.") }
            facts["host"] = .string(Self.text(&name.nodename))
            facts["kernel"] = .string(Self.text(&name.release))
            facts["machine"] = .string(Self.text(&name.machine))
        }
        facts["distribution"] = .string(
            Self.distribution(ProcFile.text("/etc/os-release") ?? "") ?? "unknown"
        )
        facts["processors"] = JSON(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        facts["container"] = .bool(
            access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
        )
        facts["user"] = JSON(Int(geteuid()))
        return result(facts)
    }

    private func line(of path: String) throws(ToolError) -> String {
        try text(of: path).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The name in an os-release file.
    static func distribution(_ text: String) -> String? {
        let key = "PRETTY_NAME="
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
        return String(line.dropFirst(key.count).filter { $0 != "\"" })
    }

    private static func text<Bytes>(_ bytes: inout Bytes) -> String {
        withUnsafeBytes(of: &bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
