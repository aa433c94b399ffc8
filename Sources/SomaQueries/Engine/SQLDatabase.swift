import GRDBSQLite

/// One connection to a private, temporary database of SQLite's: in memory as long as it is small, then in a file without
/// a name that goes away with it.
///
/// Owns its handle; not to be used from two tasks at once.
final class SQLDatabase {
    let handle: OpaquePointer

    /// How much of the database is held in memory, in KiB. More goes to the file.
    private static let cacheKiB = 65_536
    /// The longest text, blob or row, in bytes: one function call of a query can't ask for all the memory there is.
    private static let valueBytesMax: Int32 = 64 << 20

    init() throws(SQLProblem) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2("", &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw SQLProblem(message: "SQLite could not make a temporary database (code \(code)).")
        }
        handle = opened
        _disableDoubleQuotedStringLiterals(handle)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.valueBytesMax)
        sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 20)
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000)
        sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0)
        for pragma in [
            "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "trusted_schema=OFF",
            "cache_size=-\(Self.cacheKiB)",
        ] { try run("PRAGMA \(pragma)") }
        // SQLite makes these tables when they are first named, which the guard of a query would refuse.
        for table in ["json_each", "json_tree"] { try run("SELECT 1 FROM \(table)('[]')") }
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements of our own that give no rows.
    func run(_ sql: String) throws(SQLProblem) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// Prepares a statement of our own.
    func prepare(_ sql: String) throws(SQLProblem) -> SQLRows {
        var pointer: OpaquePointer?
        guard
            sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
                == SQLITE_OK,
            let pointer
        else { throw failure() }
        return SQLRows(pointer, in: self)
    }

    /// What SQLite says went wrong last.
    func failure() -> SQLProblem {
        let code = sqlite3_errcode(handle) & 0xFF
        if code == SQLITE_FULL || code == SQLITE_IOERR {
            return SQLProblem(
                message: "The disk with the temporary files is full, or can't be written.",
                hint: "Make room, or set SQLITE_TMPDIR to a folder with more of it."
            )
        }
        return SQLProblem(message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement; finalised with the object.
final class SQLRows {
    let pointer: OpaquePointer
    /// Keeps the connection open.
    private let database: SQLDatabase

    init(_ pointer: OpaquePointer, in database: SQLDatabase) {
        self.pointer = pointer
        self.database = database
    }

    deinit { sqlite3_finalize(pointer) }

    /// SQLite copies what is bound, so that no pointer outlives the call.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Runs it once with these values and makes it ready for the next time.
    func run(_ values: [SQLCell]) throws(SQLProblem) {
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw database.failure() }
        }
        let code = sqlite3_step(pointer)
        sqlite3_reset(pointer)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw database.failure() }
    }

    private func bind(_ value: SQLCell, at place: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(pointer, place)
        case .int(let number): return sqlite3_bind_int64(pointer, place, number)
        case .real(let number): return sqlite3_bind_double(pointer, place, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                guard let start = bytes.baseAddress else {
                    return sqlite3_bind_text(pointer, place, "", 0, Self.copied)
                }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text64(
                        pointer,
                        place,
                        $0,
                        UInt64(bytes.count),
                        Self.copied,
                        UInt8(SQLITE_UTF8)
                    )
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(pointer, place, $0.baseAddress, UInt64($0.count), Self.copied)
            }
        }
    }

    var columnCount: Int { Int(sqlite3_column_count(pointer)) }

    func columnName(_ index: Int) -> String {
        sqlite3_column_name(pointer, Int32(index)).map { String(cString: $0) } ?? ""
    }

    /// The value of a column of the row that it stands on.
    func cell(_ index: Int) -> SQLCell {
        let column = Int32(index)
        switch sqlite3_column_type(pointer, column) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(pointer, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(pointer, column))
        case SQLITE_TEXT: return .text(String(decoding: bytes(column), as: UTF8.self))
        case SQLITE_BLOB: return .blob(Array(bytes(column)))
        default: return .null
        }
    }

    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeRawBufferPointer(
            start: start,
            count: start == nil ? 0 : Int(sqlite3_column_bytes(pointer, column))
        )
    }
}
