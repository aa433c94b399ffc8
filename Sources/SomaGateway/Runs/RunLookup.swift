import SomaCore
import SomaEngine

/// Finds runs and words for handlers.
struct RunLookup: Sendable {
    let services: GatewayServices

    /// The run that a prefix of an id names.
    func resolve(_ text: String) async throws(Problem) -> RunID {
        guard !text.isEmpty, text.utf8.count <= 64,
            text.utf8.allSatisfy({ RunID.alphabet.contains($0) })
        else { throw missing(text) }
        if await services.engine.state(of: RunID(text)) != nil { return RunID(text) }
        let ids: [RunID]
        do throws(StoreError) {
            ids = try await services.store.runIDs(prefix: text)
        } catch {
            throw Problem(error)
        }
        if let exact = ids.first(where: { $0.rawValue == text }) { return exact }
        guard let first = ids.first else { throw missing(text) }
        guard ids.count == 1 else {
            throw Problem(
                409,
                "run.ambiguous",
                "\(text) may be \(ids.map(\.rawValue).joined(separator: ", ")).",
                hint: "Give more of the id.",
                candidates: ids.map(\.rawValue)
            )
        }
        return first
    }

    /// Whether there is no run of this id.
    func isMissing(_ id: RunID) async throws(Problem) -> Bool {
        if await services.engine.state(of: id) != nil { return false }
        do throws(StoreError) {
            return try await services.store.runIDs(prefix: id.rawValue).first != id
        } catch {
            throw Problem(error)
        }
    }

    /// The state of a run, now or after one of its transitions.
    func state(_ id: RunID, at seq: Int? = nil) async throws(Problem) -> RunState {
        if seq == nil, let state = await services.engine.state(of: id) { return state }
        do throws(StoreError) {
            guard let state = try await services.store.run(id, at: seq) else {
                throw StoreError(.conflict, "")
            }
            return state
        } catch {
            throw error.kind == .conflict ? missing(id.rawValue) : Problem(error)
        }
    }

    /// Words by their names, as text.
    func words(_ ids: some Sequence<ContentID>) async throws(Problem) -> [ContentID: String] {
        try await content(ids).mapValues(\.text)
    }

    /// Words by their names.
    func content(_ ids: some Sequence<ContentID>) async throws(Problem) -> [ContentID: Words] {
        let ids = Array(Set(ids))
        guard !ids.isEmpty else { return [:] }
        do throws(StoreError) {
            return try await services.store.content(ids)
        } catch {
            throw Problem(error)
        }
    }

    private func missing(_ text: String) -> Problem {
        Problem(
            404,
            "run.missing",
            "There is no run \(text.prefix(20).filter { $0.isASCII && !$0.isWhitespace && $0 != "\u{7F}" }).",
            hint: "soma ps --all lists all runs."
        )
    }
}
