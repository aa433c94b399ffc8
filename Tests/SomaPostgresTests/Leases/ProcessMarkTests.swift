import Glibc
import Testing

@testable import SomaPostgres

@Suite("Marks of processes")
struct ProcessMarkTests {
    private static let line = "17 (a) b) S " + (1...18).map(String.init).joined(separator: " ") + " 4711 0"

    @Test(
        "Only a process that the system says isn't there is gone",
        arguments: [
            (Result.failure(ProcessMark.Errno(code: ENOENT)), false, ProcessMark.Life.gone),
            (.failure(ProcessMark.Errno(code: ESRCH)), false, .gone),
            // Hidden from us.
            (.failure(ProcessMark.Errno(code: ENOENT)), true, .unknown),
            (.failure(ProcessMark.Errno(code: EMFILE)), false, .unknown),
            (.failure(ProcessMark.Errno(code: ENFILE)), false, .unknown),
            (.failure(ProcessMark.Errno(code: EACCES)), false, .unknown),
            (.failure(ProcessMark.Errno(code: EIO)), true, .unknown),
            (.success(""), false, .unknown),
            (.success("17 (a) S 1 2"), false, .unknown),
            (.success(line), false, .since("4711")),
            (.success(line.replacing(" S ", with: " Z ")), true, .gone),
        ]
    )
    func life(stat: Result<String, ProcessMark.Errno>, exists: Bool, expected: ProcessMark.Life) {
        #expect(ProcessMark.life(stat, exists: { exists }) == expected)
    }

    @Test("A mark is gone where its process is, or its number is another's, and not where nothing is known")
    func gone() throws {
        let own = try #require(ProcessMark.own)
        let start = try #require(own.text.split(separator: "/").last.map(String.init))
        #expect(!own.isGone { _ in .since(start) })
        #expect(own.isGone { _ in .since(start + "1") })
        #expect(own.isGone { _ in .gone })
        #expect(!own.isGone { _ in .unknown })
        #expect(ProcessMark.life(of: getpid()) == .since(start))
        #expect(ProcessMark.life(of: pid_t.max) == .gone)
    }
}
