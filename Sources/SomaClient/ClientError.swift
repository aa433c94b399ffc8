package import SomaCore
import SomaHTTP

/// Why a daemon couldn't be asked, or what it refused.
package struct ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Kind: Sendable, Hashable {
        /// Nobody answers.
        case noDaemon
        /// Daemon and client don't understand each other.
        case version
        /// The daemon refused, with this status.
        case refused(Int)
        /// What answered makes no sense.
        case garbled
        /// No daemon can be at the address.
        case unusable
    }

    /// What kind of thing.
    package let kind: Kind
    /// What went wrong and what to do.
    package let description: String
    /// What the daemon said, where it refused.
    package let problem: Problem?

    /// Whether the request may have been carried out although no answer to it came.
    package let isUnanswered: Bool
    /// Whether somebody is there who says nothing: no place for another daemon.
    package let isSilent: Bool

    /// Creates an error.
    package init(
        _ kind: Kind,
        _ description: String,
        problem: Problem? = nil,
        isUnanswered: Bool = false,
        isSilent: Bool = false
    ) {
        self.kind = kind
        self.description = description
        self.problem = problem
        self.isUnanswered = isUnanswered
        self.isSilent = isSilent
    }

    /// Creates the error of a failed exchange with the daemon at an address.
    init(_ error: HTTPError, address: DaemonAddress) {
        if let response = error.response {
            self = DaemonClient.refusal(response)
            return
        }
        switch error.kind {
        case .connectFailed, .nameNotResolved, .timedOut(.connect):
            self.init(
                .noDaemon,
                "No daemon answers at \(address). Start one with soma daemon start, or name another with --daemon."
            )
        case .invalidRequest: self.init(.unusable, "Can't ask a daemon at \(address): \(error.reason).")
        case .timedOut:
            self.init(
                .noDaemon,
                "The daemon at \(address) has not answered: \(error.reason). soma daemon status says what it waits for.",
                isUnanswered: true
            )
        case .connectionLost, .closed:
            self.init(
                .noDaemon,
                "The daemon at \(address) went away: \(error.reason). See that it runs, or name another with --daemon.",
                isUnanswered: true
            )
        // libcurl's words for an answer that begins like nothing that HTTP has.
        case _ where error.reason.contains("HTTP/0.9"): self = .stranger(at: address)
        default: self.init(.garbled, "Could not ask the daemon at \(address): \(error.reason).")
        }
    }

    /// Something else answers at the address.
    static func stranger(at address: DaemonAddress) -> ClientError {
        ClientError(.garbled, "What answers at \(address) is no soma daemon. Name another with --daemon.")
    }

    /// Says, too, that what was asked for may have been done, where it would change something.
    func about(_ request: HTTPRequest) -> ClientError {
        guard isUnanswered, request.method != .get else { return self }
        return ClientError(
            kind,
            description
                + " What was asked for may still be done: see what has come of it before you ask again.",
            problem: problem,
            isUnanswered: true,
            isSilent: isSilent
        )
    }

    /// The exit code of the contract: 1 failed, 2 wrong use, 3 no daemon, 5 refused.
    package var exitCode: Int32 {
        switch kind {
        case .noDaemon, .version: 3
        case .garbled: 1
        case .unusable: 2
        case .refused(403), .refused(429): 5
        case .refused(422) where ["budget.", "policy.", "permission."].contains { isAbout($0) }: 5
        case .refused(400..<500): 2
        case .refused(503): 3
        case .refused: 1
        }
    }

    private func isAbout(_ prefix: String) -> Bool { problem?.code.hasPrefix(prefix) ?? false }
}
