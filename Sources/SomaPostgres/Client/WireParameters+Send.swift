internal import CPostgres

extension WireParameters {
    /// Hands a statement to libpq, which copies what it is given; `false` when the connection is broken.
    func send(_ sql: String, preparedAs name: String?, to connection: OpaquePointer) -> Bool {
        let count = Int32(offsets.count)
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = offsets.map { offset in
                offset.flatMap { start?.advanced(by: $0) }
            }
            let binary = [Int32](repeating: 1, count: offsets.count)
            if let name {
                return PQsendQueryPrepared(connection, name, count, values, lengths, binary, 1) == 1
            }
            return PQsendQueryParams(connection, sql, count, types, values, lengths, binary, 1) == 1
        }
    }
}
