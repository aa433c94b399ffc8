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

/// Whether a program and its children have outgrown their memory together.
///
/// The limit on address space holds for each process alone; hundreds of them could still take the machine.
struct MemoryWatch {
    private let process: pid_t
    private let bytesMax: Int64?
    private var next = ContinuousClock.now.advanced(by: .milliseconds(250))

    init(_ process: pid_t, bytesMax: Int64?) {
        self.process = process
        self.bytesMax = bytesMax
    }

    mutating func isOver() -> Bool {
        guard let bytesMax, ContinuousClock.now >= next else { return false }
        next = ContinuousClock.now.advanced(by: .milliseconds(250))
        return ProcessTree.residentBytes(of: process) > bytesMax
    }
}

/// Reads small files of /proc and /sys.
enum ProcFile {
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < 8 << 20 {
            let got = read(descriptor, &chunk, chunk.count)
            guard got > 0 else { break }
            bytes.append(contentsOf: chunk[..<got])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
