import Dispatch
import Glibc
import RedisFixture

/// Takes one connection, waits for something, and says the same whatever it was.
final class StrangeServer: Sendable {
    let port: UInt16
    private let listener: Int32

    init(says words: String) throws {
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
        DispatchQueue.global().async { Self.serve(descriptor, words) }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ listener: Int32, _ words: String) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            _ = read(connection, &bytes, bytes.count)
            for _ in 0..<4 { _ = write(connection, words, words.utf8.count) }
            _ = read(connection, &bytes, bytes.count)
            close(connection)
        }
        close(listener)
    }
}
