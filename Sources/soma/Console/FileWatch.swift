import Dispatch
import Glibc
import Synchronization

/// Tells when a file in one of some folders was written, put in place or removed. Costs nothing while none is.
///
/// Folders are watched, not files: editors write a new file and put it in the old one's place.
final class FileWatch: Sendable {
    /// `@unchecked Sendable`: Dispatch documents `cancel` as callable from any thread, and nothing else is called
    /// after `activate`.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceRead
    }

    private let source: Source
    private let descriptor: Int32
    private static let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

    /// Begins to watch; `nil` where the system has no watches left.
    /// - Parameters:
    ///   - folders: Those that don't exist are left out.
    ///   - suffix: How the names of files end that matter.
    ///   - changed: Called on a queue of its own, once for all that has happened until then.
    init?(folders: [String], suffix: String, changed: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { return nil }
        for folder in Set(folders) { inotify_add_watch(descriptor, folder, Self.mask) }
        self.descriptor = descriptor
        let queue = DispatchQueue(label: "soma.console.files")
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { if Self.drain(descriptor, suffix: suffix) { changed() } }
        source.setCancelHandler { Glibc.close(descriptor) }
        source.activate()
        self.source = Source(source: source)
    }

    /// Ends the watch.
    func close() { source.source.cancel() }

    /// Takes all events off the queue; whether one of them matters.
    private static func drain(_ descriptor: Int32, suffix: String) -> Bool {
        var matters = false
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return matters }
            var place = 0
            let head = MemoryLayout<inotify_event>.size
            while place + head <= count {
                // The last member of the head is the length of the name behind it.
                let length = buffer.withUnsafeBytes {
                    Int($0.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
                }
                let name = buffer[(place + head)..<min(count, place + head + length)].prefix { $0 != 0 }
                if String(decoding: name, as: UTF8.self).hasSuffix(suffix) { matters = true }
                place += head + length
            }
        }
    }
}
