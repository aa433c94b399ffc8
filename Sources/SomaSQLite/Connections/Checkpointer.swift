import GRDBSQLite
import SomaEngine
import Synchronization

/// Copies the write-ahead log into the file from a connection of its own, so that no commit pays for it.
///
/// Under steady load a passive checkpoint never finds a moment in which all of the log is copied, and the log
/// would grow without end. When it is four times as long as it should be, the writer's queue is taken for the
/// last, short piece, and the next commit starts the log from its beginning.
final class Checkpointer: Sendable {
    private let connection: Connection
    private let writing: Connection
    private let writer: LogWriter
    private let pagesMax: Int
    private let isAtWork = Mutex(false)

    init(connection: Connection, writing: Connection, writer: LogWriter, pagesMax: Int) {
        self.connection = connection
        self.writing = writing
        self.writer = writer
        self.pagesMax = pagesMax
    }

    /// Starts a checkpoint where one is due and none is at work.
    func startIfDue() {
        let length = writer.logPages
        guard length >= pagesMax else { return }
        let isFirst = isAtWork.withLock { isAtWork in
            defer { isAtWork = true }
            return !isAtWork
        }
        guard isFirst else { return }
        Task {
            await run(finishing: length >= 4 * pagesMax)
            isAtWork.withLock { $0 = false }
        }
    }

    private func run(finishing: Bool) async {
        // What goes wrong is kept by the writer and told to the next commit; a full disk is tried again.
        try? await connection.perform("checkpoint") { [writer] session in
            try Self.checkpoint(session, SQLITE_CHECKPOINT_PASSIVE, writer)
        }
        guard finishing else { return }
        try? await writing.perform("checkpoint") { [writer] session in
            try Self.checkpoint(session, SQLITE_CHECKPOINT_PASSIVE, writer)
        }
    }

    /// Copies all of the log and cuts it to nothing, for closing. Blocks on the disk.
    func finish() throws(StoreError) {
        try writing.performAndWait("close") { session in
            try Self.checkpoint(session, SQLITE_CHECKPOINT_TRUNCATE, writer)
        }
    }

    private static func checkpoint(_ session: SQLSession, _ mode: Int32, _ writer: LogWriter) throws {
        let handle = try session.handle()
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code != SQLITE_OK, code != SQLITE_BUSY else { return }
        let failure = SQLFailure(
            code: sqlite3_extended_errcode(handle),
            message: String(cString: sqlite3_errmsg(handle))
        )
        try writer.guarded("checkpoint") { throw failure }
    }
}
