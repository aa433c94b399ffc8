import CZlib

/// Packs bytes as one member of a gzip file (RFC 1952).
package enum Gzip {
    /// `windowBits` of deflateInit2: the largest window, and gzip's head and tail instead of zlib's.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8

    /// The bytes, packed; `nil` where zlib has no memory for it, or there are 4 GB of them.
    package static func pack(_ bytes: [UInt8]) -> [UInt8]? {
        guard let size = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        // The quickest level makes a sixth of what metrics take; the default level makes a ninth in three times the time.
        let code = deflateInit2_(
            &stream,
            Z_BEST_SPEED,
            Z_DEFLATED,
            windowBits,
            memoryLevel,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard code == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, UInt(bytes.count)))
        guard let limit = UInt32(exactly: room) else { return nil }
        var input = bytes
        var isWhole = false
        let packed = [UInt8](unsafeUninitializedCapacity: room) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = size
                stream.next_out = output.baseAddress
                stream.avail_out = limit
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = room - Int(stream.avail_out)
            }
        }
        return isWhole ? packed : nil
    }
}
