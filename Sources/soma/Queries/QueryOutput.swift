import ArgumentParser
import Glibc
import SomaCore
import SomaQueries
import SomaTerminal

/// How rows are written.
enum RowFormat: String, ExpressibleByArgument, CaseIterable {
    case table, csv, json, ndjson

    /// What `--format` says, or else `--json`, or else the fallback.
    static func chosen(_ format: RowFormat?, _ global: GlobalOptions, or fallback: RowFormat) throws
        -> RowFormat
    {
        guard global.json else { return format ?? fallback }
        guard let format, format != .json, format != .ndjson else { return format ?? .json }
        throw CommandFailure(.usage, "--json and --format \(format.rawValue) contradict each other.")
    }
}

/// Where rows go: standard output, or a file that isn't there yet.
struct RowOutput: ~Copyable {
    private let descriptor: Int32
    private let path: String?
    private var waiting: [UInt8] = []

    private static let chunk = 1 << 16

    init(path: String?) throws {
        self.path = path
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let hint = errno == EEXIST ? "Choose another name, or remove it first." : ""
            throw CommandFailure(
                .usage,
                "\(SafeText.line(path)): \(String(cString: strerror(errno)))",
                hint: hint
            )
        }
    }

    /// Writes bytes, in pieces that are worth a call. On a terminal they are made harmless.
    mutating func write(_ bytes: [UInt8]) {
        waiting += bytes
        if waiting.count >= Self.chunk { flush() }
    }

    mutating func flush() {
        guard !waiting.isEmpty else { return }
        if path == nil, isatty(STDOUT_FILENO) == 1, Out.capture == nil {
            var lines = SafeText.lines(SafeText.decode(waiting))
            if lines.last == "" { lines.removeLast() }
            for line in lines { Out.line(line) }
        } else {
            Out.write(waiting, to: descriptor)
        }
        waiting = []
    }

    mutating func finish() {
        flush()
        guard path != nil else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

extension CommandFailure {
    /// What is wrong with a query, with its line and a mark under the place.
    init(_ problem: SQLProblem) {
        var lines: [String] = []
        if let place = problem.place {
            lines.append("\(place.line):\(place.column): \(SafeText.line(problem.message))")
            let before = SafeText.line(place.text.prefix(place.column - 1))
            let line = SafeText.line(place.text)
            if SafeText.columns(of: line) <= 200 {
                lines += [
                    "  \(line)", "  " + String(repeating: " ", count: SafeText.columns(of: before)) + "^",
                ]
            }
        } else {
            lines.append(SafeText.line(problem.message))
        }
        self.init(.usage, lines.joined(separator: "\n"), hint: SafeText.line(problem.hint))
    }
}
