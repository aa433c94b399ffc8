import CLinux
import SomaCore

/// Memory and swap.
package struct HostMemoryTool: HostTool {
    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_memory",
        "Says how much memory and swap the host has and how much of it is in use.",
        methods: ["meminfo", "sysinfo"]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        arguments["method"]?.string == "sysinfo" ? try sysinfo() : try meminfo()
    }

    private func meminfo() throws(ToolError) -> ToolResult {
        let values = Self.values(in: try text(of: "/proc/meminfo"))
        let total = values["MemTotal"] ?? 0
        let free = values["MemFree"] ?? 0
        // Kernels before 3.14 lack the estimate.
        let available = values["MemAvailable"] ?? free + (values["Cached"] ?? 0) + (values["Buffers"] ?? 0)
        return result([
            "total_bytes": .int(total), "free_bytes": .int(free), "available_bytes": .int(available),
            "used_percent": percent(Double(total - available), of: Double(total)),
            "swap_total_bytes": .int(values["SwapTotal"] ?? 0),
            "swap_free_bytes": .int(values["SwapFree"] ?? 0),
        ])
    }

    /// The system call knows no estimate of what is available: free memory is what can be compared.
    private func sysinfo() throws(ToolError) -> ToolResult {
        var (total, free, buffers, swapTotal, swapFree) = (
            UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0)
        )
        guard soma_memory(&total, &free, &buffers, &swapTotal, &swapFree) == 0 else {
            throw ToolError(.failed, "sysinfo failed.")
        }
        return result([
            "total_bytes": .int(Int64(total)), "free_bytes": .int(Int64(free)),
            "buffer_bytes": .int(Int64(buffers)),
            "swap_total_bytes": .int(Int64(swapTotal)), "swap_free_bytes": .int(Int64(swapFree)),
        ])
    }

    /// `Name:   123 kB` lines in bytes.
    static func values(in text: String) -> [String: Int64] {
        var values: [String: Int64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let number = parts[1].split(separator: " ").first,
                let value = Int64(number)
            else {
                continue
            }
            values[String(parts[0])] = parts[1].hasSuffix("kB") ? value * 1024 : value
        }
        return values
    }
}
