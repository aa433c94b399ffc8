import Glibc
import SomaCore

/// Load averages.
package struct HostLoadTool: HostTool {
    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_load",
        "Says the host's load over 1, 5 and 15 minutes, how many processors it has, and the load for each.",
        methods: ["loadavg", "getloadavg"]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        var averages = [Double](repeating: 0, count: 3)
        if arguments["method"]?.string == "getloadavg" {
            guard getloadavg(&averages, 3) == 3 else { throw ToolError(.failed, "getloadavg failed.") }
        } else {
            let fields = try text(of: "/proc/loadavg").split(separator: " ").prefix(3).compactMap {
                Double($0)
            }
            guard fields.count == 3 else { throw ToolError(.failed, "/proc/loadavg has an unknown form.") }
            averages = fields
        }
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let hundredths = averages.map { JSON.double(($0 * 100).rounded() / 100) }
        return result([
            "load_1": hundredths[0], "load_5": hundredths[1], "load_15": hundredths[2],
            "processors": JSON(Int(processors)),
            "load_5_per_processor": .double((averages[1] / Double(processors) * 100).rounded() / 100),
        ])
    }
}
