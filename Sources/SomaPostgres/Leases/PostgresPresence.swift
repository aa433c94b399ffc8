package import SomaCore
package import SomaEngine

/// Who holds which run, as the replicas' own rows say.
package struct PostgresPresence: RunPresence {
    private let store: PostgresStore

    package init(_ store: PostgresStore) { self.store = store }

    package func holders(of runs: [RunID]) async -> [RunID: RunHolder] {
        let names = PostgresValue.textArray(runs.filter(\.isStorable).map(\.rawValue))
        let rows = try? await store.pool.query(
            """
            SELECT r.id, p.name, (extract(epoch FROM p.renewed) * 1000000)::bigint FROM soma.run r
            JOIN soma.replica p ON p.id = r.holder AND NOT p.is_gone
            WHERE r.id = ANY ($1) AND r.ended IS NULL
            """,
            [names]
        )
        var holders: [RunID: RunHolder] = [:]
        for row in rows ?? [] {
            guard let run = try? row.text(0), let name = try? row.text(1), let at = try? row.int8(2) else {
                continue
            }
            holders[RunID(run)] = RunHolder(name: name, heardAt: Timestamp(microseconds: at))
        }
        return holders
    }
}
