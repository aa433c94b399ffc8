import CLinux
import Glibc
import SomaCore

/// How full the file systems are.
package struct HostDiskTool: HostTool {
    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_disk",
        "Says how full the host's file systems are: all that hold files, or the one that a path is on.",
        methods: ["statvfs", "df"],
        more: ["path": Parameters.path("A path on the one file system that is meant.")]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        let path = arguments["path"]?.string
        if let path, path.utf8.contains(0) || !path.hasPrefix("/") {
            throw ToolError(.invalidArguments, "The path must be absolute.")
        }
        let disks = arguments["method"]?.string == "df" ? try df(path) : try statvfs(path)
        let fullest = disks.max { ($0["used_percent"]?.double ?? 0) < ($1["used_percent"]?.double ?? 0) }
        let lines = disks.map { disk in
            "\(disk["mount"]?.string ?? ""): \(disk["used_percent"]?.text() ?? "") % of "
                + "\((disk["total_bytes"]?.int ?? 0) >> 20) MiB used"
        }
        return ToolResult(
            output: [
                "disks": .array(disks), "fullest_mount": fullest?["mount"] ?? nil,
                "fullest_percent": fullest?["used_percent"] ?? 0,
            ],
            text: lines.joined(separator: "\n")
        )
    }

    private static func fact(
        mount: String,
        device: String,
        total: Double,
        available: Double,
        used: Double,
        inodesPercent: JSON? = nil
    ) -> JSON {
        var fact: JSONObject = [
            "mount": .string(mount), "device": .string(device), "total_bytes": .int(Int64(total)),
            "used_bytes": .int(Int64(used)), "available_bytes": .int(Int64(available)),
            "used_percent": percent(used, of: used + available),
        ]
        fact["inodes_used_percent"] = inodesPercent
        return .object(fact)
    }

    private func statvfs(_ path: String?) throws(ToolError) -> [JSON] {
        if let path {
            guard let fact = Self.statvfs(path, device: "") else {
                throw ToolError(.notFound, "\(path) is not there.")
            }
            return [fact]
        }
        var seen: Set<String> = []
        var disks: [JSON] = []
        for line in try text(of: "/proc/self/mounts").split(separator: "\n") {
            let fields = line.split(separator: " ").map { Self.unescaped(String($0)) }
            guard fields.count > 2, fields[0].hasPrefix("/"), !seen.contains(fields[0]),
                let fact = Self.statvfs(fields[1], device: fields[0])
            else { continue }
            seen.insert(fields[0])
            disks.append(fact)
        }
        return disks
    }

    private static func statvfs(_ path: String, device: String) -> JSON? {
        var status = Glibc.statvfs()
        guard soma_statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        let unit = Double(status.f_frsize)
        var inodes: JSON?
        // Some file systems make inodes as they need them and say that they have none.
        if status.f_files > 0 {
            inodes = percent(Double(status.f_files - status.f_ffree), of: Double(status.f_files))
        }
        return fact(
            mount: path,
            device: device,
            total: Double(status.f_blocks) * unit,
            available: Double(status.f_bavail) * unit,
            used: Double(status.f_blocks - status.f_bfree) * unit,
            inodesPercent: inodes
        )
    }

    /// What the system's own program says.
    private func df(_ path: String?) throws(ToolError) -> [JSON] {
        let program = try HostProgram.find(["/usr/bin/df", "/bin/df"])
        let output = try HostProgram.output(program, ["-P", "-k"] + (path.map { ["--", $0] } ?? []))
        var seen: Set<String> = []
        return output.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count >= 6, let total = Double(fields[1]), let used = Double(fields[2]),
                let available = Double(fields[3]), path != nil || fields[0].hasPrefix("/"),
                seen.insert(fields[0]).inserted
            else { return nil }
            return Self.fact(
                mount: fields[5...].joined(separator: " "),
                device: fields[0],
                total: total * 1024,
                available: available * 1024,
                used: used * 1024
            )
        }
    }

    /// The mount table writes spaces and the like as octal escapes.
    static func unescaped(_ field: String) -> String {
        guard field.contains("\\") else { return field }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
