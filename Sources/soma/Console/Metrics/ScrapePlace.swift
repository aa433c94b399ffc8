import SomaClient
import SomaMetrics

/// What is scraped: the daemon that the console is attached to, or an address that was named.
struct ScrapePlace: Sendable {
    let target: MetricsTarget
    /// What people may see of it.
    let shown: String
    /// How the view calls it.
    let name: String

    /// The metrics of a daemon.
    init(daemon: DaemonAddress) {
        switch daemon {
        case .unix(let path): target = MetricsTarget(Self.onSocket, unixSocketPath: path)
        case .http(let base): target = MetricsTarget(base + "/metrics")
        }
        shown = "\(daemon)"
        name = "daemon"
    }

    /// An address that a person gave.
    init(_ address: MetricsAddress) {
        target = MetricsTarget(address.url, credentials: address.credentials)
        shown = address.shown
        name = address.shown
    }

    /// Names no host: the socket says where.
    private static let onSocket = "http://soma/metrics"

    /// Why it can't be scraped, for a person.
    func words(_ error: MetricsError) -> String {
        error.words(shown).replacing(
            Self.onSocket,
            with: target.unixSocketPath == nil ? Self.onSocket : shown
        )
    }
}
