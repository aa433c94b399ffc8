/// Parameters in binary, one after the other, as libpq wants to be given them.
///
/// Made on the caller's task, so that the thread that owns the sockets only hands pointers over.
struct WireParameters: Sendable {
    /// All values; ends in a byte of its own, so that an empty last value has an address too.
    private(set) var bytes: [UInt8] = []
    /// Where each value begins; `nil` is NULL.
    private(set) var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []
    private(set) var types: [UInt32] = []

    /// The largest number of parameters that the protocol can count.
    static let limit = 65_535
    /// The largest value that a server takes, in bytes.
    static let valueLimit = 1 << 30

    /// Encodes values; throws ``PostgresError/Kind/limit`` for more than a server can take.
    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Self.limit else {
            throw PostgresError(
                .limit,
                message: "a statement has \(values.count) parameters, and \(Self.limit) is the most",
                hint: "pass arrays instead of single values"
            )
        }
        offsets.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            let start = bytes.count
            if case .null = value {
                offsets.append(nil)
            } else {
                offsets.append(start)
                append(value)
            }
            guard bytes.count - start <= Self.valueLimit else {
                throw PostgresError(
                    .limit,
                    message: "parameter \(index + 1) has \(bytes.count - start) bytes, "
                        + "and \(Self.valueLimit) is the most that Postgres takes",
                    hint: "cut it into pieces"
                )
            }
            lengths.append(Int32(bytes.count - start))
            types.append(value.type.oid)
        }
        bytes.append(0)
    }

    private mutating func append(_ value: PostgresValue) {
        switch value {
        case .null: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .int4(let value): append(UInt32(bitPattern: value))
        case .int8(let value): append(UInt64(bitPattern: value))
        case .float8(let value): append(value.bitPattern)
        case .text(let value): bytes.append(contentsOf: value.utf8)
        case .bytea(let value): bytes.append(contentsOf: value)
        case .xid8(let value): append(value)
        case .boolArray(let values): append(values, of: .bool) { $0.append(.bool($1)) }
        case .int4Array(let values): append(values, of: .int4) { $0.append(.int4($1)) }
        case .int8Array(let values): append(values, of: .int8) { $0.append(.int8($1)) }
        case .float8Array(let values): append(values, of: .float8) { $0.append(.float8($1)) }
        case .textArray(let values): append(values, of: .text) { $0.append(.text($1)) }
        case .byteaArray(let values): append(values, of: .bytea) { $0.append(.bytea($1)) }
        case .optionalInt8Array(let values): append(values, of: .int8) { $0.append(.int8($1)) }
        case .optionalTextArray(let values): append(values, of: .text) { $0.append(.text($1)) }
        case .optionalByteaArray(let values): append(values, of: .bytea) { $0.append(.bytea($1)) }
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Dimensions, whether there are NULLs, the elements' type, the one dimension's length and its lower bound 1;
    /// then each element behind its length, -1 for NULL.
    private mutating func append<Element>(
        _ elements: [Element?],
        of type: PostgresType,
        _ write: (inout WireParameters, Element) -> Void
    ) {
        append(UInt32(elements.isEmpty ? 0 : 1))
        append(UInt32(elements.contains { $0 == nil } ? 1 : 0))
        append(type.oid)
        guard !elements.isEmpty else { return }
        append(UInt32(truncatingIfNeeded: elements.count))
        append(UInt32(1))
        for element in elements {
            guard let element else {
                append(UInt32.max)
                continue
            }
            let start = bytes.count
            append(UInt32(0))
            write(&self, element)
            let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
            withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
        }
    }
}
