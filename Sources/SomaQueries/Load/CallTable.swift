import GRDBSQLite
import SomaCore

/// The rows of calls: made when a call is asked for, and changed by what comes of it.
final class CallTable {
    private let database: SQLDatabase
    private let insert: SQLRows
    private let start: SQLRows
    private let finish: SQLRows
    private let doubt: SQLRows
    private let settle: SQLRows
    private let charge: SQLRows

    init(_ database: SQLDatabase) throws(SQLProblem) {
        self.database = database
        insert = try database.prepare(
            """
            INSERT INTO call_row(run, seq, kind, name, class, node, role, tenant, conversation, state, tries,
              requested_at, tokens, microdollars, usd, arguments) VALUES(?,?,?,?,?,?,?,?,?,'requested',0,?,0,0,0,?)
            """
        )
        start = try database.prepare(
            "UPDATE call_row SET state='started', tries=max(tries+1, ?2), started_at=?3 WHERE rowid=?1"
        )
        finish = try database.prepare(
            """
            UPDATE call_row SET state=?2, status=?3, ended_at=?4, seconds=?5, result=coalesce(?6, result), detail=?7,
              answered_by=?8, provider=?9, finish=?10, priced=?11 WHERE rowid=?1
            """
        )
        doubt = try database.prepare("UPDATE call_row SET state='in-doubt' WHERE rowid=?1")
        settle = try database.prepare(
            "UPDATE call_row SET state=?2, status=?3, ended_at=?4, result=coalesce(?5, result) WHERE rowid=?1"
        )
        charge = try database.prepare(
            """
            UPDATE call_row SET tokens=?2+tokens, microdollars=?3+microdollars, usd=(?3+microdollars)/1e6,
              input=coalesce(input, 0)+?4, output=coalesce(output, 0)+?5, provenance=?6, late=?7 WHERE rowid=?1
            """
        )
    }

    /// Makes the row of a call; returns its number.
    func request(_ item: Transition, _ tally: RunTally?) throws(SQLProblem) -> Int64 {
        let body = item.body
        try insert.run([
            .text(item.run.rawValue), .int(item.seq),
            .text(body["effect"]?.string == "model" ? "model" : "tool"), .name(body["name"]?.string),
            .text(body["class"]?.string.flatMap(EffectClass.init)?.rawValue ?? EffectClass.once.rawValue),
            .name(item.node), .name(item.agent), .name(item.tenant), .name(tally?.conversation),
            .text(item.at.description), .name(item.content("arguments")?.description),
        ])
        return sqlite3_last_insert_rowid(database.handle)
    }

    /// Changes the row of a call by what happened to it.
    func change(_ row: Int64, _ item: Transition) throws(SQLProblem) {
        let body = item.body
        switch item.kind {
        case .effectStarted: try start.run([.int(row), .int(item.attempt), .text(item.at.description)])
        case .effectFinished:
            let succeeded = body["ok"]?.bool ?? false
            let isTriedAgain = !succeeded && body["retry"]?.int != nil
            let detail = body["detail"]
            let isModel = detail?["provider"] != nil
            try finish.run([
                .int(row), .text(isTriedAgain ? "retrying" : succeeded ? "succeeded" : "failed"),
                .text(body["status"]?.string ?? (succeeded ? "ok" : "error")), .text(item.at.description),
                body["us"]?.int.map { .real(Double($0) / 1_000_000) } ?? .null,
                .name(item.content("result")?.description), detail.map { .text($0.text()) } ?? .null,
                .name(detail?["model"]?.string), .name(detail?["provider"]?.string),
                .name(detail?["finish"]?.string),
                isModel ? .int(detail?["priced"]?.bool == false ? 0 : 1) : .null,
            ])
        case .effectInDoubt: try doubt.run([.int(row)])
        case .effectSettled:
            let happened = body["happened"]?.bool ?? false
            try settle.run([
                .int(row), .text(happened ? "succeeded" : "requested"), happened ? .text("settled") : .null,
                .text(item.at.description), .name(item.content("result")?.description),
            ])
        default: break
        }
    }

    /// Adds a charge to a call.
    func charge(_ row: Int64, _ item: Charge) throws(SQLProblem) {
        // SQLite makes a sum that doesn't fit a real number: sums of hostile amounts lose places, not the query.
        try charge.run([
            .int(row), .int(item.usage.tokens), .int(item.usage.microdollars), .int(item.input ?? 0),
            .int(item.output ?? 0), .text(item.provenance.name), .int(item.isLate ? 1 : 0),
        ])
    }

    /// Calls that runs which have ended didn't wait for.
    func abandon(in fleet: Fleet) throws(SQLProblem) {
        try database.run("CREATE TABLE ended_run(run TEXT PRIMARY KEY) WITHOUT ROWID")
        let end = try database.prepare("INSERT OR IGNORE INTO ended_run VALUES(?)")
        for run in fleet.runs where run.status.isTerminal { try end.run([.text(run.id.rawValue)]) }
        try database.run(
            """
            UPDATE call_row SET state='abandoned'
              WHERE state NOT IN ('succeeded', 'failed') AND run IN (SELECT run FROM ended_run)
            """
        )
        try database.run("DROP TABLE ended_run")
    }
}
