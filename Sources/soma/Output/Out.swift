import Glibc
import SomaCore
import SomaTerminal
import Synchronization

/// Writes to standard output and standard error. Everything that comes from elsewhere passes `SafeText`.
enum Out {
    /// Takes the output in place of the descriptors, for the tasks that run below it.
    @TaskLocal static var capture: OutputCapture?

    /// Takes standard output where it may be longer than the screen, for the tasks that run below it.
    @TaskLocal static var pager: Pager?

    /// One line on standard output. `text` is ours, or has passed `SafeText`.
    static func line(_ text: String = "") { write(text + "\n", to: STDOUT_FILENO) }

    /// One line on standard error.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// One JSON document.
    static func json(_ value: JSON) {
        let isSeen = isatty(STDOUT_FILENO) == 1
        line(isSeen ? SafeText.json(value.text(.pretty)) : value.text())
    }

    /// One JSON document on a line of its own, as streams have it.
    static func record(_ value: JSON) {
        let text = value.text()
        line(isatty(STDOUT_FILENO) == 1 ? SafeText.json(text) : text)
    }

    /// Bytes as they are, where they go to a file or a pipe; neutralised, where a person would see them.
    static func bytes(_ bytes: [UInt8]) {
        guard isatty(STDOUT_FILENO) == 1 else { return write(bytes, to: STDOUT_FILENO) }
        for text in SafeText.lines(SafeText.decode(bytes)) { line(text) }
    }

    static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        if let capture, descriptor <= STDERR_FILENO { return capture.take(bytes, descriptor) }
        if descriptor == STDOUT_FILENO, let pager { return send(pager.take(bytes), to: descriptor) }
        send(bytes, to: descriptor)
    }

    /// Writes bytes to a descriptor and nowhere else.
    ///
    /// What can't be said on standard error is left out: the command's work counts for more. Where anything else can't be
    /// written, the process ends with 1 and says why; but a reader that has gone wants no more of it: `soma log | head` is no
    /// error.
    static func send(_ bytes: [UInt8], to descriptor: Int32) {
        guard let error = written(bytes, to: descriptor), descriptor != STDERR_FILENO else { return }
        guard error != EPIPE else { exit(0) }
        let place = descriptor == STDOUT_FILENO ? "standard output" : "the file"
        note("soma: Could not write \(place): \(String(cString: strerror(error))).")
        exit(CommandFailure.Code.failed.rawValue)
    }

    /// Writes all bytes, waiting for a slow reader; returns the system's error number where that fails.
    private static func written(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count < 0 else {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody else made it non-blocking, as happens to a terminal that is shared.
                var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waited, 1, -1)
            default: return errno
            }
        }
        return nil
    }
}

/// Output that is kept instead of written.
final class OutputCapture: Sendable {
    private let kept = Mutex<[Int32: [UInt8]]>([:])

    func take(_ bytes: [UInt8], _ descriptor: Int32) {
        kept.withLock { $0[descriptor, default: []] += bytes }
    }

    /// What was written to a descriptor.
    func text(_ descriptor: Int32) -> String {
        String(decoding: kept.withLock { $0[descriptor] ?? [] }, as: UTF8.self)
    }
}

/// Columns of text: as wide as needed, the last one cut to the terminal.
struct TextTable {
    var header: [String]
    var rightAligned: Set<Int> = []
    var rows: [[(text: String, tint: OutputStyle.Tint?)]] = []
    /// The columns' widths on the pages so far.
    private var widths: [Int] = []

    init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    /// The lines, the header first.
    func lines(_ style: OutputStyle) -> [String] {
        var copy = self
        return copy.page(style)
    }

    /// The lines of the rows so far, which are forgotten; the first time the header first. Later pages have columns at least
    /// as wide as those before them.
    mutating func page(_ style: OutputStyle) -> [String] {
        let safe = rows.map { row in row.map { (text: SafeText.line($0.text), tint: $0.tint) } }
        rows = []
        let isFirst = widths.isEmpty
        if isFirst { widths = header.map { SafeText.columns(of: $0) } }
        for row in safe {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], SafeText.columns(of: cell.text))
            }
        }
        let titles = header.map { (text: $0, tint: OutputStyle.Tint?.some(.dim)) }
        return ((isFirst ? [titles] : []) + safe).map { row in
            var line = ""
            var used = 0
            for (index, cell) in row.enumerated() {
                // Columns beyond the edge are left out, and the one that reaches it is cut.
                let room = style.limit.map { max(0, $0 - used) } ?? .max
                guard room > 0 else { break }
                let isLast = index == row.count - 1 || widths[index] >= room
                let text = isLast ? SafeText.clip(cell.text, to: room, mark: "…") : cell.text
                let blank = String(
                    repeating: " ",
                    count: max(0, min(widths[index], room) - SafeText.columns(of: text))
                )
                let isRight = rightAligned.contains(index)
                line += (isRight ? blank : "") + style.paint(text, cell.tint)
                if isLast { break }
                line += (isRight ? "" : blank) + "  "
                used += widths[index] + 2
            }
            return line
        }
    }
}
