import Glibc
import SomaCore
import Testing

@Suite("All bytes into a file")
struct WholeWriteTests {
    @Test("what a pipe takes bit by bit arrives whole")
    func pieces() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (near, far) = (ends[0], ends[1])
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let reader = Task.detached {
            var read: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 7_001)
            while case let count = Glibc.read(near, &buffer, buffer.count), count > 0 {
                read += buffer[..<count]
            }
            return read
        }
        #expect(WholeWrite.write(bytes[10...], to: far) == 0)
        #expect(WholeWrite.write([], to: far) == 0)
        close(far)
        #expect(await reader.value == Array(bytes[10...]))
        close(near)
    }

    @Test("a refusal is the system's, whatever came before it")
    func refused() {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        errno = EINTR
        #expect(WholeWrite.write([1], to: full) == ENOSPC)
        close(full)
        #expect(WholeWrite.write([1], to: -1) == EBADF)
        #expect(WholeWrite.write([], to: -1) == 0)
    }
}
