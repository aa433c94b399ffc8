import Testing

@testable import SomaTelemetry

@Suite("Process metrics")
struct ProcessSampleTests {
    private static let units = ProcessSample.Units(ticksPerSecond: 100, pageBytes: 4096)

    @Test("the system's numbers are converted to base units")
    func conversion() {
        let stat =
            "7 (a) b (c) S 1 7 7 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 9 0 1000 12345678 321 18446744073709551615 1"
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max open files            1024                 4096                 files
            """
        let sample = ProcessSample(
            stat: stat,
            systemStat: "cpu 1\nbtime 1700000000\n",
            limits: limits,
            openFiles: 5,
            units: Self.units
        )
        var text = ExpositionText()
        text.append(sample)
        let lines = text.result.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "process_cpu_seconds_total 2", "process_max_fds 1024", "process_open_fds 5",
                "process_resident_memory_bytes 1314816", "process_start_time_seconds 1700000010",
                "process_threads 9",
                "process_virtual_memory_bytes 12345678",
            ]
        )
    }

    @Test("what can't be read is left out", arguments: ["", ")", "1 (x", "1 (x) S a b c"])
    func missing(stat: String) {
        let sample = ProcessSample(stat: stat, systemStat: "", limits: "", openFiles: nil, units: Self.units)
        #expect(sample.samples == [])
    }

    @Test("this process has a sensible sample")
    func current() throws {
        let samples = ProcessSample.current().samples
        #expect(samples.count == 7)
        let resident = try #require(samples.first { $0.name == "process_resident_memory_bytes" })
        #expect(resident.value > 1_000_000)
        let files = try #require(samples.first { $0.name == "process_open_fds" })
        #expect(files.value >= 3)
        #expect(
            MetricsRegistry().render(process: .current()).contains(
                "# TYPE process_cpu_seconds_total counter\n"
            )
        )
    }
}
