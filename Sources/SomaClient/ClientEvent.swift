package import SomaCore

/// What an attached client is told.
package enum ClientEvent: Sendable {
    /// All runs, as of a place in the log: at the start, and again where the log no longer goes on from where
    /// the client was.
    case snapshot(FleetDocument)
    /// A transition was committed.
    case transition(Transition, position: String)
    /// Output of an effect under way; not kept.
    case output(OutputDocument)
    /// The client was too slow and is caught up from the store; nothing is missing.
    case lagged
    /// The connection is gone; the next try follows.
    case disconnected(reason: String, retryIn: Duration)
    /// The connection is back; nothing is missing.
    case reconnected
}
