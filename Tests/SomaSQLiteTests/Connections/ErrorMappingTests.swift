import GRDB
import GRDBSQLite
import Glibc
import SomaEngine
import Testing

@testable import SomaSQLite

@Suite("What SQLite's refusals mean")
struct ErrorMappingTests {
    @Test(
        "each result code has a kind, a message that names the store, and something to do",
        arguments: [
            (SQLITE_FULL, StoreError.Kind.full, "the disk is full. Nothing was lost"),
            (SQLITE_IOERR | 19 << 8, .full, "the disk is full. Nothing was lost"),
            (SQLITE_CORRUPT, .corrupt, "the file is damaged"),
            (SQLITE_CORRUPT | 1 << 8, .corrupt, "the file is damaged"),
            (SQLITE_NOTADB, .corrupt, "is not a database"),
            (SQLITE_READONLY | 8 << 8, .unavailable, "read-only"),
            (SQLITE_CANTOPEN, .unavailable, "can't be opened"),
            (SQLITE_PERM, .unavailable, "can't be opened"),
            (SQLITE_BUSY, .unavailable, "another program keeps it locked"),
            (SQLITE_IOERR | 4 << 8, .unavailable, "SQLite code 1034"),
            (SQLITE_NOMEM, .unavailable, "SQLite code 7"),
        ] as [(Int32, StoreError.Kind, String)]
    )
    func codes(code: Int32, kind: StoreError.Kind, text: String) {
        for thrown in [
            SQLFailure(code: code, message: "why"),
            DatabaseError(resultCode: ResultCode(rawValue: code), message: "why"),
        ] as [any Error] {
            let error = StoreError(sqlite: thrown, while: "write to", at: "/data/soma.db")
            #expect(error.kind == kind)
            #expect(error.message.contains("Could not write to the store at /data/soma.db: "))
            #expect(error.message.contains(text))
            #expect(!error.hint.isEmpty)
        }
    }

    @Test("a store that had no room to be opened doesn't go on by itself")
    func opening() {
        let error = StoreError(sqlite: SQLFailure(code: SQLITE_FULL, message: ""), while: "open", at: "/x")
        #expect(error.hint == "Make room, then start again.")
    }

    @Test("an error of the store stays as it is, and another is named")
    func others() {
        let error = StoreError(.conflict, "first", hint: "second")
        #expect(StoreError(sqlite: error, while: "read", at: "/x") == error)
        #expect(StoreError(sqlite: CancellationError(), while: "read", at: "/x").kind == .unavailable)
    }

    @Test(
        "a failed write or fsync ends trust; a full disk, a lock and a conflict don't",
        arguments: [
            (SQLITE_IOERR | 4 << 8, true), (SQLITE_IOERR | 3 << 8, true), (SQLITE_IOERR, true),
            (SQLITE_CORRUPT, true),
            (SQLITE_READONLY, true), (SQLITE_FULL, false), (SQLITE_IOERR | 19 << 8, false),
            (SQLITE_IOERR | 21 << 8, false), (SQLITE_BUSY, false), (SQLITE_NOMEM, false),
            (SQLITE_INTERRUPT, false),
        ] as [(Int32, Bool)]
    )
    func trust(code: Int32, isLost: Bool) {
        #expect(StoreError.isLossOfTrust(SQLFailure(code: code, message: "")) == isLost)
        let error = DatabaseError(resultCode: ResultCode(rawValue: code))
        #expect(StoreError.isLossOfTrust(error) == isLost)
        #expect(!StoreError.isLossOfTrust(StoreError(.conflict, "")))
    }

    @Test(
        "what the system refuses has a hint",
        arguments: [
            (ENOENT, "Make its folder"), (EACCES, "Let the daemon's user"), (EROFS, "read-only"),
            (ENOSPC, "Make room"), (EIO, "See that"),
        ] as [(Int32, String)]
    )
    func system(code: Int32, hint: String) {
        let error = StoreFile.refused("/data/soma.db", code)
        #expect(error.kind == .unavailable)
        #expect(error.hint.contains(hint))
        #expect(error.message.contains(String(cString: strerror(code))))
    }
}
