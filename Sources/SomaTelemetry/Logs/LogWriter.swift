import Glibc

/// Writes lines to a descriptor, however long its reader lets it wait.
struct LogWriter {
    /// `write`, where no test stands in for it.
    typealias Put = (Int32, UnsafeRawBufferPointer) -> Int

    private let descriptor: Int32
    private let put: Put
    /// Lines that were lost since the last one that was written.
    private var lost = 0
    /// Whether a line was cut off in its middle.
    private var isMidLine = false

    init(descriptor: Int32, put: @escaping Put = { Glibc.write($0, $1.baseAddress, $1.count) }) {
        self.descriptor = descriptor
        self.put = put
    }

    /// Writes a line, and before it how many were lost, if any were.
    /// - Returns: Whether it is written; else it is lost, too.
    @discardableResult
    mutating func write(_ line: String, _ notice: (Int) -> String) -> Bool {
        drop(0, notice)
        if lost == 0, writeAll(line) { return true }
        lost += 1
        return false
    }

    /// Notes that lines were lost, and says how many as soon as that can be written.
    mutating func drop(_ count: Int, _ notice: (Int) -> String) {
        lost += count
        if lost > 0, writeAll(notice(lost)) { lost = 0 }
    }

    /// One `write` for the whole line. What the system didn't take (a signal, a full pipe) follows.
    private mutating func writeAll(_ line: String) -> Bool {
        var line = isMidLine ? "\n" + line : line
        return line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = put(descriptor, rest)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    isMidLine = !rest.isEmpty
                } else if errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&waiting, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
