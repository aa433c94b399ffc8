/// The views that a query reads: what `soma sql --schema` prints, and what the tables are made from.
package enum ViewSchema {
    /// One view.
    package struct View: Sendable, Hashable {
        /// Its name in SQL.
        package var name: String
        /// What a row is.
        package var comment: String
        /// Its columns, in the order of `SELECT *`; the order never changes, new ones come at the end.
        package var columns: [Column]

        init(_ name: String, _ comment: String, _ columns: [Column]) {
            self.name = name
            self.comment = comment
            self.columns = columns
        }
    }

    /// One column of a view.
    package struct Column: Sendable, Hashable {
        /// Its name in SQL.
        package var name: String
        /// The type of its values where they aren't NULL.
        package var type: String
        /// What it means, with its unit.
        package var comment: String

        init(_ name: String, _ type: String, _ comment: String) {
            self.name = name
            self.type = type
            self.comment = comment
        }
    }

    /// All views.
    package static let all: [View] = [runs, transitions, effects, models, facts, interrupts, children, costs]

    /// The schema in the form of SQL, with a comment on each column.
    package static var text: String {
        var lines = [
            "-- Times are text in UTC (2026-01-31T14:00:00.123456Z): comparable, and read by SQLite's date functions.",
            "-- Money is in US dollars (usd) and in whole millionths of one (microdollars), which add up exactly.",
        ]
        for view in all {
            lines += ["", "-- \(view.comment)", "CREATE VIEW \(view.name) ("]
            let width = view.columns.map(\.name.count).max() ?? 0
            for (index, column) in view.columns.enumerated() {
                let type = "\(column.type)\(index == view.columns.count - 1 ? "" : ",")".padded(to: 8)
                lines.append("  \(column.name.padded(to: width)) \(type) -- \(column.comment)")
            }
            lines.append(");")
        }
        return lines.joined(separator: "\n")
    }

    /// The base table of each view.
    static let baseOf: [String: String] = [
        "runs": "run_row", "transitions": "transition_row", "effects": "call_row", "models": "call_row",
        "facts": "fact_row", "interrupts": "interrupt_row", "children": "child_row", "costs": "cost_row",
    ]

    /// The view that stands for a base table.
    static let viewOf: [String: String] = Dictionary(
        baseOf.filter { $0.key != "models" }.map { ($0.value, $0.key) },
        uniquingKeysWith: { first, _ in first }
    )

    /// The statements that make the empty tables and the views over them.
    static var statements: [String] {
        var statements: [String] = []
        for view in all where view.name != "models" {
            let columns = (view.name == "effects" ? callColumns : view.columns).map {
                "\($0.name) \($0.type)"
            }
            statements.append(
                "CREATE TABLE \(baseOf[view.name] ?? view.name) (\(columns.joined(separator: ", ")))"
            )
        }
        for view in all {
            let columns = view.columns.map { column in
                let source = view.name == "models" ? modelSources[column.name] ?? column.name : column.name
                return source == column.name ? source : "\(source) AS \(column.name)"
            }
            let condition = view.name == "models" ? " WHERE kind = 'model'" : ""
            statements.append(
                "CREATE VIEW \(view.name) AS SELECT \(columns.joined(separator: ", ")) FROM "
                    + "\(baseOf[view.name] ?? view.name)\(condition)"
            )
        }
        return statements
    }

    /// What `models` calls otherwise than `effects`.
    private static let modelSources = ["model": "name", "at": "requested_at"]

    /// The columns of the table under `effects` and `models`.
    static let callColumns: [Column] = {
        let own = Set(effects.columns.map(\.name))
        return effects.columns
            + models.columns.filter { modelSources[$0.name] == nil && !own.contains($0.name) }
    }()
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
