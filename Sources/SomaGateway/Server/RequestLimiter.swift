import NIOCore
package import SomaCore

/// Limits how many requests a client may make.
package protocol RequestLimiter: Sendable {
    /// Lets a client's request pass, or gives the time after which one will.
    func take(_ client: String) async -> Duration?
}

/// Knows the processes that a cluster is made of.
package protocol ReplicasSource: Sendable {
    /// Those that are there. Must answer in time, whatever it asks.
    func replicas() async -> ReplicaPage
}

extension RequestLimiter {
    /// Refuses a client that asks too often.
    func check(_ channel: any Channel) async throws(Problem) {
        // The socket in the file system lets nobody in but the owner and root; they share a bucket.
        let client = channel.remoteAddress?.ipAddress ?? "local"
        guard let wait = await take(client) else { return }
        let seconds = max(1, Int((wait + .milliseconds(999)).components.seconds))
        throw Problem(
            429,
            "requests.often",
            "This client asks more often than it may (limits.requests_per_second).",
            hint: "Try again in \(seconds) s.",
            retryAfter: seconds
        )
    }
}
