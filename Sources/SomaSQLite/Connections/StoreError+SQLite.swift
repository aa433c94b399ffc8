import GRDB
import GRDBSQLite
import SomaEngine

extension StoreError {
    /// What an error of SQLite means to somebody who uses the store.
    init(sqlite error: any Error, while action: String, at path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as SQLFailure:
            self.init(code: error.code, message: error.message, while: action, at: path)
        case let error as DatabaseError:
            self.init(
                code: error.extendedResultCode.rawValue,
                message: error.message ?? "",
                while: action,
                at: path
            )
        default: self.init(.unavailable, "Could not \(action) the store at \(path): \(error).")
        }
    }

    /// What a result code of SQLite means (https://www.sqlite.org/rescode.html).
    init(code: Int32, message: String, while action: String, at path: String) {
        let failed = "Could not \(action) the store at \(path)"
        switch code & 0xFF {
        case SQLITE_FULL,
            SQLITE_IOERR where Self.isIndexWithoutRoom(code):
            self.init(
                .full,
                "\(failed): the disk is full. Nothing was lost.",
                hint: action == "open"
                    ? "Make room, then start again." : "Make room; the store goes on by itself."
            )
        case SQLITE_CORRUPT:
            self.init(
                .corrupt,
                "\(failed): the file is damaged (\(message)).",
                hint: "Stop the daemon, run soma doctor, and restore a backup."
            )
        case SQLITE_NOTADB:
            self.init(
                .corrupt,
                "\(failed): the file is not a database.",
                hint: "Choose another file with --store sqlite:PATH, or restore a backup."
            )
        case SQLITE_READONLY:
            self.init(
                .unavailable,
                "\(failed): the file or its folder is read-only.",
                hint: "Make both writable by the daemon's user, or choose another folder with --data-dir."
            )
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            self.init(
                .unavailable,
                "\(failed): the file can't be opened (\(message)).",
                hint: "See that the folder exists and that its owner is the daemon's user."
            )
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(
                .unavailable,
                "\(failed): another program keeps it locked.",
                hint: "Close other programs that have the file open."
            )
        default:
            self.init(.unavailable, "\(failed): \(message) (SQLite code \(code)).", hint: "Run soma doctor.")
        }
    }

    /// Whether the log's shared index couldn't grow, which is what a full disk says there.
    private static func isIndexWithoutRoom(_ code: Int32) -> Bool { code == SQLITE_IOERR | 19 << 8 }

    /// Whether the disk may have dropped what it was told to keep. A repeated fsync may then say that all is
    /// well when it isn't, so nothing is to be written after it.
    static func isLossOfTrust(_ error: any Error) -> Bool {
        let code: Int32
        switch error {
        case let error as SQLFailure: code = error.code
        case let error as DatabaseError: code = error.extendedResultCode.rawValue
        default: return false
        }
        switch code & 0xFF {
        case SQLITE_IOERR:
            // The shared index of the log couldn't grow: what a full disk says there.
            return code != SQLITE_IOERR | 19 << 8 && code != SQLITE_IOERR | 21 << 8
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN: return true
        default: return false
        }
    }
}
