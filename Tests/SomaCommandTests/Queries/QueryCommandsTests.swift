import SomaCore
import SomaTesting
import Testing

@testable import soma

@Suite("Numbers and questions")
struct QueryCommandsTests {
    private static let demo = CommandHarness.root + "/docs/recordings/demo.soma.ndjson"

    @Test("a question about a recording is answered in every format")
    func formats() async throws {
        let sql =
            "SELECT kind, count(*) AS n, NULL AS missing FROM transitions WHERE kind = 'run.started' GROUP BY 1"
        let table = await CommandHarness.soma(["sql", "--from", Self.demo, sql])
        #expect(table.code == 0)
        #expect(table.output == "kind         n  missing\nrun.started  9     NULL\n")
        let csv = await CommandHarness.soma(["sql", "--from", Self.demo, "--format", "csv", sql])
        #expect(csv.output == "kind,n,missing\r\nrun.started,9,\r\n")
        let json = await CommandHarness.soma(["sql", "--from", Self.demo, "--json", sql])
        #expect(
            try JSON.parse(Array(json.output.utf8)) == [["kind": "run.started", "n": 9, "missing": nil]]
        )
    }

    @Test("what is wrong with a query is said with its place, before anything is read")
    func wrong() async {
        let outcome = await CommandHarness.soma(["sql", "--from", Self.demo, "SELECT *\nFROM run"])
        #expect(outcome.code == 2)
        #expect(
            outcome.notes == """
                soma: 2:6: There is no view "run".
                  FROM run
                       ^
                  Did you mean runs? The views are runs, transitions, effects, models, facts, interrupts, children, costs.

                """
        )
        let writes = await CommandHarness.soma(["sql", "--from", "/nonexistent", "DROP TABLE runs"])
        #expect(writes.code == 2 && writes.notes.contains("Only queries that read are run"))
    }

    @Test("the schema names every view; a table that was cut says so")
    func schema() async {
        let schema = await CommandHarness.soma(["sql", "--schema"])
        #expect(schema.code == 0 && schema.output.contains("CREATE VIEW costs ("))
        let cut = await CommandHarness.soma([
            "sql", "--from", Self.demo, "--limit", "2", "SELECT * FROM transitions",
        ])
        #expect(cut.output.split(separator: "\n").count == 3)
        #expect(cut.notes.contains("more than 2 rows"))
    }

    @Test("stats, sql and export agree about the same recording")
    func agreement() async throws {
        let stats = await CommandHarness.soma(["stats", "--from", Self.demo, "--by", "role", "--json"])
        let document = try JSON.parse(Array(stats.output.utf8))
        let sql = "SELECT count(*) AS n, (SELECT count(*) FROM runs) AS runs FROM transitions"
        let asked = await CommandHarness.soma(["sql", "--from", Self.demo, "--json", sql])
        let row = try #require(JSON.parse(Array(asked.output.utf8))[0])
        #expect(document["transitions"] == row["n"])
        #expect(document["runs"]?["total"] == row["runs"])
        let runs = await CommandHarness.soma(["export", "runs", "--from", Self.demo, "--format", "ndjson"])
        #expect(runs.output.split(separator: "\n").count == row["runs"]?.int)
        let roles = document["by_role"]?.array ?? []
        #expect(roles.reduce(0) { $0 + ($1["calls"]?.int ?? 0) } == document["total"]?["calls"]?.int)
        let text = await CommandHarness.soma(["stats", "--from", Self.demo])
        #expect(text.code == 0 && text.output.contains("Forecast"))
    }

    @Test("amounts are told apart in a list where they are known in several ways, and only then")
    func provenances() {
        func table(_ provenances: [String]) -> TextTable {
            var stats = FleetStats(since: nil)
            for (index, provenance) in provenances.enumerated() {
                var run = RunBuilder(
                    "r\(index)",
                    role: "role-\(index)",
                    goal: "x",
                    at: .init(microseconds: 1)
                )
                run.add(
                    .budgetCharged,
                    ["tokens": 1, "microdollars": 5, "provenance": .string(provenance)]
                )
                for transition in run.transitions { stats.apply(transition) }
            }
            return StatsText.table(stats.ledger.groups(by: .role), .role)
        }
        let one = table(["reported", "reported"])
        #expect(one.header.last == "COST" && one.rows.allSatisfy { $0.count == one.header.count })
        let two = table(["reported", "estimated"])
        #expect(two.header.suffix(3) == ["COST", "REPORTED", "ESTIMATED"])
        #expect(two.rows.allSatisfy { $0.count == two.header.count })
    }

    @Test("an export goes into a file that isn't there yet, and asks for no table")
    func export() async throws {
        let folder = try TemporaryFolder.make()
        let file = folder + "/effects.csv"
        let arguments = ["export", "effects", "--from", Self.demo, "--out", file]
        let outcome = await CommandHarness.soma(arguments)
        #expect(outcome.code == 0 && outcome.notes == "Wrote 51 rows into \(file).\n")
        #expect(await CommandHarness.soma(arguments).code == 2)
        let table = await CommandHarness.soma(["export", "runs", "--from", Self.demo, "--format", "table"])
        #expect(table.code == 2 && table.notes.contains("soma sql"))
    }

    @Test("a daemon, its store while it has it open, and a recording of it give the same answer")
    func daemon() async throws {
        try await CommandHarness.withDaemon { harness in
            try harness.write("notes.md", "# Notes\n")
            let run = await harness.soma("run", "survey .", "--workspace", harness.workspace)
            #expect(run.code == 0, "\(run.notes)")
            let recording = harness.folder + "/all.soma.ndjson"
            #expect(await harness.soma("record", "--out", recording).code == 0)
            let store = harness.folder + "/data/soma.db"
            let sql = """
                SELECT (SELECT count(*) FROM transitions) AS transitions, (SELECT count(*) FROM effects) AS effects,
                  (SELECT group_concat(goal, '|') FROM (SELECT goal FROM runs ORDER BY started_at, run)) AS goals
                """
            let live = await harness.soma("sql", "--json", sql)
            #expect(live.code == 0, "\(live.notes)")
            #expect(live.output.contains("survey ."))
            for from in [store, recording] {
                #expect(
                    await CommandHarness.soma(["sql", "--json", "--from", from, sql]).output == live.output
                )
            }
            let stats = await harness.soma("stats", "--json")
            #expect(try stats.json()["transitions"] == live.json()[0]?["transitions"])
            let stored = await CommandHarness.soma(["export", "effects", "--from", store])
            #expect(await harness.soma("export", "effects").output.count == stored.output.count)
        }
    }
}
