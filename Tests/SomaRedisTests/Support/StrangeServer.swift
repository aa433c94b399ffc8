import Dispatch
import Glibc
import RedisFixture
import Synchronization

/// Takes one connection after the other, waits for something, says the same whatever it was, and hangs up.
final class StrangeServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let count = Counter()

    private final class Counter: Sendable { let value = Atomic<Int>(0) }

    /// - Parameters:
    ///   - times: How often it says it.
    ///   - waits: Whether it waits for more before it hangs up.
    init(says words: String, times: Int = 4, waits: Bool = true) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound, listen(listener, 8) == 0 else { throw TestRedisError(reason: "no port") }
        port = UInt16(bigEndian: address.sin_port)
        DispatchQueue.global().async { [count] in
            Self.serve(descriptor, count, String(repeating: words, count: times), waits)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// How many connections it took.
    var connections: Int { count.value.load(ordering: .relaxed) }

    private static func serve(_ listener: Int32, _ count: Counter, _ words: String, _ waits: Bool) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            _ = read(connection, &bytes, bytes.count)
            count.value.add(1, ordering: .relaxed)
            _ = write(connection, words, words.utf8.count)
            // Else the end may be read along with the words.
            if waits { _ = read(connection, &bytes, bytes.count) } else { usleep(5_000) }
            close(connection)
        }
        close(listener)
    }
}
