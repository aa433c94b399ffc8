import SomaCore
import SomaEngine

/// Requests of several callers as the parameters of one call.
struct AppendStatement {
    static let sql = """
        SELECT soma.append(
          $1::bigint, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """

    /// The runs of all requests, in the order in which the server names them.
    private(set) var runs: [AppendRequest.Run] = []
    private let requests: [AppendRequest]

    /// As whom all of them were asked.
    let replica: Int64?

    /// Takes requests of one replica, of which no two write to the same run.
    init(_ requests: [AppendRequest]) {
        self.requests = requests
        replica = requests.first?.replica
        for request in requests { runs += request.runs }
    }

    /// The parameters.
    var parameters: [PostgresValue] {
        [
            replica.map(PostgresValue.int8) ?? .null,
            .textArray(runs.map(\.id.rawValue)),
            // No run has an empty name.
            .textArray(runs.map { $0.parent?.rawValue ?? "" }),
            .int8Array(runs.map(\.epoch)),
            .int4Array(runs.map { Int32(clamping: $0.expected) }),
            .int4Array(runs.map { Int32(clamping: $0.follows) }),
            .int4Array(runs.map { Int32(clamping: $0.last) }),
            .int8Array(runs.map(\.started.microseconds)),
            .optionalInt8Array(runs.map { $0.ended?.microseconds }),
        ] + rows + content + snapshots
    }

    /// The shorter way of one run that goes on, alone; `nil` where there is more to do.
    var next: PostgresStatement? {
        guard runs.count == 1, let run = runs.first, !run.mayBegin, let request = requests.first else {
            return nil
        }
        let snapshot = request.batch.snapshots.last
        return PostgresStatement(
            "SELECT soma.append_next($1, $2, $3, $4::bigint, $5, $6, $7, $8, $9, $10, $11::integer, $12::bytea)",
            [
                .text(run.id.rawValue), .int8(run.epoch), .int4(Int32(clamping: run.expected)),
                run.ended.map { .int8($0.microseconds) } ?? .null,
                .int4Array(request.batch.rows.map { Int32(checksum: $0.checksum) }),
                .byteaArray(request.batch.rows.map(\.bytes)),
            ] + content
                + [
                    snapshot.map { .int4(Int32(checksum: $0.checksum)) } ?? .null,
                    snapshot.map { .bytea($0.state) } ?? .null,
                ]
        )
    }

    /// Calls `body` with each request and the number of runs before its own.
    private func forEach(_ body: (AppendRequest, Int) -> Void) {
        var before = 0
        for request in requests {
            body(request, before)
            before += request.runs.count
        }
    }

    private var rows: [PostgresValue] {
        var (places, seqs, sums): ([Int32], [Int32], [Int32]) = ([], [], [])
        var events: [[UInt8]] = []
        forEach { request, before in
            places += request.places.map { Int32(before + $0 + 1) }
            for row in request.batch.rows {
                seqs.append(Int32(clamping: row.transition.seq))
                sums.append(Int32(checksum: row.checksum))
                events.append(row.bytes)
            }
        }
        return [.int4Array(places), .int4Array(seqs), .int4Array(sums), .byteaArray(events)]
    }

    /// In the order of their names: whoever inserts the same words at the same time then waits, instead of both.
    private var content: [PostgresValue] {
        let rows = requests.flatMap(\.batch.content).map { (id: $0.content.id.bytes, row: $0) }
            .sorted { $0.id.lexicographicallyPrecedes($1.id) }
        return [
            .byteaArray(rows.map(\.id)),
            .int4Array(rows.map { Int32(checksum: $0.row.checksum) }),
            .byteaArray(rows.map { Array($0.row.content.subject.utf8) }),
            .byteaArray(rows.map(\.row.content.words.bytes)),
        ]
    }

    /// The last one of each run: of two states for the same log the later given one counts.
    private var snapshots: [PostgresValue] {
        var latest: [Int: CommitBatch.Snapshot] = [:]
        forEach { request, before in
            for (place, snapshot) in zip(request.snapshotPlaces, request.batch.snapshots) {
                latest[before + place] = snapshot
            }
        }
        let all = latest.sorted { $0.key < $1.key }
        return [
            .int4Array(all.map { Int32($0.key + 1) }),
            .int4Array(all.map { Int32(checksum: $0.value.checksum) }),
            .byteaArray(all.map(\.value.state)),
        ]
    }
}

extension Int32 {
    /// The 32 bits of a checksum.
    init(checksum: Int64) { self = Int32(bitPattern: UInt32(truncatingIfNeeded: checksum)) }
}

extension Int64 {
    /// The checksum that 32 bits were made of.
    init(checksum: Int32) { self = Int64(UInt32(bitPattern: checksum)) }
}
