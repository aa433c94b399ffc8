internal import CPostgres

/// A statement's result; rows refer to it.
///
/// `@unchecked Sendable` because libpq never changes a result that it has handed out, and allows several threads to
/// read one.
final class PostgresResult: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer
    fileprivate let columns: Int

    /// Takes the result over and frees it with its last row.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
        columns = Int(PQnfields(pointer))
    }

    deinit { PQclear(pointer) }

    /// What a result is good for.
    enum Status { case rows, sync, failed, skipped, unusable }

    var status: Status {
        switch PQresultStatus(pointer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .rows
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: .failed
        default: .unusable
        }
    }

    /// Whether the server ends the session with it.
    var isFatal: Bool { ["FATAL", "PANIC"].contains(field(SOMA_PG_SEVERITY)) }

    /// The error that the server reports; `values` are kept out of it.
    func error(values: [String]) -> PostgresError {
        // libpq's own doing, as where it has no memory for an answer: the server may have done what it was asked.
        guard let state = field(SOMA_PG_SQLSTATE) else { return .lost.with(mayHaveHappened: true) }
        return PostgresError(
            sqlState: state,
            words: field(SOMA_PG_PRIMARY) ?? "",
            subject: field(SOMA_PG_CONSTRAINT) ?? field(SOMA_PG_COLUMN) ?? field(SOMA_PG_TABLE) ?? "",
            values: values
        )
    }

    private func field(_ field: soma_pg_field) -> String? {
        soma_pg_error_field(pointer, field).map { String(cString: $0) }
    }

    var rows: [PostgresRow] {
        let count = PQntuples(pointer)
        return count == 0 ? [] : (0..<count).map { PostgresRow(result: self, index: $0) }
    }
}

/// A row; its readers check a column's type and throw ``PostgresError/Kind/protocol`` where it is another.
package struct PostgresRow: Sendable {
    fileprivate let result: PostgresResult
    fileprivate let index: Int32

    /// How many columns it has.
    package var count: Int { result.columns }

    package func isNull(_ column: Int) throws(PostgresError) -> Bool { try cell(column) == nil }

    package func bool(_ column: Int) throws(PostgresError) -> Bool { try value(column, boolOrNil(column)) }
    package func int4(_ column: Int) throws(PostgresError) -> Int32 { try value(column, int4OrNil(column)) }
    /// An integer of two, four or eight bytes.
    package func int8(_ column: Int) throws(PostgresError) -> Int64 { try value(column, int8OrNil(column)) }
    package func float8(_ column: Int) throws(PostgresError) -> Double {
        try value(column, float8OrNil(column))
    }
    package func text(_ column: Int) throws(PostgresError) -> String { try value(column, textOrNil(column)) }
    package func bytea(_ column: Int) throws(PostgresError) -> [UInt8] {
        try value(column, byteaOrNil(column))
    }
    package func xid8(_ column: Int) throws(PostgresError) -> UInt64 { try value(column, xid8OrNil(column)) }

    package func boolOrNil(_ column: Int) throws(PostgresError) -> Bool? {
        guard let cell = try cell(column) else { return nil }
        guard cell.type == .bool, cell.bytes.count == 1 else { throw mismatch(column, "a bool") }
        return cell.bytes[0] != 0
    }

    package func int4OrNil(_ column: Int) throws(PostgresError) -> Int32? {
        guard let wide = try int8OrNil(column) else { return nil }
        guard let value = Int32(exactly: wide) else { throw mismatch(column, "an integer of four bytes") }
        return value
    }

    package func int8OrNil(_ column: Int) throws(PostgresError) -> Int64? {
        guard let cell = try cell(column) else { return nil }
        switch (cell.type, cell.bytes.count) {
        case (.int2, 2): return Int64(cell.integer(Int16.self))
        case (.int4, 4): return Int64(cell.integer(Int32.self))
        case (.oid, 4): return Int64(cell.integer(UInt32.self))
        case (.int8, 8): return cell.integer(Int64.self)
        default: throw mismatch(column, "an integer")
        }
    }

    package func float8OrNil(_ column: Int) throws(PostgresError) -> Double? {
        guard let cell = try cell(column) else { return nil }
        switch (cell.type, cell.bytes.count) {
        case (.float4, 4): return Double(Float(bitPattern: cell.integer(UInt32.self)))
        case (.float8, 8): return Double(bitPattern: cell.integer(UInt64.self))
        default: throw mismatch(column, "a floating-point number")
        }
    }

    /// A text, also of an enumeration or a domain.
    package func textOrNil(_ column: Int) throws(PostgresError) -> String? {
        guard let cell = try cell(column) else { return nil }
        guard cell.type.isText else { throw mismatch(column, "a text") }
        return String(decoding: cell.bytes, as: UTF8.self)
    }

    package func byteaOrNil(_ column: Int) throws(PostgresError) -> [UInt8]? {
        guard let cell = try cell(column) else { return nil }
        guard cell.type == .bytea else { throw mismatch(column, "a bytea") }
        return Array(cell.bytes)
    }

    /// Calls `body` with a bytea's bytes, which stay where libpq put them; they are valid only meanwhile.
    package func withBytea<Value>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Value)
        throws(PostgresError)
        -> Value
    {
        guard let cell = try cell(column), cell.type == .bytea else { throw mismatch(column, "a bytea") }
        return body(cell.bytes)
    }

    package func xid8OrNil(_ column: Int) throws(PostgresError) -> UInt64? {
        guard let cell = try cell(column) else { return nil }
        guard cell.type == .xid8, cell.bytes.count == 8 else { throw mismatch(column, "an xid8") }
        return cell.integer(UInt64.self)
    }

    package func int8Array(_ column: Int) throws(PostgresError) -> [Int64] {
        try elements(column, of: [.int8Array], "an array of int8") { bytes in
            bytes.count == 8 ? WireCell(type: .int8, bytes: bytes).integer(Int64.self) : nil
        }
    }

    package func textArray(_ column: Int) throws(PostgresError) -> [String] {
        try elements(column, of: [.textArray, .varcharArray, .nameArray], "an array of texts") {
            String(decoding: $0, as: UTF8.self)
        }
    }

    package func byteaArray(_ column: Int) throws(PostgresError) -> [[UInt8]] {
        try elements(column, of: [.byteaArray], "an array of bytea") { Array($0) }
    }

    // MARK: Cells

    private func cell(_ column: Int) throws(PostgresError) -> WireCell? {
        guard (0..<result.columns).contains(column) else {
            throw PostgresError(.protocol, message: "column \(column) was read of a row of \(result.columns)")
        }
        let pointer = result.pointer
        let column = Int32(column)
        guard PQgetisnull(pointer, index, column) == 0, let start = PQgetvalue(pointer, index, column) else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, index, column)))
        return WireCell(type: PostgresType(oid: PQftype(pointer, column)), bytes: bytes)
    }

    private func value<Value>(_ column: Int, _ value: Value?) throws(PostgresError) -> Value {
        guard let value else {
            throw PostgresError(
                .protocol,
                message: "column \(name(column)) is NULL where a value was expected"
            )
        }
        return value
    }

    private func elements<Element>(
        _ column: Int,
        of types: [PostgresType],
        _ wanted: String,
        _ read: (UnsafeRawBufferPointer) -> Element?
    ) throws(PostgresError) -> [Element] {
        guard let cell = try cell(column), types.contains(cell.type), let elements = cell.elements(read)
        else {
            throw mismatch(column, wanted)
        }
        return elements
    }

    private func mismatch(_ column: Int, _ wanted: String) -> PostgresError {
        let oid = PQftype(result.pointer, Int32(column))
        return PostgresError(
            .protocol,
            message: "column \(name(column)) is not \(wanted) but of the type with the number \(oid)"
        )
    }

    private func name(_ column: Int) -> String {
        PQfname(result.pointer, Int32(column)).map { "\"\(String(cString: $0))\"" } ?? "\(column)"
    }
}
