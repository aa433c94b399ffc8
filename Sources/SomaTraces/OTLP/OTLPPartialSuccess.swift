/// What a collector left out of a request that it took: `ExportTracePartialSuccess`.
package struct OTLPPartialSuccess: Sendable, Hashable {
    /// How many spans; negative ones are what was sent.
    package var rejected: Int64 = 0
    /// Why.
    package var message = ""

    /// Reads an `ExportTraceServiceResponse`; `nil` for what is none.
    package init?(protobuf bytes: [UInt8]) {
        let result = bytes.withUnsafeBytes { raw -> (Int64, String)? in
            var reader = ProtobufReader(raw)
            do throws(ReadFailure) {
                var (rejected, message) = (Int64(0), "")
                while let field = try reader.next() {
                    guard field.number == 1 else {
                        try reader.skip(field)
                        continue
                    }
                    var part = try reader.message(field)
                    while let field = try part.next() {
                        switch field.number {
                        case 1: rejected = Int64(bitPattern: try part.unsigned(field))
                        case 2: message = try part.text(field)
                        default: try part.skip(field)
                        }
                    }
                }
                return (rejected, message)
            } catch {
                return nil
            }
        }
        guard let result else { return nil }
        (rejected, message) = result
    }
}
