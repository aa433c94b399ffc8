import Glibc

/// What the system says about a process, under the names that Prometheus clients share.
public struct ProcessSample: Sendable, Hashable {
    struct Sample: Sendable, Hashable {
        let name: String
        let help: String
        let isCounter: Bool
        let value: Double
    }

    let samples: [Sample]

    /// Units that `/proc/<pid>/stat` counts in.
    struct Units {
        let ticksPerSecond: Double
        let pageBytes: Double
    }

    /// Reads `/proc/self`; takes about 50 µs and blocks only on the kernel. What can't be read is left out.
    public static func current() -> ProcessSample {
        let units = Units(
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageBytes: Double(getpagesize())
        )
        return ProcessSample(
            stat: ProcText.read("/proc/self/stat"),
            systemStat: ProcText.read("/proc/stat"),
            limits: ProcText.read("/proc/self/limits"),
            openFiles: ProcText.entryCount("/proc/self/fd"),
            units: units
        )
    }

    init(stat: String, systemStat: String, limits: String, openFiles: Int?, units: Units) {
        // The second field is the program's name in parentheses, which may hold spaces and parentheses.
        let afterName = stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...] } ?? ""
        let fields = afterName.split(whereSeparator: \.isWhitespace).map { Double($0) }
        func field(_ number: Int) -> Double? {
            fields.indices.contains(number - 3) ? fields[number - 3] : nil
        }
        let bootTime = systemStat.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap {
            Double($0.dropFirst(6))
        }
        let filesMax = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            .flatMap { $0.split(separator: " ").dropFirst(3).first }.flatMap { Double($0) }
        var samples: [Sample] = []
        func add(_ name: String, _ help: String, isCounter: Bool = false, _ value: Double?) {
            if let value {
                samples.append(
                    Sample(name: "process_" + name, help: help, isCounter: isCounter, value: value)
                )
            }
        }
        let processorTicks = field(14).flatMap { user in field(15).map { user + $0 } }
        add(
            "cpu_seconds_total",
            "Processor time spent by the process, user and system.",
            isCounter: true,
            processorTicks.map { $0 / units.ticksPerSecond }
        )
        add("max_fds", "Most file descriptors that the process may have open.", filesMax)
        add("open_fds", "File descriptors that the process has open.", openFiles.map(Double.init))
        add(
            "resident_memory_bytes",
            "Memory of the process that is resident.",
            field(24).map { $0 * units.pageBytes }
        )
        add(
            "start_time_seconds",
            "When the process started, in seconds since 1970.",
            field(22).flatMap { ticks in bootTime.map { $0 + ticks / units.ticksPerSecond } }
        )
        add("threads", "Threads of the process.", field(20))
        add("virtual_memory_bytes", "Address space of the process.", field(23))
        self.samples = samples
    }
}

/// Reads the small files of `/proc`.
private enum ProcText {
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Entries of a folder, without `.`, `..` and the descriptor that reads it.
    static func entryCount(_ path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return max(count - 3, 0)
    }
}
