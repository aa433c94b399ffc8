import Glibc
import SomaEngine
import SomaPostgres
import SomaSQLite

/// Where `soma perf engine` measures: in files of a folder, or in databases of a Postgres server. What it makes is
/// removed.
enum PerfPlace {
    case sqlite(folder: String)
    case postgres(url: String)

    /// Reads what was given as `--store`; `nil` for anything else.
    init?(_ text: String) {
        if text.hasPrefix("sqlite:") {
            self = .sqlite(folder: WorkingFolder.absolute(String(text.dropFirst("sqlite:".count))))
        } else if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgres(url: text)
        } else {
            return nil
        }
    }

    /// Gives `body` an empty store, and says how many bytes it has in the end.
    func withStore(_ name: String, _ body: (any EventStore) async throws -> Void) async throws -> Int {
        switch self {
        case .sqlite(let folder):
            let path = "\(folder)/perf-\(name).db"
            PerfFiles.remove(path)
            defer { PerfFiles.remove(path) }
            let store = try await SQLiteStore.open(path)
            try await body(store)
            try await store.close()
            return PerfFiles.size(path)
        case .postgres(let url):
            return try await withScratch(url, name) { scratch in
                let store = try await PostgresStore.open(scratch.connections)
                let result: Result<Int, any Error>
                do {
                    try await body(store)
                    result = .success(try await store.bytes())
                } catch { result = .failure(error) }
                await store.close()
                return try result.get()
            }
        }
    }

    /// Inserts rows without anything around it. Gives the time of each commit.
    func raw(_ name: String, _ rows: [RawLoop.Row], rowsPerCommit: Int) async throws -> [Duration] {
        switch self {
        case .sqlite(let folder):
            let path = "\(folder)/perf-\(name).db"
            PerfFiles.remove(path)
            defer { PerfFiles.remove(path) }
            return try await RawLoop.run(path: path, rows: rows, rowsPerCommit: rowsPerCommit).commits
        case .postgres(let url):
            let rows = rows.map { row in
                PostgresRawLoop.Row(
                    run: row.run,
                    seq: row.seq,
                    event: row.event,
                    contentID: row.contentID,
                    words: row.words
                )
            }
            return try await withScratch(url, name) { scratch in
                await (try await PostgresStore.open(scratch.connections)).close()
                return try await PostgresRawLoop.run(
                    scratch.connections,
                    rows: rows,
                    rowsPerCommit: rowsPerCommit
                )
            }
        }
    }

    private func withScratch<Value>(
        _ url: String,
        _ name: String,
        _ body: (PostgresScratch) async throws -> Value
    ) async throws -> Value {
        let database = "soma_perf_\(getpid())_\(name.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())"
        let scratch = try await PostgresScratch.make(url, name: database)
        let result: Result<Value, any Error>
        do { result = .success(try await body(scratch)) } catch { result = .failure(error) }
        try await scratch.remove()
        return try result.get()
    }
}
