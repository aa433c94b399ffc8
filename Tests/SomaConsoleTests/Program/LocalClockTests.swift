import Glibc
import SomaCore
import Testing

@testable import SomaConsole

@Suite("The person's clock")
struct LocalClockTests {
    @Test("moves with summer time, to the second")
    func summerTime() async {
        // Where this process is stays as it is: another one lives where clocks go on in March and back in October.
        await #expect(processExitsWith: .success) {
            setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1)
            tzset()
            // 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z.
            let (begin, end): (Int64, Int64) = (1_774_746_000, 1_792_890_000)
            func offset(_ second: Int64) -> Int {
                ClockFace.local(at: Timestamp(microseconds: second * 1_000_000)).offsetSeconds
            }
            let found = [begin - 1, begin, end - 1, end].map(offset)
            exit(found == [3_600, 7_200, 7_200, 3_600] ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }
}
