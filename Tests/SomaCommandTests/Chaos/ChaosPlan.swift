import SomaTesting

/// What goes wrong next, and for how long: the same for the same seed.
///
/// What comes of it is not the same each time, since real processes are at work; the seed says what was done to them.
struct ChaosPlan: Sequence, IteratorProtocol {
    /// A way in which something goes wrong.
    enum Fault: Hashable, Sendable, CaseIterable {
        /// kill -9 of a process, which starts again after a while.
        case kill
        /// SIGSTOP, and SIGCONT after a while: often longer than a lease lasts.
        case pause
        /// SIGTERM, as in a rolling restart.
        case retire
        /// The server is shut down in order, and starts again.
        case postgresRestart
        /// kill -9 of the whole server.
        case postgresCrash
        /// The broker is shut down in order, and starts again.
        case brokerRestart
        /// Every connection to one of the services ends at once.
        case cut
        /// What is sent to and from a service arrives late.
        case delay
        /// Nothing arrives any more, and nobody is told: a partition.
        case silence
    }

    /// A process or a service.
    enum Target: Hashable, Sendable {
        case member(String)
        case postgres, broker
    }

    /// One thing that goes wrong.
    struct Event: Hashable, Sendable {
        /// How long after the event before.
        var after: Duration
        var fault: Fault
        var target: Target
        /// How long it lasts.
        var time: Duration
    }

    /// Processes go down most often; a service's end is felt by all.
    private static let weights: [(Fault, Int)] = [
        (.kill, 6), (.pause, 4), (.retire, 3), (.postgresRestart, 1), (.postgresCrash, 1),
        (.brokerRestart, 2),
        (.cut, 3), (.delay, 3), (.silence, 2),
    ]

    private var generator: SeededGenerator
    private let members: [String]

    init(seed: UInt64, members: [String]) {
        generator = SeededGenerator(seed)
        self.members = members
    }

    mutating func next() -> Event? {
        var draw = Int.random(in: 0..<Self.weights.reduce(0) { $0 + $1.1 }, using: &generator)
        let fault = Self.weights.first { _, weight in
            draw -= weight
            return draw < 0
        }
        guard let fault = fault?.0 else { return nil }
        let after = Duration.milliseconds(Int.random(in: 300...2500, using: &generator))
        return Event(after: after, fault: fault, target: target(of: fault), time: time(of: fault))
    }

    private mutating func target(of fault: Fault) -> Target {
        switch fault {
        case .kill, .pause, .retire: .member(members.randomElement(using: &generator) ?? "")
        case .postgresRestart, .postgresCrash: .postgres
        case .brokerRestart: .broker
        case .cut, .delay, .silence: Bool.random(using: &generator) ? .postgres : .broker
        }
    }

    private mutating func time(of fault: Fault) -> Duration {
        let milliseconds =
            switch fault {
            case .kill, .retire: 200...3000
            case .pause: 500...8000
            case .postgresRestart, .postgresCrash: 100...2500
            case .brokerRestart: 200...5000
            case .cut: 0...0
            case .delay: 1000...4000
            case .silence: 500...6000
            }
        return .milliseconds(Int.random(in: milliseconds, using: &generator))
    }
}
