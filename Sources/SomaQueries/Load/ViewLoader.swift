import SomaCore

/// Puts transitions into the tables under the views, as they come.
///
/// Only tables that the query reads are filled, and wide columns only where it reads them. What it holds besides follows
/// the number of runs, and of calls under way.
final class ViewLoader {
    /// The views and columns that a query reads.
    struct Needs {
        var columns: [String: Set<String>]

        /// Whether the table of a view is to be filled; `effects` and `models` share one.
        func needs(_ view: String) -> Bool {
            columns[view] != nil || (view == "effects" && columns["models"] != nil)
        }

        func needs(_ view: String, _ column: String) -> Bool { columns[view]?.contains(column) ?? false }
    }

    let database: SQLDatabase
    let needs: Needs
    let since: Timestamp?
    private(set) var stats: FleetStats
    private var rows: [RunID: [Int: Int64]] = [:]
    private var lastRow: [String: Int64] = [:]

    private let transition: SQLRows?
    private let transitionRows: TransitionRows
    private let call: CallTable?
    private let fact: SQLRows?
    private let interrupt: SQLRows?
    private let closeInterrupt: SQLRows?
    private let child: SQLRows?
    private let finishChild: SQLRows?
    private let cost: SQLRows?

    /// - Parameter since: Rows of earlier moments are left out, and earlier amounts aren't counted.
    init(_ database: SQLDatabase, needs: Needs, since: Timestamp? = nil) throws(SQLProblem) {
        self.database = database
        self.needs = needs
        self.since = since
        stats = FleetStats(since: since)
        func insert(_ view: String) throws(SQLProblem) -> SQLRows? {
            guard needs.needs(view), let table = ViewSchema.baseOf[view],
                let columns = ViewSchema.all.first(where: { $0.name == view })?.columns
            else { return nil }
            let marks = repeatElement("?", count: columns.count).joined(separator: ",")
            return try database.prepare("INSERT INTO \(table) VALUES(\(marks))")
        }
        transition = try insert("transitions")
        transitionRows = TransitionRows(needs)
        fact = try insert("facts")
        interrupt = try insert("interrupts")
        child = try insert("children")
        cost = try insert("costs")
        call = needs.needs("effects") ? try CallTable(database) : nil
        closeInterrupt =
            interrupt == nil
            ? nil
            : try database.prepare(
                "UPDATE interrupt_row SET closed_at=?2, seconds=?3, answer=?4, by=?5, edited=?6 WHERE rowid=?1"
            )
        finishChild =
            child == nil
            ? nil
            : try database.prepare(
                """
                UPDATE child_row SET finished_at=?2, seconds=?3, status=?4, tokens=?5, microdollars=?6, usd=?7
                  WHERE rowid=?1
                """
            )
        try database.run("BEGIN")
    }

    /// Takes up runs that were under way before.
    func take(base: Fleet) { stats.take(base: base) }

    /// Takes the next transition of its run.
    func take(_ item: Transition) throws(SQLProblem) {
        let applied = stats.apply(item)
        guard !applied.isRepeated else { return }
        let isInTime = since.map { item.at >= $0 } ?? true
        if isInTime, let transition { try transition.run(transitionRows.cells(item)) }
        if let charge = applied.charge {
            if isInTime { try cost?.run(CostRows.cells(charge, stats.ledger[item.run])) }
            if let row = charge.effect.flatMap({ rows[item.run]?[$0] }) { try call?.charge(row, charge) }
        }
        switch item.kind {
        case .effectRequested:
            // A run that has ended asks for nothing: such a record changes nothing in any fold.
            guard let call, isInTime, stats.ledger.call(item.run, item.seq) != nil else { break }
            note(try call.request(item, stats.ledger[item.run]), "effects", item)
        case .effectStarted, .effectFinished, .effectInDoubt, .effectSettled:
            guard let call, let effect = item.body["effect"]?.int, let row = rows[item.run]?[effect] else {
                break
            }
            try call.change(row, item)
        case .factObserved: if isInTime { try fact?.run(FactRows.cells(item)) }
        case .interruptOpened:
            guard let interrupt, isInTime else { break }
            let name = item.body["effect"]?.int.flatMap { stats.ledger.call(item.run, $0)?.name }
            try interrupt.run(InterruptRows.opened(item, name: name))
            note(nil, "interrupts", item)
        case .interruptClosed:
            guard let closeInterrupt, let seq = item.body["interrupt"]?.int, let row = open(seq, item) else {
                break
            }
            try closeInterrupt.run(InterruptRows.closed(item, row: row.row, since: row.at))
        case .childSpawned:
            guard let child, isInTime else { break }
            try child.run(ChildRows.spawned(item))
            note(nil, "children", item)
        case .childFinished:
            guard let finishChild, let seq = item.body["request"]?.int, let row = open(seq, item) else {
                break
            }
            try finishChild.run(ChildRows.finished(item, row: row.row, since: row.at))
        case .runCompleted, .runFailed, .runCancelled: forget(item.run)
        default: break
        }
    }

    /// How many transitions were taken.
    var count: Int { stats.fleet.transitions }

    // MARK: Rows that change

    private struct Open {
        var row: Int64
        var at: Timestamp
    }

    /// Interrupts and delegations under way, by run and seq.
    private var opened: [RunID: [Int: Open]] = [:]

    /// Remembers the row that was inserted last in a table for what comes about it.
    private func note(_ row: Int64?, _ table: String, _ item: Transition) {
        if let row {
            rows[item.run, default: [:]][item.seq] = row
            return
        }
        let row = (lastRow[table] ?? 0) + 1
        lastRow[table] = row
        opened[item.run, default: [:]][item.seq] = Open(row: row, at: item.at)
    }

    private func open(_ seq: Int, _ item: Transition) -> Open? { opened[item.run]?.removeValue(forKey: seq) }

    /// Of a run that has ended, only calls that may still be charged are remembered.
    private func forget(_ run: RunID) {
        if let calls = rows[run] {
            let open = calls.filter { stats.ledger.call(run, $0.key) != nil }
            rows[run] = open.isEmpty ? nil : open
        }
        // A child's end may be told after its parent's.
        if opened[run]?.isEmpty == true { opened[run] = nil }
    }

    // MARK: The end

    /// The words that rows of runs need.
    var wanted: Set<ContentID> {
        var ids: Set<ContentID> = []
        for run in stats.runs {
            if needs.needs("runs", "goal"), let goal = run.goal { ids.insert(goal) }
            if needs.needs("runs", "outcome"), let outcome = run.outcome { ids.insert(outcome) }
        }
        return ids
    }

    /// Writes what is known only now, and ends the loading.
    func finish(words: [ContentID: String]) throws(SQLProblem) {
        if needs.needs("runs") {
            let count = ViewSchema.runs.columns.count
            let marks = repeatElement("?", count: count).joined(separator: ",")
            let insert = try database.prepare("INSERT INTO run_row VALUES(\(marks))")
            let subtrees = stats.ledger.subtrees()
            for run in stats.runs {
                try insert.run(RunRows.cells(run, stats.ledger[run.id], subtrees[run.id], words))
            }
        }
        if needs.needs("effects") { try call?.abandon(in: stats.fleet) }
        try database.run("COMMIT")
    }
}
