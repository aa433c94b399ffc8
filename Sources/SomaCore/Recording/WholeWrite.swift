import Glibc

/// Bytes on their way into a file, all of them: the system may take fewer at a time, or be interrupted.
package enum WholeWrite {
    /// Writes all of them. Blocks where the descriptor does.
    /// - Returns: The system's error number, 0 for none.
    package static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// Writes all of them.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        write(bytes[...], to: descriptor)
    }
}
