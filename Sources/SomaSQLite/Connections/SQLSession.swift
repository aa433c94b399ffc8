import GRDB
import GRDBSQLite

/// A value that goes into a statement.
enum SQLValue: Sendable {
    case null
    case int(Int64)
    case text(String)
    /// Bytes that are known to be UTF-8, stored as text so that SQL functions can read them.
    case utf8([UInt8])
    case blob([UInt8])

    static func int(_ value: Int) -> SQLValue { .int(Int64(value)) }
}

/// What SQLite answered when it refused.
struct SQLFailure: Error {
    let code: Int32
    let message: String
}

/// A connection while its queue works for us. Must not leave the closure that it was given to.
///
/// Statements are prepared and kept by GRDB; rows are bound and read through SQLite's own calls, because the
/// store moves byte arrays and GRDB's values would copy each of them twice.
struct SQLSession {
    let database: Database

    /// The connection's handle, valid as long as the session is.
    func handle() throws -> OpaquePointer {
        guard let handle = database.sqliteConnection else {
            throw SQLFailure(code: SQLITE_MISUSE, message: "the connection is closed")
        }
        return handle
    }

    /// A statement, prepared once per connection.
    func prepare(_ sql: String) throws -> SQLStatement {
        let handle = try handle()
        return SQLStatement(try database.cachedStatement(sql: sql), on: handle)
    }

    /// Runs a statement that gives no rows.
    func run(_ sql: String, _ values: SQLValue...) throws {
        try prepare(sql).run(values)
    }

    /// All rows of a query.
    func rows<Value>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ read: (SQLStatement) throws -> Value
    ) throws -> [Value] {
        let statement = try prepare(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var rows: [Value] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// The first row of a query.
    func first<Value>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ read: (SQLStatement) throws -> Value
    ) throws -> Value? {
        let statement = try prepare(sql)
        defer { statement.reset() }
        try statement.bind(values)
        return try statement.step() ? try read(statement) : nil
    }

    /// A number that a query gives; 0 where it gives none.
    func number(_ sql: String, _ values: SQLValue...) throws -> Int64 {
        try first(sql, values) { $0.int(0) } ?? 0
    }

    /// Reads within one snapshot of the file.
    func reading<Value>(_ body: () throws -> Value) throws -> Value { try transaction(.deferred, body) }

    /// Writes in one transaction; what `body` throws undoes it.
    func writing<Value>(_ body: () throws -> Value) throws -> Value { try transaction(.immediate, body) }

    private func transaction<Value>(
        _ kind: Database.TransactionKind,
        _ body: () throws -> Value
    ) throws -> Value {
        _ = try handle()
        var result: Value?
        try database.inTransaction(kind) {
            result = try body()
            return .commit
        }
        guard let result else {
            throw SQLFailure(code: SQLITE_INTERNAL, message: "a transaction had no result")
        }
        return result
    }
}

/// A prepared statement: bind, step, read, reset.
struct SQLStatement {
    // Keeps the pointer alive: GRDB finalises a statement that nobody holds.
    private let owner: Statement
    private let pointer: OpaquePointer
    private let connection: OpaquePointer

    fileprivate init(_ owner: Statement, on connection: OpaquePointer) {
        self.owner = owner
        pointer = owner.sqliteStatement
        self.connection = connection
    }

    /// SQLite copies what is bound, so that no pointer outlives this call.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ values: [SQLValue]) throws {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(pointer, place)
                case .int(let number): sqlite3_bind_int64(pointer, place, number)
                case .text(let text): bind(utf8: Array(text.utf8), at: place)
                case .utf8(let bytes): bind(utf8: bytes, at: place)
                case .blob(let bytes): bind(blob: bytes, at: place)
                }
            guard code == SQLITE_OK else { throw failure() }
        }
    }

    private func bind(utf8 bytes: [UInt8], at place: Int32) -> Int32 {
        bytes.withUnsafeBytes { raw in
            // An empty array has no address, and no address would mean NULL.
            guard let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                return sqlite3_bind_text(pointer, place, "", 0, Self.copied)
            }
            return sqlite3_bind_text64(
                pointer,
                place,
                start,
                UInt64(raw.count),
                Self.copied,
                UInt8(SQLITE_UTF8)
            )
        }
    }

    private func bind(blob bytes: [UInt8], at place: Int32) -> Int32 {
        bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { return sqlite3_bind_zeroblob(pointer, place, 0) }
            return sqlite3_bind_blob64(pointer, place, start, UInt64(raw.count), Self.copied)
        }
    }

    /// Goes to the next row; `false` after the last.
    func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure()
        }
    }

    func run(_ values: [SQLValue]) throws {
        defer { reset() }
        try bind(values)
        while try step() {}
    }

    func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    func bytes(_ column: Int32) -> [UInt8] {
        let start = sqlite3_column_blob(pointer, column)
        let count = Int(sqlite3_column_bytes(pointer, column))
        return Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    private func failure() -> SQLFailure {
        SQLFailure(
            code: sqlite3_extended_errcode(connection),
            message: String(cString: sqlite3_errmsg(connection))
        )
    }
}
