import CPostgres
import PostgresFixture
import Testing

@testable import SomaPostgres

/// The small parts, each by itself.
@Suite("Postgres: parts")
struct PartsTests {
    @Test("The statement used longest ago makes room, and no name is used twice")
    func cache() {
        var cache = StatementCache(capacity: 2)
        func key(_ sql: String, _ types: [UInt32] = []) -> StatementKey {
            StatementKey(sql: sql, types: types)
        }
        #expect(cache.insert(key("a")) == ("soma_1", nil))
        #expect(cache.insert(key("b")) == ("soma_2", nil))
        #expect(cache.name(of: key("a")) == "soma_1")
        #expect(cache.name(of: key("a", [20])) == nil)
        #expect(cache.insert(key("c")) == ("soma_3", "soma_2"))
        #expect(cache.name(of: key("b")) == nil)
        cache.remove(key("a"))
        #expect(cache.insert(key("a")) == ("soma_4", nil))
        #expect(cache.count == 2)
    }

    @Test("An answer that libpq itself gives up may have been a success")
    func unread() throws {
        let result = PostgresResult(taking: try #require(PQmakeEmptyPGresult(nil, PGRES_FATAL_ERROR)))
        #expect(result.status == .failed)
        #expect(result.error(values: []).mayHaveHappened)
    }

    @Test("A connection that was closed for one answer is let alone for the next")
    func closed() async throws {
        let options = try PostgresOptions(url: await TestServer.database())
        let handle = try await withCheckedContinuation { continuation in
            _ = Connector.start(options, isAbandoned: { false }) { continuation.resume(returning: $0) }
        }.get()
        let session = Session(id: 1, handle: handle, options: options)
        #expect(session.care(.health, []))
        session.close()
        #expect(!session.isInTransaction)
        #expect(!session.care(.deallocate, ["DEALLOCATE ALL"]))
        #expect(!session.forgetStatements())
    }

    @Test("A broken array from the wire is refused and never trusted with a size")
    func arrays() {
        func elements(_ words: [UInt32], tail: [UInt8] = []) -> [[UInt8]]? {
            let bytes = words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } } + tail
            return bytes.withUnsafeBytes { WireCell(type: .byteaArray, bytes: $0).elements { Array($0) } }
        }
        #expect(elements([0, 0, 17]) == [])
        #expect(elements([1, 0, 17, 1, 1, 2], tail: [7, 8]) == [[7, 8]])
        #expect(elements([]) == nil)
        #expect(elements([1, 0, 17]) == nil)
        #expect(elements([2, 0, 17, 1, 1, 1, 1]) == nil)
        #expect(elements([1, 0, 17, 0x7FFF_FFFF, 1]) == nil)
        #expect(elements([1, 0, 17, 1, 1, 3], tail: [7, 8]) == nil)
        #expect(elements([1, 1, 17, 1, 1, 0xFFFF_FFFF]) == nil)
    }

    @Test("More parameters than the protocol can count are refused before anything is sent")
    func parameters() {
        #expect { try WireParameters(Array(repeating: .null, count: 65_536)) } throws: {
            ($0 as? PostgresError)?.kind == .limit
        }
        #expect(throws: Never.self) { try WireParameters(Array(repeating: .null, count: 65_535)) }
    }
}
