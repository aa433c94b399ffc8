import Glibc
import PostgresFixture
import Synchronization
import Testing

@testable import SomaPostgres

@Suite("Tasks on the thread that speaks with Postgres", .timeLimit(.minutes(1)))
struct ExecutorTests {
    /// The name of the thread that this runs on.
    private func thread() async -> String {
        guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
        defer { fclose(file) }
        var name = [CChar](repeating: 0, count: 64)
        fgets(&name, 64, file)
        return String(decoding: name.prefix { $0 > 32 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("Many of them ask and are answered, without leaving it")
    func asking() async throws {
        let pool = try PostgresPool(PostgresOptions(url: try await TestServer.database()))
        let sums = await withTaskGroup { group in
            for number in 0..<200 {
                group.addTask(executorPreference: pool.executor) {
                    var sum = 0
                    for step in 0..<5 {
                        let rows = try? await pool.query("SELECT $1::bigint", [.int8(Int64(number + step))])
                        sum += Int((try? rows?.first?.int8(0)) ?? -1_000_000)
                        #expect(await thread() == "soma-postgres")
                    }
                    return sum
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (0..<200).map { 5 * $0 + 10 })
        await pool.close()
    }

    @Test("One that outlives the pool is told, elsewhere")
    func outliving() async throws {
        let pool = try PostgresPool(PostgresOptions(url: try await TestServer.database()))
        let executor = pool.executor
        try await pool.check()
        await pool.close()
        let task = Task(executorPreference: executor) {
            let name = await thread()
            let error = await #expect(throws: PostgresError.self) { try await pool.check() }
            return (name, error?.kind)
        }
        let (name, kind) = await task.value
        #expect(kind == .closed)
        #expect(name != "soma-postgres")
    }
}
