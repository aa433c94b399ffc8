import Glibc
import Logging
import SomaCore
import SomaEngine
import SomaGateway
import SomaTelemetry
import Testing

@testable import SomaDaemon

@Suite("The metrics of a daemon")
struct DaemonMetricsTests {
    @Test("lines of the log that nobody reads are counted once, however often it is asked")
    func droppedLines() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let logs = LogOutput(descriptor: ends[1], format: .json)
        let logger = Logger(label: "test") { logs.handler(label: $0) }
        let metrics = DaemonMetrics(registry: MetricsRegistry(), logs: logs) { _ in }
        func said() -> String {
            let answer = metrics.answer(to: MetricsQuery(accept: nil, acceptEncoding: nil), of: Fleet())
            return String(decoding: answer.bytes, as: UTF8.self)
        }
        #expect(said().contains("\nsoma_log_lines_dropped_total 0\n"))

        let filler = String(repeating: "x", count: 4000)
        for _ in 0..<2 {
            for _ in 0..<1000 { logger.info("\(filler)") }
            let dropped = logs.droppedLines
            #expect(dropped > 0)
            for _ in 0..<3 { #expect(said().contains("\nsoma_log_lines_dropped_total \(dropped)\n")) }
        }
    }
}
