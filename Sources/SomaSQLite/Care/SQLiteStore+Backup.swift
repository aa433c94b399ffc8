import GRDBSQLite
import Glibc
public import SomaEngine

extension SQLiteStore {
    /// Copies the store into a new file, while it is at work.
    ///
    /// The copy is made in short steps on the connection that writes: SQLite then brings what is committed
    /// between two steps into the copy, instead of starting it over as it does for any other connection.
    ///
    /// - Parameter file: Where the copy goes. It appears there when it is complete and on the disk.
    /// - Throws: `.unavailable` where the file is there already or can't be written.
    public func backup(to file: String) async throws(StoreError) {
        let source = writing?.connection ?? reader
        let partial = file + ".partial"
        try await Blocking.run { () throws(StoreError) in
            guard access(file, F_OK) != 0 else {
                throw StoreError(
                    .unavailable,
                    "Could not make the backup \(file): there is a file of that name.",
                    hint: "Choose another name."
                )
            }
            unlink(partial)
            try StoreFile.prepare(partial)
        }
        let copy = try await source.perform("back up") { try BackupCopy(of: $0, to: partial) }
        do throws(StoreError) {
            while try await source.perform("back up", { _ in try copy.step() }) {}
            try await source.perform("back up") { _ in try copy.finish() }
            try await Blocking.run { () throws(StoreError) in try Self.publish(partial, as: file) }
        } catch {
            _ = try? await source.perform("back up") { _ in try copy.finish() }
            unlink(partial)
            throw error
        }
    }

    private static func publish(_ partial: String, as file: String) throws(StoreError) {
        let descriptor = Glibc.open(partial, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0, rename(partial, file) == 0 else {
            throw StoreFile.refused(file, errno)
        }
    }
}

/// A copy under way.
///
/// `@unchecked Sendable`: the handles are touched on the source connection's queue only, one step after another.
private final class BackupCopy: @unchecked Sendable {
    /// 1 MiB a step: about a millisecond of the writer's time.
    private static let stepPages: Int32 = 256

    private var backup: OpaquePointer?
    private var target: OpaquePointer?

    init(of source: SQLSession, to file: String) throws {
        let handle = try source.handle()
        guard sqlite3_open_v2(file, &target, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else {
            defer { sqlite3_close_v2(target) }
            throw Self.failure(target)
        }
        backup = sqlite3_backup_init(target, "main", handle, "main")
        guard backup != nil else {
            defer { sqlite3_close_v2(target) }
            throw Self.failure(target)
        }
    }

    deinit { close() }

    /// Copies some pages; `false` when all are copied.
    func step() throws -> Bool {
        switch sqlite3_backup_step(backup, Self.stepPages) {
        case SQLITE_OK, SQLITE_BUSY, SQLITE_LOCKED: return true
        case SQLITE_DONE: return false
        case let code: throw SQLFailure(code: code, message: String(cString: sqlite3_errstr(code)))
        }
    }

    func finish() throws {
        let code = close()
        guard code == SQLITE_OK else {
            throw SQLFailure(code: code, message: String(cString: sqlite3_errstr(code)))
        }
    }

    @discardableResult
    private func close() -> Int32 {
        let code = backup.map { sqlite3_backup_finish($0) } ?? SQLITE_OK
        backup = nil
        sqlite3_close_v2(target)
        target = nil
        return code
    }

    private static func failure(_ handle: OpaquePointer?) -> SQLFailure {
        SQLFailure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}
