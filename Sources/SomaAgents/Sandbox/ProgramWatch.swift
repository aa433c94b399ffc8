import CLinux
import Glibc

/// Looks four times a second whether a program has outgrown what it may take of the machine.
///
/// The limits that the kernel keeps hold for each process or file alone; hundreds of them could still take all.
struct ProgramWatch {
    private let process: pid_t
    private let memoryBytesMax: Int64?
    private let disk: DiskWatch?
    private let diskFloor: Int64
    private var next = ContinuousClock.now.advanced(by: interval)

    static let interval = Duration.milliseconds(250)

    init(_ process: pid_t, memoryBytesMax: Int64?, disk: DiskWatch?) {
        self.process = process
        self.memoryBytesMax = memoryBytesMax
        self.disk = disk
        diskFloor = disk?.floor ?? 0
    }

    /// What it has outgrown, if anything.
    mutating func excess() -> ProgramOutcome.End? {
        guard ContinuousClock.now >= next else { return nil }
        next = ContinuousClock.now.advanced(by: Self.interval)
        if let memoryBytesMax, ProcessTree.residentBytes(of: process) > memoryBytesMax {
            return .usedTooMuchMemory
        }
        if diskFloor > 0, let free = disk?.bytesFree, free < diskFloor { return .filledDisk }
        return nil
    }
}

/// Free space that a program must leave on the disk of a folder.
struct DiskWatch: Sendable, Hashable {
    /// What may be written where less than that is free to begin with.
    private static let bytesAlways: Int64 = 64 << 20

    let folder: String
    let bytesLeft: Int64

    /// How little may be free before the program is ended.
    var floor: Int64 { min(bytesLeft, max(0, (bytesFree ?? 0) - Self.bytesAlways)) }

    var bytesFree: Int64? {
        var status = Glibc.statvfs()
        guard soma_statvfs(folder, &status) == 0 else { return nil }
        return Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: Int64(status.f_frsize))
            .partialValue
    }
}
