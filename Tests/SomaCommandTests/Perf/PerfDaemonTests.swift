import Glibc
import SomaCore
import Testing

@testable import soma

@Suite("Measurements of the real daemon", .timeLimit(.minutes(5)))
struct PerfDaemonTests {
    @Test(
        "a daemon that is killed again and again loses nothing, does nothing twice, and says what it doesn't know"
    )
    func crash() async throws {
        let outcome = await CommandHarness.soma([
            "perf", "crash", "--kills", "5", "--runs", "10", "--seed", "3",
        ])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.notes)")
        let report = try outcome.json()
        let zeros = ["lost", "changed", "never_shown", "doubled_lines", "doubts_missing"]
        #expect(zeros.map { report[$0]?.int } == [0, 0, 0, 0, 0])
        #expect(report["findings"] == [])
        #expect(report["kills"]?.int == 5)
        #expect(report["lines"]?.int == (report["runs_started"]?.int ?? 0) * PerfFolder.stepsMax)
        // Ten runs at each of five deaths, less those that had just ended and weren't replaced yet.
        #expect((report["recoveries"]?.int ?? 0) >= 40)
        #expect(report["restart_to_ready_ms"]?["p99"] != nil)
    }

    @Test("runs that lose their daemon are all taken up by the next")
    func resume() async throws {
        let outcome = await CommandHarness.soma(["perf", "resume", "--runs", "100", "--rounds", "2"])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.notes)")
        let report = try outcome.json()
        #expect(report["runs"]?.int == 100)
        #expect(report["rounds_working_ms"]?.array?.count == 2)
        let times = ["resumed_ms", "working_ms", "working_max_ms"].map { report[$0]?.double ?? 0 }
        #expect(times == times.sorted() && times[0] > 0, "\(times)")
    }

    @Test("whole processes are timed, also where a socket would have too long a path")
    func start() async throws {
        let base = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(base) }
        let folder = base + "/" + String(repeating: "x", count: 100)
        mkdir(folder, 0o700)
        let outcome = await CommandHarness.soma([
            "perf", "start", "--rounds", "3", "--starts", "2", "--folder", folder,
        ])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.notes)")
        let report = try outcome.json()
        #expect((report["ps_ms"]?.double ?? 0) > 0)
        #expect((report["ready_ms"]?.double ?? 0) > 0)
    }

    @Test(
        "numbers that make no sense are refused",
        arguments: [
            ["crash", "--kills", "0"], ["crash", "--runs", "0"], ["resume", "--rounds", "0"],
            ["start", "--starts", "0"], ["crash", "--folder", "/nonexistent"],
        ]
    )
    func refused(arguments: [String]) async {
        let outcome = await CommandHarness.soma(["perf"] + arguments)
        #expect(outcome.code == 2)
        #expect(outcome.output.isEmpty)
    }
}
