import Glibc
public import Logging
import Synchronization

/// Where a process's log records go, in which form, and from which level on.
///
/// One output is shared by all loggers of a process; the level may change while it runs. Logging never waits for whoever
/// reads: what can't be written soon enough is dropped, and how much that was is said where it is missing.
public final class LogOutput: Sendable {
    /// How records are written.
    public let format: LogFormat
    private let spool: LogSpool
    private let levelIndex: Atomic<Int>
    private let clock: @Sendable () -> (seconds: Int, milliseconds: Int)

    /// An output on a file descriptor.
    /// - Parameters:
    ///   - descriptor: Stays the caller's; standard error unless given.
    ///   - format: How records are written.
    ///   - level: Least severe level that is written.
    ///   - clock: Time since 1970; the system's unless given.
    public init(
        descriptor: Int32 = 2,
        format: LogFormat,
        level: Logger.Level = .info,
        clock: @escaping @Sendable () -> (seconds: Int, milliseconds: Int) = LogOutput.systemTime
    ) {
        self.format = format
        self.clock = clock
        spool = LogSpool(descriptor) { Self.notice(of: $0, format, at: clock()) }
        levelIndex = Atomic(Self.index(of: level))
    }

    deinit { spool.close() }

    /// The form for people, with colours where standard error is a terminal and neither NO_COLOR nor TERM=dumb says no.
    public static func humanFormat(environment: [String: String], isTerminal: Bool) -> LogFormat {
        let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let isForced = environment["CLICOLOR_FORCE"].map { !$0.isEmpty && $0 != "0" } ?? false
        let isCapable = isTerminal && environment["TERM"] != "dumb"
        return .human(colors: !isRefused && (isForced || isCapable))
    }

    /// The time of the system's clock.
    public static func systemTime() -> (seconds: Int, milliseconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (now.tv_sec, now.tv_nsec / 1_000_000)
    }

    /// Least severe level that is written; changes take effect at once, in every logger without a level of its own.
    public var level: Logger.Level {
        get { Logger.Level.allCases[levelIndex.load(ordering: .relaxed)] }
        set { levelIndex.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    /// A handler for `LoggingSystem.bootstrap`.
    public func handler(label: String) -> SomaLogHandler {
        SomaLogHandler(label: label, output: self)
    }

    func write(level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata) {
        let (seconds, milliseconds) = clock()
        let record = LogRecord(
            secondsSince1970: seconds,
            milliseconds: milliseconds,
            level: level,
            logger: logger,
            message: message,
            fields: LogRecord.fields(metadata)
        )
        spool.add(record.line(format))
    }

    /// How many lines were dropped since the beginning, because nobody took them or they could not be written.
    public var droppedLines: Int { spool.dropped }

    /// Waits until everything that was logged is written. Blocks the calling thread: for the end of a process.
    ///
    /// - Parameter limit: How long it waits at most; whoever reads may have stopped.
    /// - Returns: Whether it is written.
    @discardableResult
    public func flush(within limit: Duration) -> Bool { spool.flush(within: limit) }

    /// Writes a text to standard error, as the last that the process says. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - text: May hold what others have said: of its control characters only line ends are written as they are.
    ///   - limit: How long it waits at most.
    public static func tell(_ text: String, within limit: Duration) {
        let spool = LogSpool(STDERR_FILENO) { _ in "" }
        spool.add(safe(text))
        spool.flush(within: limit)
        spool.close()
    }

    static func safe(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { LogText.human(String($0)) }
            .joined(separator: "\n")
    }

    /// What stands in place of lines that were dropped.
    private static func notice(
        of count: Int,
        _ format: LogFormat,
        at time: (seconds: Int, milliseconds: Int)
    ) -> String {
        let lines = count == 1 ? "1 line was" : "\(count) lines were"
        return LogRecord(
            secondsSince1970: time.seconds,
            milliseconds: time.milliseconds,
            level: .warning,
            logger: "log",
            message: "\(lines) dropped here: the log was written faster than it could be taken.",
            fields: []
        ).line(format)
    }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}

/// A logger's part of an output: its name, metadata, and level where it has one of its own.
public struct SomaLogHandler: LogHandler {
    /// What every record of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// What every record carries besides, worked out when it is written.
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private var ownLevel: Logger.Level?

    init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// The output's level until it is set here.
    public var logLevel: Logger.Level {
        get { ownLevel ?? output.level }
        set { ownLevel = newValue }
    }

    /// One item of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one record.
    public func log(event: LogEvent) {
        var fields = metadataProvider?.get() ?? [:]
        fields.merge(metadata) { _, own in own }
        if let given = event.metadata { fields.merge(given) { _, own in own } }
        if let error = event.error { fields["error"] = "\(error)" }
        output.write(level: event.level, logger: label, message: event.message.description, metadata: fields)
    }
}
