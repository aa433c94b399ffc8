import CLinux
import Glibc
import SomaCore

/// The clock.
package struct HostClockTool: HostTool {
    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_clock",
        "Says the host's time, how long it has been up, and whether its clock is synchronised.",
        methods: ["realtime", "file"]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        let now = arguments["method"]?.string == "file" ? try fileTime() : Self.read(CLOCK_REALTIME)
        let up = Self.read(CLOCK_BOOTTIME)
        var facts: JSONObject = [
            "unix_seconds": .double((now * 1000).rounded() / 1000), "utc": .string(Self.text(now)),
            "uptime_seconds": .double((up * 1000).rounded() / 1000),
            "booted_at": .string(Self.text(now - up)),
            "monotonic_seconds": .double(Self.read(CLOCK_MONOTONIC)),
        ]
        var (estimated, maximum, offset) = (Int64(0), Int64(0), Int64(0))
        let state = soma_clock_state(&estimated, &maximum, &offset)
        if state >= 0 {
            facts["synchronised"] = .bool(state == 1)
            facts["estimated_error_us"] = .int(estimated)
            facts["offset_us"] = .int(offset)
        }
        return result(facts)
    }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The time that a file system gives a file made now: another way through the kernel.
    private func fileTime() throws(ToolError) -> Double {
        var template = Array("/tmp/soma-clock-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw ToolError(.failed, "Could not make a file in /tmp.") }
        unlink(template)
        let time = Descriptor(adopting: descriptor).modified
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func text(_ seconds: Double) -> String {
        var parts = tm()
        var whole = time_t(seconds)
        gmtime_r(&whole, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension Descriptor {
    fileprivate var modified: timespec { status().st_mtim }
}
