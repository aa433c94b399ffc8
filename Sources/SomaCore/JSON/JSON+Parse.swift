extension JSON {
    /// Reads one JSON text, strictly as RFC 8259 has it.
    ///
    /// - Parameter bytes: UTF-8. White space around the value is allowed, a byte order mark is not.
    /// - Throws: `JSONError` with the place, for anything else than exactly one value; also for more than 512
    ///   levels of nesting and for numbers beyond a double.
    public static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSON {
        if let result = bytes.withContiguousStorageIfAvailable({ parseResult($0) }) {
            return try result.get()
        }
        return try Array(bytes).withUnsafeBufferPointer { parseResult($0) }.get()
    }

    /// Reads one JSON text.
    ///
    /// - Throws: `JSONError`, as for bytes.
    public static func parse(_ text: String) throws(JSONError) -> JSON {
        var text = text
        return try text.withUTF8 { parseResult($0) }.get()
    }

    private static func parseResult(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSONError> {
        var scanner = JSONScanner(bytes)
        do throws(JSONScanner.Failure) {
            let value = try scanner.value()
            scanner.skipWhitespace()
            guard scanner.isAtEnd else { throw scanner.failure("text after the value") }
            return .success(value)
        } catch {
            return .failure(JSONError(error, in: bytes))
        }
    }
}

extension JSONError {
    package init(_ failure: JSONScanner.Failure, in bytes: UnsafeBufferPointer<UInt8>) {
        let before = bytes.prefix(failure.offset)
        let line = before.reduce(into: 1) { if $1 == 0x0A { $0 += 1 } }
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        self.init(
            message: "\(failure.message)",
            offset: failure.offset,
            line: line,
            column: failure.offset - lineStart + 1
        )
    }
}
