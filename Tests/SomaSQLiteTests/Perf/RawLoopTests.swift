import Foundation
import SomaEngine
import Testing

@testable import SomaSQLite

@Suite("The raw loop")
struct RawLoopTests {
    @Test("inserts all rows, times each commit and leaves nothing behind")
    func loop() async throws {
        try await withFolder { folder in
            let rows = (0..<25).map { index in
                RawLoop.Row(
                    run: index % 5 + 1,
                    seq: index / 5 + 1,
                    event: Array("{}".utf8),
                    contentID: index % 2 == 0 ? (0..<16).map { UInt8($0 + index) } : [],
                    words: [1, 2, 3]
                )
            }
            let result = try await RawLoop.run(
                path: folder + "/raw.db",
                rows: rows,
                rowsPerCommit: 10,
                durability: .off
            )
            #expect(result.rows == 25)
            #expect(result.commits.count == 3)
            #expect(result.commits == result.commits.sorted())
            #expect(result.commit(1) == result.commits[2])
            #expect(result.rowsPerSecond > 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test("of no rows is nothing")
    func empty() async throws {
        try await withFolder { folder in
            let result = try await RawLoop.run(path: folder + "/raw.db", rows: [], rowsPerCommit: 1)
            #expect(result.commits == [])
            #expect(result.commit(0.5) == .zero)
        }
    }
}
