import FoundationEssentials
import SomaCore
import SomaTesting
import Testing

@testable import SomaQueries

@Suite("Views")
struct ViewTests {
    @Test("every view has the columns that the schema says, each with a comment", arguments: ViewSchema.all)
    func columns(view: ViewSchema.View) throws {
        let asked = try Asked("SELECT * FROM \(view.name)", Asked.story().transitions)
        #expect(asked.columns == view.columns.map(\.name))
        #expect(!asked.rows.isEmpty)
        #expect(view.columns.allSatisfy { !$0.comment.isEmpty && !$0.comment.contains("\n") })
        #expect(ViewSchema.text.contains("CREATE VIEW \(view.name) ("))
        for row in asked.rows {
            for (cell, column) in zip(row, view.columns) {
                let fits =
                    switch cell {
                    case .null: true
                    case .int: column.type == "INTEGER"
                    case .real: column.type == "REAL"
                    case .text: column.type == "TEXT"
                    case .blob: false
                    }
                #expect(fits, "\(view.name).\(column.name) = \(cell)")
            }
        }
    }

    @Test(
        "the story is in the views",
        arguments: [
            (
                "SELECT status, role, self_microdollars, spent_microdollars, questions FROM runs",
                "completed|coder|900|907|1"
            ),
            ("SELECT goal, outcome FROM runs", "do it|done"),
            ("SELECT name, state, status, tries FROM effects WHERE kind = 'tool'", "shell|failed|error|1"),
            (
                "SELECT model, answered_by, provider, finish, input, output, tokens, provenance, seconds FROM models",
                "gpt|gpt-x|openai|stop|20|10|30|reported|1.5"
            ),
            ("SELECT name, json_extract(value, '$.bytes'), count FROM facts", "size|5|2"),
            ("SELECT question, name, seconds, answer, by FROM interrupts", "approve|shell|5.0|approved|kim"),
            (
                "SELECT child, role, seconds, status, microdollars FROM children",
                "a00000000000002|reader|2.0|completed|7"
            ),
            ("SELECT day, model, tool, provenance, usd FROM costs", "2026-01-05|gpt|NULL|reported|0.0009"),
            ("SELECT count(*), count(DISTINCT run) FROM transitions", "15|1"),
            ("SELECT strftime('%Y', at) FROM transitions LIMIT 1", "2026"),
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5) SELECT sum(i) FROM n",
                "15"
            ),
            ("SELECT j.value FROM transitions t, json_each(t.content) j WHERE j.key = 'outcome'", nil),
        ] as [(String, String?)]
    )
    func story(sql: String, expected: String?) throws {
        let story = Asked.story()
        let asked = try Asked(sql, story.transitions, words: story.words)
        let text = asked.rows.map { $0.map(\.text).joined(separator: "|") }.joined(separator: "\n")
        guard let expected else { return #expect(!text.isEmpty) }
        #expect(text == expected)
    }

    @Test("a call that its run didn't wait for is abandoned, and a late charge still reaches its row")
    func abandoned() throws {
        var run = RunBuilder("a00000000000001", role: "coder", goal: "g", at: Asked.start)
        let call = run.request("gpt", "{}", kind: .model)
        run.start(call)
        run.add(.runCancelled, [:])
        run.add(
            .budgetCharged,
            ["tokens": 5, "microdollars": 50, "effect": JSON(call), "late": true],
            attempt: 1,
            cause: call
        )
        let asked = try Asked("SELECT state, tokens, late, provenance FROM models", run.transitions)
        #expect(asked.rows == [[.text("abandoned"), .int(5), .int(1), .text("unstated")]])
    }

    @Test("only what happened since is there")
    func since() throws {
        var early = RunBuilder("a00000000000001", role: "coder", goal: "g", at: Asked.start)
        early.charge(tokens: 1, microdollars: 1)
        var late = RunBuilder("a00000000000002", role: "coder", goal: "g", at: Asked.start + .seconds(100))
        late.charge(tokens: 2, microdollars: 2)
        let log = early.transitions + late.transitions
        let since = Asked.start + .seconds(50)
        #expect(try Asked("SELECT run FROM runs", log, since: since).rows == [[.text("a00000000000002")]])
        #expect(try Asked("SELECT sum(tokens) FROM costs", log, since: since).rows == [[.int(2)]])
        #expect(try Asked("SELECT count(*) FROM transitions", log, since: since).rows == [[.int(3)]])
    }

    @Test("sums of the views, of the ledger and of the fleet are the same", arguments: 1...8)
    func agreement(seed: Int) throws {
        var log: [Transition] = []
        for event in Synthetic(transitions: 3000, runs: 15, bytes: 200, seed: UInt64(seed)) {
            if case .transition(let transition) = event { log.append(transition) }
        }
        try Agreement.check(log)
    }

    @Test("so they are for the recording that comes with Soma")
    func recording() throws {
        let path = Project.root + "/docs/recordings/demo.soma.ndjson"
        let reader = try RecordingReader(path: path)
        var log: [Transition] = []
        reader.forEachFact { event in
            if case .transition(let transition) = event { log.append(transition) }
            return true
        }
        #expect(log.count > 500)
        try Agreement.check(log)
    }
}

/// Compares the same numbers by ways that share little.
enum Agreement {
    static func check(_ log: [Transition]) throws {
        var fleet = Fleet()
        for transition in log { fleet.apply(transition) }
        var own = Usage.zero
        for transition in log where transition.kind == .budgetCharged && transition.body["child"] == nil {
            own = own + Usage(transition.body)
        }
        func one(_ sql: String) throws -> Int {
            guard case .int(let value) = try Asked(sql, log).rows[0][0] else { return -1 }
            return Int(value)
        }
        let asked = try Asked(
            "SELECT count(*), sum(transitions), sum(spent_tokens), sum(self_tokens) FROM runs",
            log
        )
        let report = asked.stats.report(at: fleet.lastAt)
        #expect(
            asked.rows == [
                [
                    .int(fleet.runs.count), .int(fleet.transitions),
                    .int(fleet.runs.reduce(0) { $0 + $1.budget.spent.tokens }), .int(own.tokens),
                ]
            ]
        )
        #expect(report.total.usage == Usage(tokens: own.tokens, microdollars: own.microdollars))
        #expect(report.transitions == fleet.transitions)
        #expect(report.runs == fleet.runs.count)
        for run in fleet.runs { #expect(asked.stats.ledger[run.id]?.spent == run.budget.spent, "\(run.id)") }
        #expect(try one("SELECT count(*) FROM transitions") == fleet.transitions)
        #expect(try one("SELECT coalesce(sum(tokens), 0) FROM costs") == own.tokens)
        #expect(try one("SELECT coalesce(sum(microdollars), 0) FROM costs") == own.microdollars)
        #expect(try one("SELECT coalesce(sum(self_microdollars), 0) FROM runs") == own.microdollars)
        let calls = report.total.calls
        #expect(try one("SELECT count(*) FROM effects") == calls.requested)
        #expect(try one("SELECT count(*) FROM effects WHERE state = 'succeeded'") <= calls.succeeded)
        #expect(try one("SELECT count(*) FROM models") == report.models.calls.requested)
        #expect(try one("SELECT count(*) FROM interrupts") == log.count { $0.kind == .interruptOpened })
        #expect(try one("SELECT count(*) FROM children") == log.count { $0.kind == .childSpawned })
        let roots = try one("SELECT coalesce(sum(subtree_microdollars), 0) FROM runs WHERE parent IS NULL")
        let orphans = try one(
            """
            SELECT coalesce(sum(subtree_microdollars), 0) FROM runs
              WHERE parent IS NOT NULL AND parent NOT IN (SELECT run FROM runs)
            """
        )
        #expect(roots + orphans == own.microdollars)
    }
}

@Suite("The reference of the views")
struct ViewReferenceTests {
    @Test("docs/reference/views.md has the schema as it is")
    func reference() throws {
        let path = Project.root + "/docs/reference/views.md"
        let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        #expect(text.contains("```sql\n\(ViewSchema.text)\n```"))
    }
}
