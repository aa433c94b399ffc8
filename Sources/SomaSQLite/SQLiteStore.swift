import SomaCore
public import SomaEngine
import Synchronization

/// The embedded store: one SQLite file, held by one daemon.
///
/// ```swift
/// let store = try await SQLiteStore.open("/var/lib/soma/soma.db")
/// let stored = try await store.append([group])
/// try await store.close()
/// ```
///
/// All methods may be called from any task. The disk is waited for on the queues of the store's connections,
/// never on the caller's thread: one writes, two read, one copies the write-ahead log into the file.
public final class SQLiteStore: EventStore {
    /// The file.
    public let path: String
    let secret: [UInt8]
    let readers: [Connection]
    let writing: Writing?
    private let turn = Atomic<Int>(0)

    /// What a store has that may write.
    struct Writing: Sendable {
        let connection: Connection
        let writer: LogWriter
        let checkpoints: Connection
        let checkpointer: Checkpointer
        let lock: StoreLock
    }

    private init(path: String, secret: [UInt8], readers: [Connection], writing: Writing?) {
        self.path = path
        self.secret = secret
        self.readers = readers
        self.writing = writing
    }

    /// Opens the store in a file, which is made where it is missing, and keeps other daemons away from it.
    ///
    /// - Parameters:
    ///   - path: The file. Its folder must exist.
    ///   - options: How it is opened.
    /// - Throws: `.locked` naming the daemon that has it open; `.newer` for a file of a later version; `.corrupt`
    ///   for a file that is damaged or no store; `.unavailable` where it can't be reached or written.
    public static func open(_ path: String, options: StoreOptions = StoreOptions()) async throws(StoreError)
        -> SQLiteStore
    {
        try await Blocking.run { () throws(StoreError) in try SQLiteStore(opening: path, options: options) }
    }

    /// Opens a store for reading, also while a daemon has it open. Writing throws `.unavailable`.
    ///
    /// - Throws: As `open(_:options:)`, but for `.locked`.
    public static func open(readOnly path: String) async throws(StoreError) -> SQLiteStore {
        try await Blocking.run { () throws(StoreError) in try SQLiteStore(reading: path) }
    }

    private convenience init(opening path: String, options: StoreOptions) throws(StoreError) {
        let lock = try StoreLock(store: path, version: options.version, now: options.now())
        try StoreFile.prepare(path)
        let durability = options.durability
        let connection = try Connection(path: path, purpose: .write, readOnly: false, durability: durability)
        let (secret, writer) = try connection.performAndWait("open") { session in
            let secret = try Schema.prepare(session, path: path, options: options)
            return (secret, try LogWriter(session, path: path))
        }
        let checkpoints = try Connection(
            path: path,
            purpose: .checkpoint,
            readOnly: false,
            durability: durability
        )
        let writing = Writing(
            connection: connection,
            writer: writer,
            checkpoints: checkpoints,
            checkpointer: Checkpointer(
                connection: checkpoints,
                writing: connection,
                writer: writer,
                pagesMax: options.checkpointPages
            ),
            lock: lock
        )
        var readers: [Connection] = []
        for _ in 0..<2 {
            readers.append(
                try Connection(path: path, purpose: .read, readOnly: false, durability: durability)
            )
        }
        try StoreFile.synchronizeFolder(of: path)
        self.init(path: path, secret: secret, readers: readers, writing: writing)
    }

    private convenience init(reading path: String) throws(StoreError) {
        try StoreFile.expect(path)
        let reader = try Connection(path: path, purpose: .read, readOnly: true, durability: .full)
        let secret = try reader.performAndWait("open") { session in
            guard try Schema.check(session, path: path) > 0 else {
                throw StoreError(.unavailable, "Could not open the store at \(path): it is empty.")
            }
            return try Schema.secret(session, path: path)
        }
        self.init(path: path, secret: secret, readers: [reader], writing: nil)
    }

    /// Copies the write-ahead log into the file, closes it and lets other daemons in. Later calls of any method
    /// throw `.unavailable`.
    ///
    /// Not needed for durability: what was acknowledged is on the disk. After a failed write nothing is copied, and
    /// the file is left as it is for the next start to read.
    public func close() async throws(StoreError) {
        try await Blocking.run { [readers, writing] () throws(StoreError) in
            if let writing, writing.writer.failure != nil {
                Self.abandon(readers, writing)
                return writing.lock.release()
            }
            for reader in readers { try reader.close() }
            guard let writing else { return }
            try writing.checkpoints.close()
            // A log that can't be copied now is copied at the next start.
            try? writing.checkpointer.finish()
            try writing.connection.close()
            writing.lock.release()
        }
    }

    /// Connections of stores that have failed, open until the process ends.
    private static let abandoned = Mutex<[Connection]>([])

    /// SQLite copies the log into the file when its last connection is closed, with a sync before it: the second try
    /// after a failed one, which may lie. A connection that is never closed is never the last.
    private static func abandon(_ readers: [Connection], _ writing: Writing) {
        abandoned.withLock { $0 += readers + [writing.connection, writing.checkpoints] }
    }

    /// The reader whose turn it is.
    var reader: Connection {
        readers[turn.wrappingAdd(1, ordering: .relaxed).oldValue % readers.count]
    }

    /// What a store that may write has.
    func writable() throws(StoreError) -> Writing {
        if let writing { return writing }
        throw StoreError(
            .unavailable,
            "Could not write to the store at \(path): it was opened for reading only.",
            hint: "Ask the daemon instead."
        )
    }

    /// The secret under which this store's content is named.
    public func contentSecret() async throws(StoreError) -> [UInt8] { secret }
}
