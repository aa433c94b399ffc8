import SomaCore
import SomaQueries
import SomaTesting

/// A query over transitions, as tests ask it.
struct Asked {
    var columns: [String]
    var rows: [[SQLCell]]
    var stats: FleetStats

    init(
        _ sql: String,
        _ transitions: [Transition] = [],
        since: Timestamp? = nil,
        words: [ContentID: String] = [:],
        limits: SQLQuery.Limits = .init()
    ) throws(SQLProblem) {
        let query = try SQLQuery(sql, since: since)
        for transition in transitions { try query.take(transition) }
        try query.finish(words: words)
        var rows: [[SQLCell]] = []
        try query.rows(limits: limits) { row throws(SQLProblem) in
            rows.append(row)
            return true
        }
        self.rows = rows
        columns = query.columns
        stats = query.stats
    }

    /// Why a query gives nothing.
    static func problem(_ sql: String, _ transitions: [Transition] = []) -> SQLProblem? {
        do throws(SQLProblem) {
            _ = try Asked(sql, transitions)
            return nil
        } catch {
            return error
        }
    }

    static let start = Timestamp(microseconds: 1_767_600_000_000_000)

    /// A run that asks a model, a tool and a person, and delegates.
    static func story() -> RunBuilder {
        var run = RunBuilder("a00000000000001", role: "coder", goal: "do it", at: start)
        let model = run.request("gpt", "{}", kind: .model)
        run.start(model)
        run.finish(
            model,
            result: "r",
            detail: ["provider": "openai", "model": "gpt-x", "finish": "stop", "input": 20, "output": 10],
            after: .milliseconds(1500)
        )
        run.add(
            .budgetCharged,
            [
                "tokens": 30, "microdollars": 900, "effect": JSON(model), "input": 20, "output": 10,
                "provenance": "provider",
            ],
            attempt: 1,
            cause: model
        )
        let tool = run.request("shell", "{}")
        let question = run.add(.interruptOpened, ["question": "approve", "effect": JSON(tool)])
        run.wait(.seconds(5))
        run.add(.interruptClosed, ["interrupt": JSON(question), "answer": "approved", "by": "kim"])
        run.start(tool)
        run.finish(tool, ok: false, result: "no")
        run.add(.factObserved, ["name": "size", "value": ["bytes": 5], "count": 2])
        let child = run.add(.childSpawned, ["child": "a00000000000002", "role": "reader", "activation": 2])
        run.wait(.seconds(2))
        run.add(
            .childFinished,
            [
                "child": "a00000000000002", "request": JSON(child), "status": "completed",
                "usage": ["microdollars": 7],
            ]
        )
        run.add(.runCompleted, [:], words: ["outcome": "done"])
        return run
    }
}
