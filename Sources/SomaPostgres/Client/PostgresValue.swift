/// A value as a parameter or in a row, in Postgres's binary format on the wire.
package enum PostgresValue: Sendable, Hashable {
    /// NULL of whatever type the statement expects.
    case null
    case bool(Bool)
    case int4(Int32)
    case int8(Int64)
    case float8(Double)
    /// Postgres refuses texts that hold a NUL.
    case text(String)
    case bytea([UInt8])
    /// A transaction id, as `pg_current_xact_id()` gives it.
    case xid8(UInt64)
    case boolArray([Bool])
    case int4Array([Int32])
    case int8Array([Int64])
    case float8Array([Double])
    case textArray([String])
    case byteaArray([[UInt8]])
    case optionalInt8Array([Int64?])
    case optionalTextArray([String?])
    case optionalByteaArray([[UInt8]?])

    /// Postgres's number for the type; 0 lets the server infer it.
    var type: PostgresType {
        switch self {
        case .null: .inferred
        case .bool: .bool
        case .int4: .int4
        case .int8: .int8
        case .float8: .float8
        case .text: .text
        case .bytea: .bytea
        case .xid8: .xid8
        case .boolArray: .boolArray
        case .int4Array: .int4Array
        case .int8Array, .optionalInt8Array: .int8Array
        case .float8Array: .float8Array
        case .textArray, .optionalTextArray: .textArray
        case .byteaArray, .optionalByteaArray: .byteaArray
        }
    }
}

/// A type's number in `pg_type`; those of the built-in types never change.
struct PostgresType: Hashable, Sendable {
    let oid: UInt32

    static let inferred = PostgresType(oid: 0)
    static let bool = PostgresType(oid: 16)
    static let bytea = PostgresType(oid: 17)
    static let name = PostgresType(oid: 19)
    static let int8 = PostgresType(oid: 20)
    static let int2 = PostgresType(oid: 21)
    static let int4 = PostgresType(oid: 23)
    static let text = PostgresType(oid: 25)
    static let oid = PostgresType(oid: 26)
    static let json = PostgresType(oid: 114)
    static let float4 = PostgresType(oid: 700)
    static let float8 = PostgresType(oid: 701)
    static let unknown = PostgresType(oid: 705)
    static let boolArray = PostgresType(oid: 1000)
    static let byteaArray = PostgresType(oid: 1001)
    static let int4Array = PostgresType(oid: 1007)
    static let textArray = PostgresType(oid: 1009)
    static let int8Array = PostgresType(oid: 1016)
    static let float8Array = PostgresType(oid: 1022)
    static let bpchar = PostgresType(oid: 1042)
    static let varchar = PostgresType(oid: 1043)
    static let varcharArray = PostgresType(oid: 1015)
    static let nameArray = PostgresType(oid: 1003)
    static let xid8 = PostgresType(oid: 5069)
}
