import SomaCore

/// Transitions as they were read; what takes time is left for whoever needs them.
package struct RelayPage: Sendable {
    package let rows: [RawTransition]
    private let path: String

    /// - Parameter path: The store that they come from, for messages.
    package init(_ rows: [RawTransition], at path: String) {
        self.rows = rows
        self.path = path
    }

    /// The transitions as they are sent.
    func entries(_ traces: TraceSampling? = nil) throws(StoreError) -> [RelayEntry] {
        var entries: [RelayEntry] = []
        entries.reserveCapacity(rows.count)
        var types = RelayTypes()
        for row in rows { entries.append(try RelayEntry(row, at: path, traces: traces, &types)) }
        return entries
    }
}

/// Reads ahead of whoever sends: while a page is on its way, the next one is made ready and the one after it fetched.
///
/// Only while there is much to read: what is read ahead of time is small and late once the log's end is reached.
struct RelayReader: Sendable {
    private typealias Fetched = Result<RelayPage, StoreError>

    /// A page that is ready, and the fetch of the one after it, where there is more.
    private struct Ready: Sendable {
        let entries: Result<[RelayEntry], StoreError>
        let following: Task<Fetched, Never>?
    }

    private let turn: any RelayTurn
    private let pageSize: Int
    private let traces: TraceSampling?
    private var ahead: Task<Ready, Never>?

    init(_ turn: any RelayTurn, pageSize: Int, traces: TraceSampling? = nil) {
        self.turn = turn
        self.traces = traces
        self.pageSize = pageSize
    }

    /// The next page; `place` is where the one before it ended.
    mutating func next(after place: Position) async throws(StoreError) -> [RelayEntry] {
        let ready = await (ahead ?? prepare(fetch(after: place))).value
        ahead = ready.following.map { prepare($0) }
        return try ready.entries.get()
    }

    /// Ends what was begun ahead of time.
    mutating func stop() async {
        guard let task = ahead else { return }
        ahead = nil
        task.cancel()
        let following = await task.value.following
        following?.cancel()
        _ = await following?.value
    }

    private func fetch(after place: Position) -> Task<Fetched, Never> {
        Task { [turn, pageSize] in
            do throws(StoreError) {
                return .success(try await turn.page(after: place, limit: pageSize))
            } catch {
                return .failure(error)
            }
        }
    }

    private func prepare(_ fetched: Task<Fetched, Never>) -> Task<Ready, Never> {
        Task { [pageSize, traces] in
            switch await fetched.value {
            case .failure(let error): return Ready(entries: .failure(error), following: nil)
            case .success(let page):
                let end = page.rows.count < pageSize ? nil : page.rows.last?.position
                let following = Task.isCancelled ? nil : end.map { fetch(after: Position($0)) }
                do throws(StoreError) {
                    return Ready(entries: .success(try page.entries(traces)), following: following)
                } catch {
                    return Ready(entries: .failure(error), following: following)
                }
            }
        }
    }
}
