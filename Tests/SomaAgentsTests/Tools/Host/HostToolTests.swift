import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Host tools")
struct HostToolTests {
    private func measure(_ tool: any Tool, _ method: String, _ more: JSONObject = [:]) async throws -> JSON {
        var arguments = more
        arguments["method"] = .string(method)
        let registry = try ToolRegistry([tool])
        let result = await registry.call(
            tool.specification.name,
            .object(arguments),
            ToolContext(workspace: nil)
        )
        #expect(result.failure == nil, "\(result.text)")
        #expect(!result.text.isEmpty)
        return result.output
    }

    @Test("both ways of measuring disks agree")
    func disk() async throws {
        let first = try await measure(HostDiskTool(), "statvfs", ["path": "/"])
        let second = try await measure(HostDiskTool(), "df", ["path": "/"])
        #expect(first.at(path: "disks.0.total_bytes") == second.at(path: "disks.0.total_bytes"))
        let difference = (first["fullest_percent"]?.double ?? 0) - (second["fullest_percent"]?.double ?? 9)
        #expect(abs(difference) <= 1)
        #expect(try await measure(HostDiskTool(), "statvfs")["disks"]?.array?.isEmpty == false)
        let wrong = await HostDiskTool().call(["path": "relative"], ToolContext(workspace: nil))
        #expect(wrong.failure == .invalidArguments)
        let missing = await HostDiskTool().call(["path": "/nowhere"], ToolContext(workspace: nil))
        #expect(missing.failure == .notFound)
    }

    @Test("both ways of measuring memory, load and the host agree")
    func others() async throws {
        let memory = try await measure(HostMemoryTool(), "meminfo")
        #expect(try await measure(HostMemoryTool(), "sysinfo")["total_bytes"] == memory["total_bytes"])
        let load = try await measure(HostLoadTool(), "loadavg")
        let other = try await measure(HostLoadTool(), "getloadavg")
        #expect(abs((load["load_15"]?.double ?? 0) - (other["load_15"]?.double ?? 9)) < 0.5)
        let host = try await measure(HostInfoTool(), "uname")
        #expect(try await measure(HostInfoTool(), "proc")["kernel"] == host["kernel"])
        let clock = try await measure(HostClockTool(), "realtime")
        let file = try await measure(HostClockTool(), "file")
        #expect(abs((clock["unix_seconds"]?.double ?? 0) - (file["unix_seconds"]?.double ?? 9)) < 2)
        #expect(clock["utc"]?.string?.utf8.count == 20)
    }

    @Test("both ways of listing ports find a socket that listens")
    func ports() async throws {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(server) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(server, plain, size) == 0 && listen(server, 1) == 0
                    && getsockname(server, plain, &size) == 0
            }
        }
        try #require(bound)
        let port = JSON(Int(UInt16(bigEndian: address.sin_port)))
        for method in ["proc", "netlink"] {
            let found = try await measure(HostPortsTool(), method)["listening"]?.array?.first {
                $0["port"] == port
            }
            #expect(found?["address"] == "127.0.0.1" && found?["reach"] == "loopback", "\(method)")
        }
    }

    @Test("the tables of the kernel are read as they are written")
    func tables() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
               1: 0100007F:1F91 00000000:0000 01 00000000:00000000 00:00000000 00000000  1000        0 1 1
               2: 00000000000000000000000001000000:0016 0:0 0A 0:0 0:0 0  0        0 1 1
               3: broken
            """
        #expect(
            HostPortsTool.listeners(in: table) == [
                .init(port: 8080, address: "127.0.0.1", uid: 1000), .init(port: 22, address: "::1", uid: 0),
            ]
        )
        #expect(
            HostMemoryTool.values(in: "MemTotal:  2 kB\nHugePages: 3\nbad\n") == [
                "MemTotal": 2048, "HugePages": 3,
            ]
        )
        #expect(HostDiskTool.unescaped("/mnt/a\\040b\\134") == "/mnt/a b\\")
        #expect(HostInfoTool.distribution("NAME=x\nPRETTY_NAME=\"Debian 12\"\n") == "Debian 12")
        #expect(HostInfoTool.distribution("") == nil)
    }

    @Test("a program that isn't there, fails or takes too long is an error")
    func programs() {
        #expect(throws: ToolError.self) { try HostProgram.find(["/nowhere"]) }
        #expect(throws: ToolError.self) { try HostProgram.output("/bin/false", []) }
        #expect(throws: ToolError.self) { try HostProgram.output("/nowhere", []) }
        #expect(throws: ToolError.self) {
            try HostProgram.output("/bin/sleep", ["9"], timeout: .milliseconds(50))
        }
        #expect(throws: ToolError.self) { try HostProgram.output("/usr/bin/yes", [], outputBytesMax: 100) }
    }
}
