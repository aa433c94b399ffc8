import Dispatch
import Glibc
import Synchronization

/// Tells when a file in one of some folders was written, put in place or removed. Costs nothing while none is.
///
/// Folders are watched, not files: editors write a new file and put it in the old one's place. A folder that isn't
/// there, or is taken away, is waited for.
final class FileWatch: Sendable {
    /// `@unchecked Sendable`: Dispatch documents `cancel` as callable from any thread, and nothing else is called
    /// after `activate`.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceRead
    }

    private let source: Source

    /// Begins to watch; `nil` where the system has no watches left.
    /// - Parameters:
    ///   - folders: Absolute paths; asked for again whenever something has changed.
    ///   - suffix: How the names of files end that matter.
    ///   - changed: Called on a queue of its own, once for all that has happened until then.
    init?(
        folders: @escaping @Sendable () -> [String],
        suffix: String,
        changed: @escaping @Sendable () -> Void
    ) {
        guard let watches = FolderWatches(folders: folders, suffix: suffix) else { return nil }
        let descriptor = watches.descriptor
        let state = Watches(watches)
        let queue = DispatchQueue(label: "soma.console.files")
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { if state.take() { changed() } }
        source.setCancelHandler { Glibc.close(descriptor) }
        source.activate()
        self.source = Source(source: source)
    }

    /// Ends the watch.
    func close() { source.source.cancel() }

    /// What is watched; used on the queue only once the source is active.
    private final class Watches: Sendable {
        private let watches: Mutex<FolderWatches>

        init(_ watches: consuming sending FolderWatches) { self.watches = Mutex(watches) }

        func take() -> Bool { watches.withLock { $0.take() } }
    }
}
