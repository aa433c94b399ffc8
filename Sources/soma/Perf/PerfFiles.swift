import Glibc

/// Files of a measurement.
enum PerfFiles {
    /// Removes a store's file with all that lies beside it.
    static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        unlink((path.hasSuffix(".db") ? String(path.dropLast(3)) : path) + ".lock")
    }

    static func size(_ path: String) -> Int {
        ["", "-wal"].reduce(0) { sum, suffix in
            var information = stat()
            return stat(path + suffix, &information) == 0 ? sum + Int(information.st_size) : sum
        }
    }
}

/// How much memory this process has used.
enum ProcessMemory {
    /// The most that was resident, in bytes (`VmHWM`).
    static var peak: Int { field("VmHWM:") }

    /// What is resident and belongs to no file, in bytes (`RssAnon`).
    static var anonymous: Int { field("RssAnon:") }

    private static func field(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name) else { continue }
            return (Int(text.dropFirst(name.count).filter(\.isNumber)) ?? 0) * 1024
        }
        return 0
    }
}

/// How much of the processor this process has used.
enum ProcessTime {
    /// In seconds, of all threads.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
