import Glibc

/// What the system watches for a `FileWatch`: the folders that are there, and in place of one that isn't the nearest
/// folder above it, until there is more of the way.
struct FolderWatches: ~Copyable {
    /// What a watch is for.
    private struct Purpose {
        /// The folder, where it is one whose files matter.
        var folder: String?
        /// Names in it that lead to a folder that isn't there yet.
        var awaited: Set<String> = []
    }

    /// The queue of events.
    let descriptor: Int32
    private let suffix: String
    private let folders: @Sendable () -> [String]
    private var purposes: [Int32: Purpose] = [:]

    private static let fileMask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE)
    private static let wayMask = UInt32(IN_CREATE | IN_MOVED_TO)
    private static let selfMask = UInt32(IN_DELETE_SELF | IN_MOVE_SELF)
    /// How often a way is looked at again because more of it has appeared meanwhile.
    private static let triesMax = 16

    /// Begins to watch; `nil` where the system has no queue left.
    init?(folders: @escaping @Sendable () -> [String], suffix: String) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { return nil }
        self.folders = folders
        self.suffix = suffix
        _ = settle()
    }

    /// Takes all events off the queue; whether a file that matters may have changed.
    mutating func take() -> Bool {
        var (matters, moved) = (false, false)
        // For names of 255 bytes, an event takes 272 at most.
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            var place = 0
            while let event = Event(buffer[..<count], at: &place) {
                let told = note(event)
                matters = matters || told.matters
                moved = moved || told.moved
            }
        }
        // Where a link leads to may have changed with any file.
        if matters || moved { matters = settle() || matters }
        return matters
    }

    /// Whether a file that matters may have changed, and whether something else is to be watched now.
    private func note(_ event: Event) -> (matters: Bool, moved: Bool) {
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return (true, true) }
        guard let purpose = purposes[event.watch] else { return (false, false) }
        if event.mask & (Self.selfMask | UInt32(IN_IGNORED | IN_UNMOUNT)) != 0 {
            return (purpose.folder != nil, true)
        }
        let isThere = event.mask & Self.wayMask != 0
        let isFile = purpose.folder != nil && event.name.hasSuffix(suffix)
        // A new file is told again once it is written; a link is whole from the start.
        let isWhole =
            event.mask & UInt32(IN_CREATE) == 0
            || purpose.folder.map { Self.isLink("\($0)/\(event.name)") } == true
        return (isFile && isWhole, isThere && purpose.awaited.contains(event.name))
    }

    /// Watches what there is now; whether a folder is watched that wasn't.
    private mutating func settle() -> Bool {
        var wanted: [Int32: Purpose] = [:]
        for folder in Set(folders()) { watch(folder, &wanted) }
        let new = wanted.contains { watch, purpose in
            purpose.folder != nil && purposes[watch]?.folder == nil
        }
        for watch in purposes.keys where wanted[watch] == nil { inotify_rm_watch(descriptor, watch) }
        purposes = wanted
        return new
    }

    private func watch(_ folder: String, _ wanted: inout [Int32: Purpose]) {
        var names = folder.split(separator: "/").map(String.init)
        var tries = 0
        while tries < Self.triesMax {
            let path = "/" + names.joined(separator: "/")
            let isFolder = path == folder
            let mask = (isFolder ? Self.fileMask : Self.wayMask) | Self.selfMask
            // Two purposes may share a folder.
            let watch = inotify_add_watch(descriptor, path, mask | UInt32(IN_ONLYDIR | IN_MASK_ADD))
            guard watch >= 0 else {
                guard !names.isEmpty else { return }
                names.removeLast()
                continue
            }
            if isFolder { wanted[watch, default: Purpose()].folder = folder }
            let all = folder.split(separator: "/").map(String.init)
            guard !isFolder, names.count < all.count else { return }
            wanted[watch, default: Purpose()].awaited.insert(all[names.count])
            // What has come into being before the watch did isn't told.
            guard Self.isFolder("/" + all[...names.count].joined(separator: "/")) else { return }
            names = all
            tries += 1
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && (status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1)
    }
}

/// What the system tells of one watch.
private struct Event {
    let watch: Int32
    let mask: UInt32
    /// The file's name in the folder; empty where it is about the folder itself.
    let name: String

    /// Reads the event at a place, and moves on; `nil` at the end.
    init?(_ bytes: ArraySlice<UInt8>, at place: inout Int) {
        let head = MemoryLayout<inotify_event>.size
        guard place + head <= bytes.endIndex else { return nil }
        let fields = bytes.withUnsafeBytes { buffer in
            (
                watch: buffer.loadUnaligned(fromByteOffset: place, as: Int32.self),
                mask: buffer.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self),
                // The last member of the head is the length of the name behind it.
                length: Int(buffer.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
            )
        }
        watch = fields.watch
        mask = fields.mask
        let end = min(bytes.endIndex, place + head + fields.length)
        name = String(decoding: bytes[(place + head)..<end].prefix { $0 != 0 }, as: UTF8.self)
        place += head + fields.length
    }
}
