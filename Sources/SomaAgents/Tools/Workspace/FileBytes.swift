import Glibc

/// Reads whole files and pieces of them.
enum FileBytes {
    /// The file's bytes.
    ///
    /// - Throws: `ToolError` (`tooLarge`) where there are more than `bytesMax`, also when the file grows meanwhile.
    static func all(_ file: borrowing Descriptor, bytesMax: Int) throws(ToolError) -> [UInt8] {
        let expected = Int(file.status().st_size)
        guard expected <= bytesMax else { throw tooLarge(bytesMax) }
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        // One byte more than the size tells the end without a second call.
        var capacity = expected + 1
        while true {
            let before = bytes.count
            let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = retrying { read(file.raw, buffer.baseAddress, capacity) }
                failure = got < 0 ? errno : 0
                count = max(0, got)
            }
            guard failure == 0 else { throw ToolError(.failed, "Reading failed: \(systemMessage(failure)).") }
            if before == 0 { bytes = chunk } else { bytes.append(contentsOf: chunk) }
            guard bytes.count <= bytesMax else { throw tooLarge(bytesMax) }
            if chunk.count < capacity, chunk.isEmpty || bytes.count == expected { return bytes }
            if chunk.isEmpty { return bytes }
            capacity = max(expected + 1 - bytes.count, 1 << 16)
        }
    }

    /// Hands out the file in pieces of at most 256 KiB, which are valid only inside the call.
    static func pieces(
        _ file: borrowing Descriptor,
        _ take: (UnsafeBufferPointer<UInt8>) throws(ToolError) -> Bool
    ) throws(ToolError) {
        let size = 256 << 10
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
        defer { buffer.deallocate() }
        while true {
            let got = retrying { read(file.raw, buffer.baseAddress, size) }
            guard got >= 0 else { throw ToolError(.failed, "Reading failed: \(systemMessage(errno)).") }
            guard got > 0, try take(UnsafeBufferPointer(rebasing: buffer[..<got])) else { return }
        }
    }

    /// Whether two files hold the same bytes.
    static func areEqual(_ left: Int32, _ right: Int32) -> Bool {
        var first = stat()
        var second = stat()
        guard fstat(left, &first) == 0, fstat(right, &second) == 0, first.st_size == second.st_size else {
            return false
        }
        var one = [UInt8](repeating: 0, count: 64 << 10)
        var other = one
        var offset = 0
        while true {
            let count = pread(left, &one, one.count, offset)
            guard count >= 0, pread(right, &other, other.count, offset) == count else { return false }
            if count == 0 { return true }
            guard memcmp(one, other, count) == 0 else { return false }
            offset += count
        }
    }

    /// Whether bytes look like no text: a NUL in the first 8 KiB, as git decides it.
    static func isBinary(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return false }
        return memchr(base, 0, min(bytes.count, 8192)) != nil
    }

    /// The number of line feeds.
    static func lineFeeds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in bytes { count &+= byte == 0x0A ? 1 : 0 }
        return count
    }

    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func tooLarge(_ bytesMax: Int) -> ToolError {
        ToolError(.tooLarge, "The file is larger than \(bytesMax) bytes.", hint: "Read a part of it.")
    }
}
