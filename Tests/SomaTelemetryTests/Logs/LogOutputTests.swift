import Glibc
import Logging
import Testing

@testable import SomaTelemetry

/// Both ends of a pipe that a log is written into.
private struct Pipe: ~Copyable {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// What was written so far; at most what a pipe holds.
    func text() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 0) == 1 {
            let count = read(reading, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite("Log output")
struct LogOutputTests {
    private func logged(
        _ format: LogFormat,
        level: Logger.Level = .info,
        _ body: (inout Logger, LogOutput) -> Void
    ) throws -> String {
        let pipe = try Pipe()
        let output = LogOutput(
            descriptor: pipe.writing,
            format: format,
            level: level,
            clock: { (1_700_000_000, 7) }
        )
        var logger = Logger(label: "somad") { output.handler(label: $0) }
        body(&logger, output)
        #expect(output.flush(within: .seconds(10)))
        return pipe.text()
    }

    @Test("a record for people has aligned columns and the run first")
    func human() throws {
        let text = try logged(.human(colors: false)) { logger, _ in
            logger.info(
                "Started",
                metadata: ["answer": "42", "run": "ab12", "Attempt": "1", "goal": "two words", "empty": ""]
            )
            logger.warning("a=b \"c\"")
        }
        #expect(
            text == """
                2023-11-14T22:13:20.007Z INFO     Started  run=ab12  Attempt=1  answer=42  empty=""  goal="two words"
                2023-11-14T22:13:20.007Z WARNING  a=b "c"

                """
        )
    }

    @Test("a record for programs is one JSON object, the run first")
    func json() throws {
        let text = try logged(.json) { logger, _ in
            logger.info("say \"hi\"\\", metadata: ["b": ["x", "y"], "run": "r", "a": ["k": "v"]])
            logger.error("plain")
        }
        #expect(
            text
                == #"""
                {"at":"2023-11-14T22:13:20.007Z","level":"info","logger":"somad","message":"say \"hi\"\\","metadata":{"run":"r","a":"[\"k\": \"v\"]","b":"[\"x\", \"y\"]"}}
                {"at":"2023-11-14T22:13:20.007Z","level":"error","logger":"somad","message":"plain"}

                """#.split(separator: "\n").map { $0 + "\n" }.joined()
        )
    }

    @Test("colours surround the level and keys only", arguments: Logger.Level.allCases)
    func colors(level: Logger.Level) throws {
        let text = try logged(.human(colors: true), level: .trace) { logger, _ in
            logger.log(level: level, "x\u{1B}[2J", metadata: ["k": "v"])
        }
        #expect(text.contains("x\\u{1b}[2J  \u{1B}[2mk=\u{1B}[0mv\n"))
        #expect(text.filter { $0 == "\u{1B}" }.count == 4)
    }

    @Test(
        "whatever a message holds, a record is one line without control characters",
        arguments: [
            "a\nb", "a\r\nb", "\u{1B}]0;title\u{07}", "\u{9B}31m", "\u{2028}", "\u{202E}evil", "\0",
            "\u{7F}\u{85}", "\t",
            "\u{E0041}", "\u{FEFF}",
        ],
        [LogFormat.json, .human(colors: false)]
    )
    func injection(hostile: String, format: LogFormat) throws {
        let text = try logged(format) { logger, _ in
            logger.info("\(hostile)", metadata: ["\(hostile)key": "\(hostile)"])
        }
        #expect(text.hasSuffix("\n"))
        #expect(text.dropLast().unicodeScalars.allSatisfy { !UnsafeScalar.isUnsafe($0) })
    }

    @Test("escapes in JSON are those that JSON has")
    func jsonEscapes() {
        #expect(LogText.json("\u{1B}\t\u{E0041}") == #"\u001b\u0009\udb40\udc41"#)
        #expect(LogText.human("\r\n\t") == #"\r\n\t"#)
    }

    @Test("the level changes while loggers live, unless they have their own")
    func levels() throws {
        let text = try logged(.human(colors: false)) { logger, output in
            var own = logger
            own.logLevel = .error
            logger.debug("1")
            output.level = .debug
            #expect(output.level == .debug)
            logger.debug("2")
            own.warning("3")
            own.error("4")
        }
        #expect(text.split(separator: "\n").map(\.last) == ["2", "4"])
    }

    @Test("metadata comes from provider, logger and call, the nearest wins")
    func metadata() throws {
        let text = try logged(.human(colors: false)) { logger, _ in
            logger.handler.metadataProvider = Logger.MetadataProvider {
                ["a": "provider", "b": "provider", "c": "provider"]
            }
            logger[metadataKey: "b"] = "logger"
            logger[metadataKey: "c"] = "logger"
            #expect(logger[metadataKey: "b"] == "logger")
            logger.info("x", metadata: ["c": "call"])
        }
        #expect(text.hasSuffix("x  a=provider  b=logger  c=call\n"))
    }

    @Test("an error belongs to its record")
    func error() throws {
        struct Broken: Error, CustomStringConvertible { let description = "broken\nbadly" }
        let text = try logged(.human(colors: false)) { logger, _ in logger.error("x", error: Broken()) }
        #expect(text.hasSuffix("x  error=broken\\nbadly\n"))
    }

    @Test("a huge record is cut", arguments: [LogFormat.json, .human(colors: false)])
    func huge(format: LogFormat) throws {
        let text = try logged(format) { logger, _ in
            let long = String(repeating: "x", count: 100_000)
            let metadata = Dictionary(
                uniqueKeysWithValues: (0..<100).map { ("k\($0)", Logger.MetadataValue.string(long)) }
            )
            logger.info("\(long)", metadata: metadata)
        }
        #expect(text.utf8.count < 32_768)
        #expect(text.split(separator: "\n").count == 1)
        #expect(format == .human(colors: false) || text.hasSuffix("}}\n"))
    }

    @Test("records of many threads don't mix")
    func concurrency() async throws {
        let pipe = try Pipe()
        let output = LogOutput(descriptor: pipe.writing, format: .json, clock: { (0, 0) })
        let logger = Logger(label: "l") { output.handler(label: $0) }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for step in 0..<50 { logger.info("\(task)-\(step)") } }
            }
        }
        #expect(output.flush(within: .seconds(10)))
        let lines = pipe.text().split(separator: "\n")
        #expect(lines.count == 400)
        let frame = #"{"at":"1970-01-01T00:00:00.000Z","level":"info","logger":"l","message":""#
        #expect(lines.allSatisfy { $0.hasPrefix(frame) && $0.hasSuffix("\"}") })
        #expect(Set(lines).count == 400)
    }

    @Test(
        "a reader that takes nothing doesn't stop the work, and learns what is missing once it goes on",
        arguments: [0, O_NONBLOCK]
    )
    func stuck(flags: Int32) throws {
        let pipe = try Pipe()
        #expect(fcntl(pipe.writing, F_SETFL, flags) == 0)
        let output = LogOutput(descriptor: pipe.writing, format: .human(colors: false), clock: { (0, 0) })
        let logger = Logger(label: "l") { output.handler(label: $0) }
        let filler = String(repeating: "y", count: 1000)
        let count = 4 * LogSpool.bytesMax / 1000
        for number in 0..<count { logger.info("\(number) \(filler)") }
        #expect(!output.flush(within: .zero))

        var lines: [String] = []
        var (text, dropped) = ("", 0)
        while lines.count + dropped < count {
            text += pipe.text()
            let whole = text.split(separator: "\n", omittingEmptySubsequences: false)
            text = String(whole.last ?? "")
            for line in whole.dropLast() {
                if let missing = line.firstMatch(of: /WARNING  (\d+) lines were dropped here/) {
                    dropped += Int(missing.1) ?? 0
                } else {
                    // Each stands where it belongs: behind as many as came before it.
                    #expect(line.hasPrefix("1970-01-01T00:00:00.000Z INFO     \(lines.count + dropped) "))
                    lines.append(String(line))
                }
            }
        }
        #expect(lines.count + dropped == count)
        #expect(dropped > count / 4)
        #expect(output.droppedLines == dropped)
        logger.info("after")
        #expect(output.flush(within: .seconds(10)))
        #expect(pipe.text().hasSuffix("INFO     after\n"))
    }

    @Test("lines that can't be written are counted, and that is said once something can be written again")
    func failing() {
        var (written, room) = ("", 3)
        var writer = LogWriter(descriptor: -1) { _, bytes in
            guard room > 0 else {
                errno = ENOSPC
                return -1
            }
            let count = min(room, bytes.count)
            written += String(decoding: bytes.prefix(count), as: UTF8.self)
            room -= count
            return count
        }
        let outcomes = ["a\n", "b\n", "c\n"].map { line in
            writer.write(line) { "\($0) lost\n" }
        }
        #expect(outcomes == [true, false, false])
        room = .max
        #expect(writer.write("d\n") { "\($0) lost\n" })
        #expect(written == "a\nb\n2 lost\nd\n")
    }

    @Test("what others have said reaches standard error without control characters, in its own lines")
    func told() {
        let text = "somad: the server says \u{1B}]0;x\u{7}\r\nand\u{9B}2J\tmore\n"
        #expect(
            LogOutput.safe(text)
                == "somad: the server says \\u{1b}]0;x\\u{7}\\r\\nand\\u{9b}2J\\tmore\n"
        )
        #expect(LogOutput.safe("one\ntwo") == "one\ntwo")
    }

    @Test("a reader that is gone doesn't stop the work")
    func gone() {
        let output = LogOutput(descriptor: -1, format: .json)
        Logger(label: "l") { output.handler(label: $0) }.info("nobody")
        #expect(output.flush(within: .seconds(10)))
    }

    @Test(
        "colours follow the terminal and the variables",
        arguments: [
            ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false),
            (["NO_COLOR": ""], true, true),
            (["TERM": "dumb"], true, false), (["CLICOLOR_FORCE": "1"], false, true),
            (["CLICOLOR_FORCE": "0"], false, false), (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], true, false),
        ] as [([String: String], Bool, Bool)]
    )
    func colorChoice(environment: [String: String], isTerminal: Bool, expected: Bool) {
        #expect(
            LogOutput.humanFormat(environment: environment, isTerminal: isTerminal)
                == .human(colors: expected)
        )
    }

    @Test(
        "times are written in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"), (4_102_444_800, "2100-01-01T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (-62_135_596_800, "0001-01-01T00:00:00.000Z"),
        ]
    )
    func times(seconds: Int, expected: String) {
        #expect(UTCTime.text(seconds: seconds, milliseconds: 0) == expected)
    }

    @Test("the system's clock is past the year 2020")
    func clock() {
        #expect(LogOutput.systemTime().seconds > 1_577_836_800)
    }
}
