import Glibc

/// Reads /proc for the children of a process.
enum ProcessTree {
    static func children(of process: pid_t) -> [pid_t] {
        let text = ProcFile.text("/proc/\(process)/task/\(process)/children") ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Resident memory of a process and everything below it, in bytes.
    static func residentBytes(of process: pid_t) -> Int64 {
        var total: Int64 = 0
        var pending = [process]
        var seen = 0
        while let next = pending.popLast(), seen < 5_000 {
            seen += 1
            let fields = (ProcFile.text("/proc/\(next)/statm") ?? "").split(separator: " ")
            // Resident pages without the shared ones: forked processes share most of theirs.
            if fields.count > 2, let resident = Int64(fields[1]), let shared = Int64(fields[2]) {
                total += max(0, resident - shared) * Int64(getpagesize())
            }
            pending.append(contentsOf: children(of: next))
        }
        return total
    }
}
