import SomaEngine

/// What a producer has on its way: how much room is left, and who waits for which delivery.
struct DeliveryLedger {
    /// Records on their way before senders wait.
    static let messagesMax = 50_000
    /// Their bytes; one record may pass it.
    static let bytesMax = 64 << 20

    typealias Waiter = CheckedContinuation<Void, Never>

    private struct Flight {
        var open = 0
        var isSealed = false
        var error: BusError?
        var waiter: Waiter?
    }

    /// What came of records of one flight.
    struct Outcome {
        var flight: UInt
        var count = 0
        var bytes = 0
        var error: BusError?
    }

    private(set) var messages = 0
    private(set) var bytes = 0
    private var flights: [UInt: Flight] = [:]
    private var lastFlight: UInt = 0
    private var waitingForRoom: [UInt: Waiter] = [:]
    private(set) var isClosed = false
    private var isAbandoned = false

    var isEmpty: Bool { messages == 0 }

    /// A new group of records that somebody waits for together; 0 is nobody's.
    mutating func begin() -> UInt {
        lastFlight &+= 1
        flights[lastFlight] = Flight()
        return lastFlight
    }

    /// Takes as many of the records as there is room for.
    mutating func admit(_ sizes: some Sequence<Int>, to flight: UInt) -> Int {
        var count = 0
        for size in sizes {
            guard messages < Self.messagesMax, bytes < Self.bytesMax else { break }
            messages += 1
            bytes += size
            count += 1
        }
        flights[flight]?.open += count
        return count
    }

    /// Notes outcomes; whoever is to be woken for it is returned.
    mutating func end(_ outcomes: some Sequence<Outcome>) -> [Waiter] {
        var woken: [Waiter] = []
        for outcome in outcomes {
            messages -= outcome.count
            bytes -= outcome.bytes
            guard var flight = flights[outcome.flight] else { continue }
            flight.open -= outcome.count
            if flight.error == nil { flight.error = outcome.error }
            if flight.open == 0, flight.isSealed, let waiter = flight.waiter {
                flight.waiter = nil
                woken.append(waiter)
            }
            flights[outcome.flight] = flight
        }
        // Not at the first free place: waking somebody for each delivery costs more than the delivery.
        if messages <= Self.messagesMax / 4 * 3, bytes <= Self.bytesMax / 4 * 3, !waitingForRoom.isEmpty {
            woken += waitingForRoom.values
            waitingForRoom = [:]
        }
        return woken
    }

    /// Nothing more is added to the flight: whether all of it has an outcome already. The waiter is kept where not.
    mutating func seal(_ flight: UInt, _ waiter: Waiter) -> Bool {
        flights[flight]?.isSealed = true
        guard !isAbandoned, let found = flights[flight], found.open > 0 else { return true }
        flights[flight]?.waiter = waiter
        return false
    }

    /// The flight's end for whoever waited, or gave up waiting.
    mutating func finish(_ flight: UInt) -> (isComplete: Bool, error: BusError?) {
        guard let found = flights.removeValue(forKey: flight) else { return (true, nil) }
        return (found.open == 0, found.error)
    }

    /// Keeps somebody until there is room: whether there is some already.
    mutating func waitForRoom(_ flight: UInt, _ waiter: Waiter) -> Bool {
        guard !isClosed, messages >= Self.messagesMax || bytes >= Self.bytesMax else { return true }
        waitingForRoom[flight] = waiter
        return false
    }

    /// Whoever waits with this flight, for room or for the end, waits no longer.
    mutating func giveUp(_ flight: UInt) -> Waiter? {
        if let waiter = waitingForRoom.removeValue(forKey: flight) { return waiter }
        defer { flights[flight]?.waiter = nil }
        return flights[flight]?.waiter
    }

    /// Nothing more is admitted; whoever waits for room is woken.
    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waitingForRoom = [:] }
        return Array(waitingForRoom.values)
    }

    /// No outcomes come any more: whoever waits for some is woken, and finds its flight incomplete.
    mutating func abandon() -> [Waiter] {
        isAbandoned = true
        return flights.keys.compactMap { giveUp($0) }
    }
}
