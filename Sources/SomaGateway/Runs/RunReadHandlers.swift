import HTTPTypes
import SomaCore
import SomaEngine

/// What can be read of runs.
struct RunReadHandlers: Sendable {
    /// Runs on a page at most.
    static let pageMax = 500
    /// Runs looked at for one page at most.
    private static let scanMax = 5000

    let services: GatewayServices
    private let records = FleetRecords()
    let runs: RunLookup

    /// `GET /v1/runs`.
    func list(_ exchange: Exchange) async throws(Problem) -> Answer {
        let limit = try exchange.number("limit", in: 1...Self.pageMax, default: 100)
        let statuses = try statuses(exchange)
        let after = exchange.query["after"].map { RunID($0) }
        if let after, try await runs.isMissing(after) {
            throw Problem(
                400,
                "query.invalid",
                "after is the next of no page.",
                hint: "Start again without it."
            )
        }
        let role = exchange.query["role"]
        let snapshot = await services.engine.snapshot()
        let isWanted: @Sendable (RunState) -> Bool = { state in
            (role == nil || state.role == role) && statuses.contains(state.status)
        }
        let found: (runs: [RunState], next: String?)
        if statuses.contains(where: \.isTerminal) {
            let ended = statuses.allSatisfy(\.isTerminal) ? true : nil
            found = try await stored(ended: ended, after: after, limit: limit, isWanted)
        } else {
            found = atHand(snapshot.fleet, after: after, limit: limit, isWanted)
        }
        let words = try await runs.words(found.runs.flatMap { [$0.goal, $0.outcome].compactMap(\.self) })
        let holders = await holders(of: found.runs)
        let documents = found.runs.map {
            RunDocument($0, words: words, holder: holders[$0.id], isLine: true)
        }
        let position = snapshot.position.description
        return try Answer(200, RunPage(runs: documents, next: found.next, position: position))
    }

    /// Runs that have not ended are all at hand.
    private func atHand(
        _ fleet: Fleet,
        after: RunID?,
        limit: Int,
        _ isWanted: (RunState) -> Bool
    ) -> (runs: [RunState], next: String?) {
        var all = fleet.runs.filter { !$0.status.isTerminal }
            .sorted { ($0.startedAt, $0.id) > ($1.startedAt, $1.id) }[...]
        // A run that ended meanwhile is no longer in the list, but its time is still known.
        if let after, let last = fleet[after] {
            all = all.drop { ($0.startedAt, $0.id) >= (last.startedAt, last.id) }
        }
        let wanted = all.filter(isWanted)
        let page = Array(wanted.prefix(limit))
        return (page, wanted.count > limit ? page.last?.id.rawValue : nil)
    }

    private func stored(
        ended: Bool?,
        after: RunID?,
        limit: Int,
        _ isWanted: (RunState) -> Bool
    ) async throws(Problem) -> (runs: [RunState], next: String?) {
        var (page, cursor, scanned): ([RunState], RunID?, Int) = ([], after, 0)
        do throws(StoreError) {
            while scanned < Self.scanMax {
                let filter = RunFilter(ended: ended, after: cursor, limit: limit + 1)
                let states = try await services.store.runs(filter)
                for state in states {
                    if isWanted(state) {
                        guard page.count < limit else { return (page, cursor?.rawValue) }
                        page.append(state)
                    }
                    cursor = state.id
                    scanned += 1
                }
                guard states.count > limit else { return (page, nil) }
            }
            return (page, cursor?.rawValue)
        } catch {
            throw Problem(error)
        }
    }

    private func statuses(_ exchange: Exchange) throws(Problem) -> Set<RunStatus> {
        var statuses: Set<RunStatus> = []
        for name in exchange.list("status") {
            switch name {
            case "all": statuses.formUnion(RunStatus.allCases)
            case "unfinished": statuses.formUnion(RunStatus.allCases.filter { !$0.isTerminal })
            case "ended": statuses.formUnion(RunStatus.allCases.filter(\.isTerminal))
            default:
                guard let status = RunStatus(rawValue: name) else {
                    let names = RunStatus.allCases.map(\.rawValue) + ["unfinished", "ended", "all"]
                    throw Problem(
                        400,
                        "query.invalid",
                        "There is no such status.",
                        hint: "There are: \(names.joined(separator: ", "))."
                    )
                }
                statuses.insert(status)
            }
        }
        return statuses.isEmpty ? Set(RunStatus.allCases) : statuses
    }

    /// `GET /v1/runs/{id}`.
    func one(_ exchange: Exchange) async throws(Problem) -> Answer {
        let state = try await runs.state(runs.resolve(exchange.parameter("id")))
        let words = try await runs.words([state.goal, state.outcome].compactMap(\.self))
        return try Answer(
            200,
            RunDocument(state, words: words, holder: await holders(of: [state])[state.id], isLine: false)
        )
    }

    private func holders(of runs: [RunState]) async -> [RunID: RunDocument.Holder] {
        let unfinished = runs.filter { !$0.status.isTerminal }.map(\.id)
        guard !unfinished.isEmpty else { return [:] }
        return await services.engine.holders(of: unfinished).mapValues { holder in
            RunDocument.Holder(name: holder.name, heardAt: holder.heardAt.map { WireTime($0) })
        }
    }

    /// `GET /v1/runs/{id}/state`.
    func state(_ exchange: Exchange) async throws(Problem) -> Answer {
        let id = try await runs.resolve(exchange.parameter("id"))
        let seq: Int? =
            exchange.query["at"] == nil ? nil : try exchange.number("at", in: 1...Int.max, default: 1)
        let state = try await runs.state(id, at: seq)
        guard seq == nil || state.seq == seq else {
            throw Problem(404, "transition.missing", "\(id.short) has no transition \(seq ?? 0).")
        }
        return Answer(bytes: state.record.bytes() + [0x0A])
    }

    /// `GET /v1/runs/{id}/transitions`: the stored bytes, unchanged.
    func transitions(_ exchange: Exchange) async throws(Problem) -> Answer {
        let id = try await runs.resolve(exchange.parameter("id"))
        let after = try exchange.number("after", in: 0...Int.max, default: 0)
        let limit = try exchange.number("limit", in: 1...1000, default: 500)
        let page: [StoredTransition]
        do throws(StoreError) {
            page = try await services.store.transitions(of: id, after: after, limit: limit)
        } catch {
            throw Problem(error)
        }
        var bytes: [UInt8] = []
        JSON.writeString(id.rawValue, to: &bytes)
        bytes = Array("{\"run\":".utf8) + bytes + Array(",\"transitions\":[".utf8)
        for (index, stored) in page.enumerated() {
            bytes += Array("\(index == 0 ? "" : ",")\n{\"position\":\"\(stored.position)\",\"event\":".utf8)
            bytes += stored.bytes
            bytes.append(UInt8(ascii: "}"))
        }
        let next = page.count == limit ? page.last.map { ",\"next\":\($0.transition.seq)" } : nil
        return Answer(bytes: bytes + Array("]\(next ?? "")}\n".utf8))
    }

    /// `GET /v1/fleet`.
    func fleet(_ exchange: Exchange) async throws(Problem) -> Answer {
        let (fleet, position) = await services.engine.snapshot()
        let words = try await runs.words(FleetDocument.wordsShownFirst(of: fleet.runs))
        let document = FleetDocument(
            position: position.description,
            holder: services.engine.holder,
            runs: fleet.runs,
            words: words.filter { $0.value.utf8.count <= FleetDocument.wordsBytesMax },
            version: SomaVersion.product,
            roles: await services.roles.roles().map(\.name)
        )
        return Answer(bytes: records.bytes(of: document) + [0x0A])
    }

    /// `GET /v1/content`.
    func content(_ exchange: Exchange) async throws(Problem) -> Answer {
        let texts = exchange.list("ids")
        guard (1...ContentDocument.idsMax).contains(texts.count) else {
            throw Problem(400, "query.invalid", "ids must name 1 to \(ContentDocument.idsMax) contents.")
        }
        var ids: [ContentID] = []
        for text in texts {
            guard let id = ContentID(text) else {
                throw Problem(400, "query.invalid", "An id of content is 32 hexadecimal digits.")
            }
            ids.append(id)
        }
        let words = try await runs.content(ids)
        let items = ids.compactMap { id in
            words[id].map { ContentDocument.Item(id: id, bytes: $0.bytes) }
        }
        return try Answer(200, ContentDocument(words: items, missing: ids.filter { words[$0] == nil }))
    }
}
