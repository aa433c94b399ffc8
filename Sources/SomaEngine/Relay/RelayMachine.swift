/// Decides what the relay does next, from what came of what it did.
///
/// At least once, in each run's order: a parcel is done when all of it is confirmed or put aside, and only then comes the
/// next one. Nothing is ever passed over but what is too large for the broker, and that is put aside with its reason.
package struct RelayMachine: Sendable {
    package enum Step: Sendable, Hashable {
        case send(RelayParcel)
        /// Put the parcel's one record aside, with this reason.
        case putAside(RelayParcel, reason: String)
        /// Try the same again after a while.
        case wait(Duration)
        /// Open a new producer after a while, then try the same again.
        case reopen(Duration)
        /// Everything that was given is done.
        case idle
    }

    private static let shortestWait = Duration.milliseconds(100)
    private static let longestWait = Duration.seconds(5)

    private var parcels: [RelayParcel]
    private var pause: Step?
    /// The first parcel was refused for its size alone.
    private var refusal: String?
    private var nextWait = shortestWait

    package init(_ parcels: [RelayParcel]) { self.parcels = parcels }

    /// What to do now.
    package var step: Step {
        if let pause { return pause }
        guard let first = parcels.first else { return .idle }
        if let refusal { return .putAside(first, reason: refusal) }
        return .send(first)
    }

    /// The parcel was confirmed, or put aside.
    package mutating func sent() {
        guard !parcels.isEmpty else { return }
        parcels.removeFirst()
        (refusal, nextWait) = (nil, Self.shortestWait)
    }

    /// The parcel failed.
    package mutating func failed(_ error: BusError) {
        guard let first = parcels.first else { return }
        if error.kind == .tooLarge, refusal == nil {
            if first.records.count == 1 {
                refusal = error.description
            } else {
                // Nobody knows which one it was: each goes alone. Those confirmed already come twice.
                let alone = first.records.map { RelayParcel(records: [$0]) }
                parcels.replaceSubrange(0...0, with: alone)
            }
            return
        }
        // Who opens sees to it that the topics are there: one may have been deleted.
        pause = [.fatal, .missingTopic].contains(error.kind) ? .reopen(nextWait) : .wait(nextWait)
        nextWait = min(nextWait * 2, Self.longestWait)
    }

    /// The waiting is over.
    package mutating func waited() { pause = nil }
}
