package import SomaCore

/// Whose turn it is to relay, among all processes on one store, and how far they have come.
package protocol RelayDesk: Sendable {
    /// Runs `body` while this process is the one that relays.
    /// - Returns: Whether it was its turn; another process has it where not.
    func withTurn(_ body: @Sendable (any RelayTurn) async -> Void) async throws(StoreError) -> Bool
}

/// The turn to relay. Its calls throw once the turn is lost.
package protocol RelayTurn: Sendable {
    /// How far transitions were sent, by whomever.
    func place() async throws(StoreError) -> Position
    /// Notes how far they were sent.
    func keep(_ place: Position) async throws(StoreError)
    /// How many transitions come after a place; some limit stands for all that are more.
    func count(after place: Position) async throws(StoreError) -> Int
    /// The transitions of all runs after a place, in order, as far as none can come before them any more. Waits for none.
    func page(after place: Position, limit: Int) async throws(StoreError) -> RelayPage
    /// How many transitions a page after a place may have to weigh no more than so many bytes: at least one, and `most` where
    /// all that are there do. Reads none of them.
    func rows(after place: Position, atMost most: Int, weighing bytes: Int) async throws(StoreError) -> Int
}

/// Learns what a relay does.
package protocol RelayObserver: Sendable {
    /// Transitions were confirmed by the bus.
    func relayed(_ count: Int)
    /// One was put aside.
    func putAside(_ record: BusRecord, reason: String)
    /// How many transitions weren't sent yet, about, and how old the oldest of them is.
    func isBehind(by count: Int, _ age: Duration)
    /// It waits for something that failed, for this long.
    func waits(for error: BusError, _ time: Duration)
    /// It has the turn, or has it no longer.
    func hasTurn(_ hasTurn: Bool)
}

/// A producer that can be ended.
package protocol ClosableProducer: BusProducer {
    func close() async
}

/// Sends every transition of the log on to the bus, in order, and begins again where any process left off.
package struct Relay: Sendable {
    /// How long it waits for more where a page was not full: one of a single commit costs as much as one of many.
    private static let gathering = Duration.milliseconds(4)
    /// How often the place is noted while the relay is far behind; what comes twice after a crash is no older.
    private static let keepInterval = Duration.milliseconds(200)
    /// How often the log is counted while the relay is far behind.
    private static let countInterval = Duration.seconds(5)
    /// How long noting the place may take at the end; where the store is away, the last of it is sent once more.
    private static let lastKeep = Duration.seconds(1)
    /// How often somebody who stands by asks whether it is its turn.
    private static let standby = Duration.seconds(1)

    private let desk: any RelayDesk
    private let topic: String
    private let traces: TraceSampling?
    private let observer: any RelayObserver
    private let open: @Sendable () async throws(BusError) -> any ClosableProducer
    private let waitForNews: @Sendable () async -> Void
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - topic: Where transitions go.
    ///   - traces: What of the traces is exported; `nil` where none are.
    ///   - open: Makes a producer whose records never fail for want of time.
    ///   - waitForNews: Returns when the log may have grown, or after a while.
    package init(
        desk: any RelayDesk,
        topic: String = RelayParcel.topic,
        traces: TraceSampling? = nil,
        observer: any RelayObserver,
        open: @escaping @Sendable () async throws(BusError) -> any ClosableProducer,
        waitForNews: @escaping @Sendable () async -> Void,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.desk = desk
        self.topic = topic
        self.traces = traces
        self.observer = observer
        self.open = open
        self.waitForNews = waitForNews
        self.now = now
    }

    /// Relays, or stands by, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                _ = try await desk.withTurn { turn in
                    observer.hasTurn(true)
                    await work(turn)
                    observer.hasTurn(false)
                }
            } catch {
                // Else it would look as if another process had the turn.
                if !Task.isCancelled {
                    observer.waits(for: BusError(.unavailable, error.message, hint: error.hint), Self.standby)
                }
            }
            try? await Task.sleep(for: Self.standby)
        }
    }

    /// Works until the turn is lost, the store has failed, or the task is cancelled.
    private func work(_ turn: any RelayTurn) async {
        guard var producer = await opened() else { return }
        var reader = RelayReader(turn, to: topic, traces: traces)
        var (place, noted) = (Position.start, Position.start)
        do throws(StoreError) {
            place = try await turn.place()
            noted = place
            var notedAt = ContinuousClock.now
            var (behind, counted) = (0, ContinuousClock.now - Self.countInterval)
            while !Task.isCancelled {
                let reading = try await reader.next(after: place)
                guard let end = reading.end else {
                    observer.isBehind(by: 0, .zero)
                    if noted < place {
                        try await turn.keep(place)
                        (noted, notedAt) = (place, .now)
                    }
                    await waitForNews()
                    try? await Task.sleep(for: Self.gathering)
                    continue
                }
                if !reading.isFull {
                    behind = reading.count
                } else if ContinuousClock.now - counted >= Self.countInterval {
                    (behind, counted) = (try await turn.count(after: place), ContinuousClock.now)
                }
                let age = reading.oldest.map { max(now() - $0, .zero) } ?? .zero
                observer.isBehind(by: max(behind, reading.count), age)
                guard await send(reading.parcels, &producer) else { break }
                (place, behind) = (end, behind - reading.count)
                if ContinuousClock.now - notedAt >= Self.keepInterval {
                    try await turn.keep(place)
                    (noted, notedAt) = (place, .now)
                }
                if !reading.isFull { try? await Task.sleep(for: Self.gathering) }
            }
        } catch {
            if !Task.isCancelled {
                observer.waits(for: BusError(.unavailable, error.message, hint: error.hint), Self.standby)
            }
        }
        // At an orderly end, too, in whatever it was interrupted: whoever goes on would send the last of it once more.
        let end = place
        if noted < end { await TimeLimit.wait(atMost: Self.lastKeep) { try? await turn.keep(end) } }
        await reader.stop()
        await producer.close()
    }

    /// Sends a page, however long it takes.
    /// - Returns: Whether all of it is done; the task was cancelled where not.
    private func send(
        _ parcels: [RelayParcel],
        _ producer: inout any ClosableProducer
    ) async -> Bool {
        var machine = RelayMachine(parcels)
        while true {
            // What was sent last may have been all of it: that counts, also where the task was cancelled meanwhile.
            if case .idle = machine.step { return true }
            guard !Task.isCancelled else { return false }
            switch machine.step {
            case .idle: break
            case .send(let parcel):
                guard await deliver(parcel.records, producer, &machine) else { continue }
                observer.relayed(parcel.records.count)
            case .putAside(let parcel, let reason):
                let letters = parcel.records.map { record in
                    DeadLetter(undelivered: record, reason: reason, at: now(), withoutValue: true).record
                }
                guard await deliver(letters, producer, &machine) else { continue }
                for record in parcel.records { observer.putAside(record, reason: reason) }
            case .wait(let time):
                try? await Task.sleep(for: time)
                machine.waited()
            case .reopen(let time):
                await producer.close()
                try? await Task.sleep(for: time)
                guard let fresh = await opened() else { return false }
                producer = fresh
                machine.waited()
            }
        }
    }

    private func deliver(
        _ records: [BusRecord],
        _ producer: any ClosableProducer,
        _ machine: inout RelayMachine
    ) async -> Bool {
        do throws(BusError) {
            try await producer.send(records)
            machine.sent()
            return true
        } catch {
            machine.failed(error)
            // Cut off by the end, which is no failure of the bus.
            if Task.isCancelled { return false }
            if case .wait(let time) = machine.step { observer.waits(for: error, time) }
            if case .reopen(let time) = machine.step { observer.waits(for: error, time) }
            return false
        }
    }

    /// A producer, once one can be had; `nil` where the task was cancelled.
    private func opened() async -> (any ClosableProducer)? {
        while !Task.isCancelled {
            do throws(BusError) {
                return try await open()
            } catch {
                if !Task.isCancelled { observer.waits(for: error, Self.standby) }
                try? await Task.sleep(for: Self.standby)
            }
        }
        return nil
    }
}
