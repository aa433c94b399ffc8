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

    /// What the transitions weigh, in bytes.
    var weight: Int { rows.reduce(0) { $0 + $1.bytes.count } }

    /// When its first transition happened; `nil` where it has none, or one that can't be read.
    var oldest: Timestamp? { rows.first.flatMap { try? Transition(cloudEvent: $0.bytes) }?.at }

    /// The transitions as they are sent.
    func parcels(to topic: String, _ traces: TraceSampling? = nil) throws(StoreError) -> [RelayParcel] {
        var parcels = RelayParcels(to: topic, of: rows.count)
        var memo = RelayMemo()
        for row in rows { parcels.append(try BusRecord(row, at: path, traces: traces, &memo)) }
        return parcels.all()
    }
}

/// Reads ahead of whoever sends: while a page is on its way, the next one is made ready and the one after it fetched.
///
/// Only while there is much to read: what is read ahead of time is small and late once the log's end is reached.
struct RelayReader: Sendable {
    /// What was read, as it is sent.
    struct Reading: Sendable {
        let parcels: [RelayParcel]
        let count: Int
        /// The last one's place; `nil` where there was nothing.
        let end: Position?
        /// When the first one happened.
        let oldest: Timestamp?
        /// Whether there may be more behind it by now: the page was full.
        let isFull: Bool
    }

    /// A page on its way from the store, and how large it may be.
    private struct Fetch: Sendable {
        let page: Task<Result<RelayPage, StoreError>, Never>
        let size: RelayPageSize
    }

    /// A page that is ready, and the fetch of the one after it, where there is more.
    private struct Ready: Sendable {
        let reading: Result<Reading, StoreError>
        let following: Fetch?
        /// How large the next page may be.
        let size: RelayPageSize
    }

    private let turn: any RelayTurn
    private let topic: String
    private let traces: TraceSampling?
    private var size: RelayPageSize
    /// When the last page came.
    private var readAt: ContinuousClock.Instant?
    private var ahead: Task<Ready, Never>?

    init(
        _ turn: any RelayTurn,
        to topic: String = RelayParcel.topic,
        size: RelayPageSize = RelayPageSize(),
        traces: TraceSampling? = nil
    ) {
        self.turn = turn
        self.topic = topic
        self.traces = traces
        self.size = size
    }

    /// The next page; `place` is where the one before it ended.
    mutating func next(after place: Position) async throws(StoreError) -> Reading {
        if ahead == nil, readAt.map({ ContinuousClock.now - $0 > RelayPageSize.staleAfter }) ?? true {
            size.set(try await turn.rows(after: place, atMost: size.rowsMax, weighing: size.bytesMax))
        }
        let ready = await (ahead ?? prepare(fetch(after: place, size))).value
        (size, readAt) = (ready.size, .now)
        ahead = ready.following.map { prepare($0) }
        return try ready.reading.get()
    }

    /// Ends what was begun ahead of time.
    mutating func stop() async {
        guard let task = ahead else { return }
        ahead = nil
        task.cancel()
        let following = await task.value.following
        following?.page.cancel()
        _ = await following?.page.value
    }

    private func fetch(after place: Position, _ size: RelayPageSize) -> Fetch {
        let page = Task { [turn] () -> Result<RelayPage, StoreError> in
            do throws(StoreError) {
                return .success(try await turn.page(after: place, limit: size.rows))
            } catch {
                return .failure(error)
            }
        }
        return Fetch(page: page, size: size)
    }

    private func prepare(_ fetched: Fetch) -> Task<Ready, Never> {
        Task { [topic, traces] in
            var size = fetched.size
            switch await fetched.page.value {
            case .failure(let error): return Ready(reading: .failure(error), following: nil, size: size)
            case .success(let page):
                let isFull = page.rows.count >= size.rows
                size.read(page.rows.count, bytes: page.weight)
                let end = isFull ? page.rows.last?.position : nil
                let following = Task.isCancelled ? nil : end.map { fetch(after: Position($0), size) }
                let reading: Result<Reading, StoreError>
                do throws(StoreError) {
                    reading = .success(
                        Reading(
                            parcels: try page.parcels(to: topic, traces),
                            count: page.rows.count,
                            end: page.rows.last.map { Position($0.position) },
                            oldest: page.oldest,
                            isFull: isFull
                        )
                    )
                } catch {
                    reading = .failure(error)
                }
                return Ready(reading: reading, following: following, size: size)
            }
        }
    }
}
