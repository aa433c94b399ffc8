import CLinux
import Glibc

/// What a program is started with.
struct ProgramLaunch: Sendable {
    /// An unprivileged user that a program of root takes on.
    struct User: Sendable, Hashable {
        let uid: uid_t
        let gid: gid_t
    }

    /// A resource limit.
    struct Limit: Sendable, Hashable {
        let resource: Int32
        let value: UInt64

        static func addressSpace(_ bytes: Int64) -> Limit { Limit(SOMA_LIMIT_ADDRESS_SPACE, bytes) }
        static func processes(_ count: Int) -> Limit { Limit(SOMA_LIMIT_PROCESSES, Int64(count)) }
        static func fileSize(_ bytes: Int64) -> Limit { Limit(SOMA_LIMIT_FILE_SIZE, bytes) }
        static func processorTime(seconds: Int64) -> Limit {
            Limit(SOMA_LIMIT_PROCESSOR_SECONDS, max(1, seconds))
        }
        static let noCoreDumps = Limit(SOMA_LIMIT_CORE_DUMP, 0)
        static let descriptors = Limit(SOMA_LIMIT_DESCRIPTORS, 4096)

        private init(_ kind: soma_limit_kind, _ value: Int64) {
            resource = Int32(kind.rawValue)
            self.value = UInt64(max(0, value))
        }
    }

    var path: String
    var arguments: [String]
    /// The whole environment: nothing is inherited.
    var environment: [String] = []
    var folder: String?
    var limits: [Limit] = []
    var user: User?
    /// Resident memory of the program and its children together; `nil` for no limit.
    var memoryBytesMax: Int64?
    /// The disk that it may not fill.
    var diskWatch: DiskWatch?
    /// The wall time that it may take; `nil` for no limit.
    var timeout: Duration?
    /// How many bytes of output are kept.
    var outputBytesMax = 1 << 20
    /// How much output ends the program: nobody reads more, and it would run until its time is up.
    var outputBytesEnd = 64 << 20
}

/// How a program ended and what it wrote.
struct ProgramOutcome: Sendable {
    enum End: Sendable, Hashable {
        case exited(Int)
        case signalled(Int)
        case timedOut
        case cancelled
        case wroteTooMuch
        case usedTooMuchMemory
        case filledDisk
    }

    var end: End
    /// Both streams in the order in which they came.
    var merged: KeptOutput
    var output: KeptOutput
    var error: KeptOutput
    /// What it wrote to the status descriptor, where it was given one.
    var status: [UInt8] = []

    /// As a shell would say it.
    var exitStatus: Int {
        switch end {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        case .timedOut: 124
        case .cancelled, .wroteTooMuch, .usedTooMuchMemory, .filledDisk: 137
        }
    }
}

/// The beginning and the end of some output: errors stand at the end, what was asked for at the beginning.
struct KeptOutput: Sendable {
    let bytesMax: Int
    private(set) var bytesTotal = 0
    private var head: [UInt8] = []
    private var tail: [UInt8] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isCut: Bool { bytesTotal > head.count + min(tail.count, bytesMax / 2) }

    mutating func add(_ bytes: some Collection<UInt8>) {
        bytesTotal += bytes.count
        let room = max(0, bytesMax - bytesMax / 2 - head.count)
        head.append(contentsOf: bytes.prefix(room))
        guard bytes.count > room else { return }
        tail.append(contentsOf: bytes.dropFirst(room))
        // Cut seldom, so that each byte is moved a few times at most.
        if tail.count > bytesMax + (1 << 16) { tail.removeFirst(tail.count - bytesMax / 2) }
    }

    /// The bytes; only where nothing was cut are they all of them.
    var bytes: [UInt8] { head + tail.suffix(bytesMax / 2) }

    /// The text; where it was cut, a line says so.
    var text: String {
        let kept = tail.suffix(bytesMax / 2)
        let left = bytesTotal - head.count - kept.count
        guard left > 0 else { return String(decoding: head + kept, as: UTF8.self) }
        return String(decoding: head, as: UTF8.self) + "\n[… \(left) bytes left out …]\n"
            + String(decoding: kept, as: UTF8.self)
    }
}
